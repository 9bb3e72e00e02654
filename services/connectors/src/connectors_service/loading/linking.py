"""Whom and what the rows of a chunk name: people, companies, and who must not be named."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.base import OwnRows, nothing
from connectors_service.datasets.facts import FactTable, Linked
from connectors_service.datasets.program_costs import PROGRAM_COSTS
from connectors_service.loading.hanging import Hanging
from connectors_service.loading.job import Job
from connectors_service.loading.judging import (
    Judged,
    Objection,
    erased_person,
    object_to,
    part_orphans,
    taken_value,
    unknown_company,
)
from connectors_service.loading.overlapping import Spans, by_group, costs_of, overlapping
from connectors_service.loading.scope import (
    Circle,
    circle_of,
    erased_of_own,
    outside,
    staffs_word,
    without_foreign_keys,
)
from connectors_service.repository import references
from event_contracts import Event
from event_contracts.identity import PersonCreated
from event_contracts.vocabulary import PersonStatus
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


class Linker:
    """Finds what rows refer to, and refuses those that refer to what is not there."""

    def __init__(self, keyed: KeyedHash, job: Job) -> None:
        self._keyed = keyed
        self._job = job
        self._hanging = Hanging(keyed, job)
        self._dataset = job.plan.dataset
        self._rehearsed: dict[str, dict[Any, Any]] = {}
        self._spans: Spans = {}

    async def link(self, work: Work, judged: Judged) -> tuple[Judged, Linked]:
        """Return the rows that may be written and what they name; new people are created."""
        connection = await work.raw()
        companies = await self._companies(connection, judged)
        circle = await self._circle(connection, judged)
        if circle is not None and self._job.dry_run:
            judged = without_foreign_keys(judged, self._dataset, circle)
        erased = await self._erased(connection, self._emails(judged))
        judged = judged.parted(erased)
        objections = await self._objections(connection, judged, companies, circle, erased)
        judged = object_to(judged, objections)
        beside = await self._hanging.parents_of(connection, judged.accepted)
        judged = part_orphans(self._job.plan, judged, beside, hold=self._job.holds)
        emails = self._emails(judged)
        find = references.rehearsed_people if self._job.dry_run else references.resolved_people
        resolved = await find(connection, emails)
        work.publish(*_born(resolved.created))
        if self._job.findings:
            unknown = {email: resolved.people[email] for email in resolved.unknown}
            self._job.findings.meet(judged.accepted, self._dataset.emails, unknown)
        parents = self._hanging.ids(beside)
        return judged, Linked(resolved.people, companies, parents, beside, judged.nth)

    async def _circle(self, connection: AsyncConnection[Any], judged: Judged) -> Circle | None:
        company_id = self._job.company_id
        if company_id is None:
            return None
        return await circle_of(connection, self._dataset, company_id, judged.accepted)

    async def _companies(self, connection: AsyncConnection[Any], judged: Judged) -> dict[str, UUID]:
        keys = {key for row in judged.accepted for key in self._dataset.companies(row.record)}
        return await references.companies_by_key(connection, keys, self._job.company_id)

    async def _objections(
        self,
        connection: AsyncConnection[Any],
        judged: Judged,
        companies: dict[str, UUID],
        circle: Circle | None,
        erased: frozenset[str],
    ) -> list[Objection]:
        objections: list[Objection] = []
        company_id = self._job.company_id
        if self._dataset.companies is not nothing:
            own = company_id is not None
            objections.append(unknown_company(self._job.plan, companies, own=own))
        if company_id is not None and self._dataset.for_company is OwnRows.BY_COMPANY:
            plan, rows = self._job.plan, judged.accepted
            objections.append(await staffs_word(connection, plan, company_id, rows, companies))
        if circle is not None:
            objections.append(outside(self._dataset, circle))
            objections.append(erased_of_own(self._dataset, circle, erased))
        else:
            objections.append(erased_person(self._dataset, erased))
        if self._dataset is PROGRAM_COSTS:
            objections.append(await self._overlapping(connection, companies))
        for target in self._dataset.targets:
            for column in target.table.only_one:
                objections.append(await self._taken(connection, judged, target.table, column))
        return objections

    async def _overlapping(
        self, connection: AsyncConnection[Any], companies: dict[str, UUID]
    ) -> Objection:
        spans = by_group(await references.cost_periods(connection, companies.values()))
        if self._job.dry_run:
            for group, periods in self._spans.items():
                spans.setdefault(group, {}).update(periods)
            self._spans = spans
        return overlapping(self._job.plan, "period", costs_of(companies), spans)

    def _emails(self, judged: Judged) -> set[str]:
        emails = {email for row in judged.accepted for email in self._dataset.emails(row.record)}
        return emails.union(judged.bulk.emails if judged.bulk else ())

    async def _erased(self, connection: AsyncConnection[Any], emails: set[str]) -> frozenset[str]:
        digests = {self._keyed.identifier(references.EMAIL, email): email for email in emails}
        found = await references.erased(connection, digests)
        return frozenset(digests[digest] for digest in found)

    async def _taken(
        self, connection: AsyncConnection[Any], judged: Judged, table: FactTable, column: str
    ) -> Objection:
        field = table.fed_by.get(column, column)
        values = {getattr(row.record, field) for row in judged.accepted} - {None}
        stored = await references.owners(connection, table, column, values)
        claims = self._rehearsed.setdefault(column, {}) if self._job.dry_run else {}
        claims |= stored
        return taken_value(self._job.plan, field, claims)


def _born(created: Iterable[UUID]) -> list[Event]:
    return [
        PersonCreated(person_id=person_id, status=PersonStatus.PROVISIONAL) for person_id in created
    ]
