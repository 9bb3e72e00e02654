"""One chunk of rows into facts, texts, ledger, events and checkpoint: all of it or nothing."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.base import nothing
from connectors_service.datasets.facts import (
    Changed,
    FactTable,
    Linked,
    StagedFact,
    Target,
    moved,
)
from connectors_service.loading.judging import (
    Judged,
    Objection,
    erased_person,
    object_to,
    taken_value,
    unknown_company,
)
from connectors_service.loading.scope import circle_of, outside
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import imports, ledger, references, refusals
from connectors_service.repository.imports import Counts
from connectors_service.repository.loads import Loaded, Origin, load_facts
from connectors_service.repository.statements import Statements
from connectors_service.repository.telling import rows_beside, told_anew, worded
from event_contracts import Event
from event_contracts.identity import PersonCreated
from event_contracts.vocabulary import PersonStatus
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


class StoppedError(Exception):
    """The import is no longer running: someone cancelled it."""


class RehearsedError(Exception):
    """Ends a dry run's transaction without a trace, bringing out what it would have done."""

    def __init__(self, counts: Counts) -> None:
        super().__init__("rehearsed")
        self.counts = counts


@dataclass(frozen=True, slots=True)
class Job:
    """What all chunks of an import share; `company_id` is set for a company manager's upload."""

    import_id: UUID
    plan: Plan
    dry_run: bool
    company_id: UUID | None
    correlation_id: str | None

    @property
    def origin(self) -> Origin:
        """What facts remember of where they come from."""
        mapping = self.plan.mapping
        return Origin(self.import_id, f"{mapping.name}@{mapping.version}")


