"""Judged rows into facts, texts, ledger, before-images and events, in a work that others commit."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.facts import (
    Changed,
    FactTable,
    Linked,
    StagedFact,
    Target,
    moved,
)
from connectors_service.loading.hanging import Hanging
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import ledger, references
from connectors_service.repository.identities import identified
from connectors_service.repository.imports import Counts
from connectors_service.repository.loads import Loaded, load_facts
from connectors_service.repository.statements import Statements
from connectors_service.repository.telling import rows_beside, told_anew, worded
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


class Writer:
    """Writes the rows of one import; safe to run again with the same rows, which then stand."""

    def __init__(self, keyed: KeyedHash, job: Job) -> None:
        self._keyed = keyed
        self._job = job
        self._hanging = Hanging(keyed, job)
        self._dataset = job.plan.dataset
        self._statements = [
            Statements(target.table, job.plan.present, bool(job.plan.extra))
            for target in self._dataset.targets
        ]

    async def write(self, work: Work, judged: Judged, linked: Linked) -> Counts:
        """Write what is new or changed, and return what became of all rows of the chunk.

        Raises ParentArrivedError where rows need not wait any more.
        """
        connection = await work.raw()
        await self._hanging.check_waiting(connection, judged)
        fates: dict[int, str] = {}
        for target, statements in zip(self._dataset.targets, self._statements, strict=True):
            staged = await asyncio.to_thread(self._staged, target, judged.accepted, linked)
            facts = list(staged.values())
            if target.table.other_key:
                facts = await identified(connection, target.table, facts)
            loaded = await load_facts(connection, statements, facts, self._job.origin, self._keyed)
            await self._remember(connection, judged, target, loaded)
            await self._tell(work, judged, target, loaded)
            linked = replace(linked, parents=linked.parents or _ids(loaded))
            _note(fates, loaded, first=target is self._dataset.targets[0])
        await self._hanging.let_go(connection, judged)
        await references.name_people(connection, self._names(judged.accepted, linked))
        return _counts(judged, fates)

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
        held=len(judged.held),
    )
