"""Rows that hang on other facts: which fact each means, and those that wait for one."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.facts import Row
from connectors_service.datasets.parents import no_names
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.mapping.rows import Accepted, Refused
from connectors_service.repository import parents, refusals
from connectors_service.repository.loads import hold_table
from shared_utils.hashing import KeyedHash


class ParentArrivedError(Exception):
    """A fact that rows were to wait for has come meanwhile: link them again."""


class Hanging:
    """Finds the parents of an import's rows, and keeps the rows that have none yet."""

    def __init__(self, keyed: KeyedHash, job: Job) -> None:
        self._keyed = keyed
        self._job = job
        self._parent = job.plan.dataset.parent

    async def parents_of(
        self, connection: AsyncConnection[Any], rows: Iterable[Accepted]
    ) -> dict[int, Row]:
        """Return the parent of each row that has one, with its people."""
        if self._parent is None:
            return {}
        names = {row.row: self._parent.name(row.record) for row in rows}
        return await parents.parents_of(connection, self._parent, names)

    def ids(self, beside: Mapping[int, Row]) -> dict[int, UUID]:
        """Return the parents' ids."""
        column = self._parent.table.id_column if self._parent else ""
        return {row: parent[column] for row, parent in beside.items()}

    async def check_waiting(self, connection: AsyncConnection[Any], judged: Judged) -> None:
        """Make sure that nothing comes unseen for which rows wait; raises ParentArrivedError.

        Whoever loads parents holds their table to the end of the work, and sees there who waits.
        """
        if self._parent is None or not judged.held:
            return
        async with connection.cursor() as cursor:
            await hold_table(cursor, self._parent.table.model.__table__.fullname)
        if await self.parents_of(connection, [held.row for held in judged.held]):
            raise ParentArrivedError

    def waiting(self, judged: Judged) -> list[tuple[Refused, str]]:
        """Return the rows that wait, each with what it waits for."""
        if self._parent is None:
            return []
        fact_type = self._parent.table.fact_type
        return [
            (
                Refused(held.row.row, held.row.cells, (held.reason,)),
                parents.awaited(fact_type, held.name, self._keyed),
            )
            for held in judged.held
        ]

    async def keep_waiting(self, connection: AsyncConnection[Any], judged: Judged) -> None:
        """Store the rows that wait."""
        waiting = self.waiting(judged)
        await refusals.keep_held(connection, self._job.import_id, waiting, judged.nth)

    async def let_go(self, connection: AsyncConnection[Any], judged: Judged) -> None:
        """Let the rows go that wait for one of these facts."""
        dataset = self._job.plan.dataset
        if dataset.known_as is no_names or not await parents.anyone_waits(connection):
            return
        fact_type = dataset.targets[0].table.fact_type
        names = {name for row in judged.accepted for name in dataset.known_as(row.record)}
        names |= set(judged.bulk.known_as() if judged.bulk else ())
        awaited = {parents.awaited(fact_type, name, self._keyed) for name in names}
        await parents.let_go(connection, awaited)
