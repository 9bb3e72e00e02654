"""Judged rows into facts, texts, ledger, before-images and events, in a work that others commit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target
from connectors_service.loading.hanging import Hanging
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.loading.moving import note_figures
from connectors_service.mapping.rows import Accepted
from connectors_service.repository import ledger, loads, packing, references, rehearsed
from connectors_service.repository.following import Following
from connectors_service.repository.identities import identified
from connectors_service.repository.imports import Counts
from connectors_service.repository.loads import Hung, Loaded
from connectors_service.repository.packing import Wording
from connectors_service.repository.statements import Statements
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work


@dataclass(frozen=True)
class Table:
    """A target with its statements and the wording of its events."""

    target: Target[Any]
    statements: Statements
    hung: Hung | None

    @property
    def fact(self) -> FactTable:
        return self.target.table

    @property
    def wording(self) -> Wording | None:
        told = self.fact.told
        return Wording(self.fact, told, self.statements.done) if told else None

    @property
    def followings(self) -> list[Following]:
        return [
            Following(follower, follower.told.beside, self.statements)
            for follower in self.target.followers
            if follower.told and follower.told.beside
        ]


class Writer:
    """Writes the rows of one import; safe to run again with the same rows, which then stand."""

    def __init__(self, keyed: KeyedHash, job: Job) -> None:
        self._keyed = keyed
        self._job = job
        self._hanging = Hanging(keyed, job)
        self._dataset = job.plan.dataset
        self._tables = _tables(job)

    async def write(self, work: Work, judged: Judged, linked: Linked) -> Counts:
        """Write what is new or changed, and return what became of all rows of the chunk.

        Raises ParentArrivedError where rows need not wait any more.
        """
        connection = await work.raw()
        await self._hanging.check_waiting(connection, judged)
        await loads.tune(connection)
        loaded = [table for table in self._tables if await self._load(work, table, judged, linked)]
        created, updated = await _fates(connection, self._tables, loaded)
        await self._note_changes(connection, loaded)
        await self._hanging.let_go(connection, judged)
        await references.name_people(connection, self._names(judged.accepted, linked))
        return _counts(judged, created, updated)

    async def _load(self, work: Work, table: Table, judged: Judged, linked: Linked) -> bool:
        """Load what the rows state for a table; False if they state nothing."""
        connection, job = await work.raw(), self._job
        rows = await self._rows(connection, table, judged, linked)
        if not rows:
            return False
        loaded = await loads.load_facts(connection, table.statements, rows, job.origin, table.hung)
        await ledger.keep_ledger(connection, job.import_id, judged.first_row, table.statements)
        if loaded.updated:
            await ledger.keep_images(connection, job.import_id, table.statements)
        await self._tell(work, table, judged.first_row, loaded)
        return True

    async def _rows(
        self, connection: AsyncConnection[Any], table: Table, judged: Judged, linked: Linked
    ) -> bytes:
        """Return what the rows state for a table, as its COPY takes it."""
        facts = await self._facts(connection, table.target, judged.accepted, linked)
        rows = await loads.copied(table.statements, facts, self._keyed)
        if judged.bulk is None:
            return rows
        bulk = judged.bulk.copied
        return rows + await asyncio.to_thread(bulk, table.statements, linked, self._keyed)

    async def _facts(
        self,
        connection: AsyncConnection[Any],
        target: Target[Any],
        rows: Sequence[Accepted],
        linked: Linked,
    ) -> list[StagedFact]:
        facts = await asyncio.to_thread(_staged, target, rows, linked)
        if facts and target.table.other_key:
            return await identified(connection, target.table, facts)
        return facts

    async def _tell(self, work: Work, table: Table, chunk_no: int, loaded: Loaded) -> None:
        """Publish what was written, and anew what repeats columns that changed."""
        batch = f"import:{self._job.import_id}:{{}}:{chunk_no}"
        if loaded.written and table.wording:
            await packing.tell(
                work, table.wording, batch.format(table.fact.fact_type), loaded.written
            )
        for following in table.followings if loaded.updated else ():
            await self._tell_anew(work, following, batch, chunk_no)

    async def _tell_anew(self, work: Work, following: Following, batch: str, chunk_no: int) -> None:
        connection, follower = await work.raw(), following.follower
        moved = await following.move(connection)
        if moved and follower.told:
            wording = Wording(follower, follower.told, following.moved, order="moved_by")
            await packing.tell(work, wording, f"{batch.format(follower.fact_type)}:moved", moved)
            await following.keep_ledger(connection, self._job.import_id, chunk_no)

    async def _note_changes(
        self, connection: AsyncConnection[Any], loaded: Sequence[Table]
    ) -> None:
        """Have a dry run know what changes, and which figures move."""
        findings = self._job.findings
        if findings is None:
            return
        for table in loaded:
            await note_figures(connection, findings, table.fact, table.statements)
            fields = await rehearsed.changed_fields(connection, table.statements)
            if fields:
                first = await rehearsed.first_changes(connection, table.statements, findings.room)
                findings.change(str(table.fact.fact_type), fields, first)

    def _names(self, rows: Sequence[Accepted], linked: Linked) -> dict[UUID, str]:
        return {
            linked.people[email]: name
            for row in reversed(rows)
            for email, name in self._dataset.names(row.record)
        }


def _tables(job: Job) -> list[Table]:
    tables: list[Table] = []
    for target in job.plan.dataset.targets:
        statements = Statements(target.table, job.plan.present, bool(job.plan.extra))
        hung = Hung(target.hangs_by, tables[0].statements) if target.hangs_by else None
        tables.append(Table(target, statements, hung))
    return tables


def _staged(target: Target[Any], rows: Sequence[Accepted], linked: Linked) -> list[StagedFact]:
    staged = ((row, target.stage(row.row, row.record, linked)) for row in rows)
    keeps_extra = target.table.keeps_extra
    return [
        _with_extra(fact, row) if keeps_extra else fact for row, fact in staged if fact is not None
    ]


def _with_extra(fact: StagedFact, row: Accepted) -> StagedFact:
    return replace(fact, details=fact.details | {"extra": row.extra}) if row.extra else fact


async def _fates(
    connection: AsyncConnection[Any], tables: Sequence[Table], loaded: Sequence[Table]
) -> tuple[int, int]:
    """Return how many rows created their first fact, and how many updated something."""
    if not loaded:
        return 0, 0
    first, others = tables[0], [table.statements for table in loaded if table is not tables[0]]
    return await loads.fates(connection, first.statements if first in loaded else None, others)


def _counts(judged: Judged, created: int, updated: int) -> Counts:
    return Counts(
        created=created,
        updated=updated,
        unchanged=judged.taken - created - updated + judged.repeated,
        refused=len(judged.refused),
        held=len(judged.held),
    )