class ChunkLoader:
    """Loads the chunks of one import, one after the other."""

    def __init__(self, database: Database, keyed: KeyedHash, job: Job, next_row: int) -> None:
        self._database = database
        self._keyed = keyed
        self._job = job
        self._dataset = job.plan.dataset
        self._next_row = next_row
        self._statements = [
            Statements(target.table, job.plan.present, bool(job.plan.extra))
            for target in self._dataset.targets
        ]

    async def load(self, judged: Judged) -> Counts:
        """Load a chunk, or rehearse it; raises StoppedError, TakenOverError."""
        judged, linked = await self._link(judged)
        if self._job.dry_run:
            counts = await self._rehearse(judged, linked)
        else:
            async with self._work() as work:
                counts = await self._load(work, judged, linked)
                await self._record(work, judged, counts)
        self._next_row = judged.next_row
        return counts

    async def _rehearse(self, judged: Judged, linked: Linked) -> Counts:
        try:
            async with self._work() as work:
                raise RehearsedError(await self._load(work, judged, linked))
        except RehearsedError as rehearsed:
            counts = rehearsed.counts
        async with self._work() as work:
            await self._claim(work)
            await self._record(work, judged, counts)
        return counts

    def _work(self) -> Any:
        return self._database.work(correlation_id=self._job.correlation_id)

    async def _link(self, judged: Judged) -> tuple[Judged, Linked]:
        """Find whom and what the rows name, in a short transaction of its own."""
        async with self._work() as work:
            connection = await work.raw()
            companies = await self._companies(connection, judged)
            judged = object_to(judged, await self._objections(connection, judged, companies))
            emails = self._emails(judged.accepted)
            find = references.rehearsed_people if self._job.dry_run else references.resolved_people
            resolved = await find(connection, emails)
            work.publish(*_born(resolved.created))
        return judged, Linked(resolved.people, companies)

    async def _companies(self, connection: AsyncConnection[Any], judged: Judged) -> dict[str, UUID]:
        keys = {key for row in judged.accepted for key in self._dataset.companies(row.record)}
        return await references.companies_by_key(connection, keys, self._job.company_id)

    async def _objections(
        self, connection: AsyncConnection[Any], judged: Judged, companies: dict[str, UUID]
    ) -> list[Objection]:
        erased = await self._erased(connection, self._emails(judged.accepted))
        objections = [erased_person(self._dataset, erased)]
        company_id = self._job.company_id
        if self._dataset.companies is not nothing:
            own = company_id is not None
            objections.append(unknown_company(self._job.plan, companies, own=own))
        if company_id is not None:
            circle = await circle_of(connection, self._dataset, company_id, judged.accepted)
            objections.append(outside(self._dataset, circle))
        for target in self._dataset.targets:
            for column in target.table.only_one:
                objections.append(await self._taken(connection, judged, target.table, column))
        return objections

    def _emails(self, rows: Iterable[Accepted]) -> set[str]:
        return {email for row in rows for email in self._dataset.emails(row.record)}

    async def _erased(self, connection: AsyncConnection[Any], emails: set[str]) -> frozenset[str]:
        digests = {self._keyed.identifier(references.EMAIL, email): email for email in emails}
        found = await references.erased(connection, digests)
        return frozenset(digests[digest] for digest in found)

    async def _taken(
        self, connection: AsyncConnection[Any], judged: Judged, table: FactTable, column: str
    ) -> Objection:
        field = table.fed_by.get(column, column)
        values = {getattr(row.record, field) for row in judged.accepted} - {None}
        owners = await references.owners(connection, table, column, values)
        return taken_value(self._job.plan, field, owners)

    async def _load(self, work: Work, judged: Judged, linked: Linked) -> Counts:
        await self._claim(work)
        connection = await work.raw()
        fates: dict[int, str] = {}
        for target, statements in zip(self._dataset.targets, self._statements, strict=True):
            staged = await asyncio.to_thread(self._staged, target, judged.accepted, linked)
            loaded = await load_facts(
                connection, statements, list(staged.values()), self._job.origin, self._keyed
            )
            await self._remember(connection, judged, target, loaded)
            await self._tell(work, judged, target, loaded)
            linked = replace(linked, parents=linked.parents or _ids(loaded))
            _note(fates, loaded, first=target is self._dataset.targets[0])
        await references.name_people(connection, self._names(judged.accepted, linked))
        return _counts(judged, fates)

    async def _claim(self, work: Work) -> None:
        if not await imports.is_running(work.session, self._job.import_id, self._next_row):
            raise StoppedError

    def _staged(
        self, target: Target[Any], rows: Sequence[Accepted], linked: Linked
    ) -> dict[int, StagedFact]:
        staged = ((row, target.stage(row.row, row.record, linked)) for row in rows)
        keeps_extra = target.table.keeps_extra
        return {
            row.row: _with_extra(fact, row) if keeps_extra else fact
            for row, fact in staged
            if fact is not None
        }

    async def _tell(self, work: Work, judged: Judged, target: Target[Any], loaded: Loaded) -> None:
        """Publish what was written, and anew what repeats columns that changed."""
        connection, batch = (
            await work.raw(),
            f"import:{self._job.import_id}:{{}}:{judged.first_row}",
        )
        table, changes = target.table, [loaded.changed[row] for row in sorted(loaded.changed)]
        beside = await rows_beside(connection, table, changes)
        events = await asyncio.to_thread(worded, table, changes, beside)
        work.publish_packed(events, batch.format(table.fact_type))
        for follower in target.followers:
            parents = moved(follower, changes)
            rows = await told_anew(connection, follower, parents)
            events = worded(follower, [Changed(row, None) for row in rows], parents)
            work.publish_packed(events, f"{batch.format(follower.fact_type)}:moved")
            await ledger.keep_told_anew(
                connection,
                self._job.import_id,
                judged.first_row,
                follower.fact_type,
                _moved_by(follower, table, loaded, rows),
            )

    async def _remember(
        self,
        connection: AsyncConnection[Any],
        judged: Judged,
        target: Target[Any],
        loaded: Loaded,
    ) -> None:
        job, kind = self._job, target.table.fact_type
        await ledger.keep_ledger(connection, job.import_id, judged.first_row, kind, loaded)
        await ledger.keep_images(connection, job.import_id, kind, loaded)

    def _names(self, rows: Sequence[Accepted], linked: Linked) -> dict[UUID, str]:
        return {
            linked.people[email]: name
            for row in reversed(rows)
            for email, name in self._dataset.names(row.record)
        }

    async def _record(self, work: Work, judged: Judged, counts: Counts) -> None:
        await refusals.keep_refused(await work.raw(), self._job.import_id, judged.refused)
        await imports.advance(work.session, self._job.import_id, counts, judged.next_row)


def _born(created: Iterable[UUID]) -> list[Event]:
    return [
        PersonCreated(person_id=person_id, status=PersonStatus.PROVISIONAL) for person_id in created
    ]


def _with_extra(fact: StagedFact, row: Accepted) -> StagedFact:
    return replace(fact, details=fact.details | {"extra": row.extra}) if row.extra else fact


def _moved_by(
    follower: FactTable, table: FactTable, loaded: Loaded, rows: Iterable[dict[str, Any]]
) -> list[tuple[int, UUID, int]]:
    by_parent = {change.new[table.id_column]: row for row, change in loaded.changed.items()}
    beside = follower.told.beside if follower.told else None
    link = beside.link if beside else ""
    return [(by_parent[row[link]], row[follower.id_column], row["revision"]) for row in rows]


def _ids(loaded: Loaded) -> dict[int, UUID]:
    return {row.row: row.fact_id for row in loaded.standing}


def _note(fates: dict[int, str], loaded: Loaded, *, first: bool) -> None:
    """Note what a row did to its first fact; a change to another alone is an update."""
    for row, changed in loaded.changed.items():
        fates.setdefault(row, "created" if first and changed.old is None else "updated")


def _counts(judged: Judged, fates: dict[int, str]) -> Counts:
    created = sum(fate == "created" for fate in fates.values())
    updated = len(fates) - created
    return Counts(
        created=created,
        updated=updated,
        unchanged=len(judged.accepted) - len(fates) + judged.repeated,
        refused=len(judged.refused),
    )
