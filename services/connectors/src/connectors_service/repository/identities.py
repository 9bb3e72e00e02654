"""Which stored fact a row means where a partner's id may be absent, or come later.

A row with the partner's id means the fact of that id, else the one of the same other key that has
no id yet, which takes the id. A row without it means the fact of the same other key, with an id or
without, the oldest of several. All else is new.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from connectors_service.datasets.facts import FactTable, StagedFact
from connectors_service.repository.loads import hold_table
from event_contracts import uuid7

External = str | None
Known = tuple[UUID, External, tuple[Any, ...]]


@dataclass(slots=True)
class Identities:
    """The facts known so far, by the partner's id and by the other key."""

    ids: dict[str, UUID] = field(default_factory=dict)
    others: dict[tuple[Any, ...], dict[UUID, External]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, fact_id: UUID, external_id: External, other: tuple[Any, ...]) -> None:
        """Remember a fact."""
        self.others[other][fact_id] = external_id
        if external_id is not None:
            self.ids[external_id] = fact_id

    def meant_by(self, external_id: External, other: tuple[Any, ...]) -> tuple[UUID, External]:
        """Return the fact that a row means, new or known, and its partner's id."""
        found = self._known(external_id, other)
        if found is None:
            found = uuid7(), external_id
        self.add(found[0], found[1], other)
        return found

    def _known(self, external_id: External, other: tuple[Any, ...]) -> tuple[UUID, External] | None:
        if external_id in self.ids:
            return self.ids[str(external_id)], external_id
        alike = sorted(self.others[other].items(), key=lambda known: known[0])
        nameless = [fact_id for fact_id, known in alike if known is None]
        if external_id is None:
            return (nameless[0], None) if nameless else next(iter(alike), None)
        return (nameless[0], external_id) if nameless else None


async def identified(
    connection: AsyncConnection[Any], table: FactTable, staged: Sequence[StagedFact]
) -> list[StagedFact]:
    """Return the staged facts with their ids, in the order of their rows.

    Holds the table's lock, so that what is found stays true.
    """
    async with connection.cursor() as cursor:
        await hold_table(cursor, table.model.__table__.fullname)
    known = Identities()
    for fact in await _stored(connection, table, staged):
        known.add(*fact)
    return [_with_id(fact, table, known) for fact in staged]


def _with_id(fact: StagedFact, table: FactTable, known: Identities) -> StagedFact:
    fact_id, external_id = known.meant_by(fact.values["external_id"], _other(fact, table))
    return replace(fact, fact_id=fact_id, values=fact.values | {"external_id": external_id})


def _other(fact: StagedFact, table: FactTable) -> tuple[Any, ...]:
    return tuple(fact.values[name] for name in table.other_key)


async def _stored(
    connection: AsyncConnection[Any], table: FactTable, staged: Iterable[StagedFact]
) -> list[Known]:
    facts = list(staged)
    external = [fact.values["external_id"] for fact in facts if fact.values["external_id"]]
    others = [list(column) for column in zip(*(_other(fact, table) for fact in facts), strict=True)]
    if not facts:
        return []
    model = table.model.__table__
    names = sql.SQL(", ").join(map(sql.Identifier, table.other_key))
    query = sql.SQL(
        "SELECT {id}, external_id, {names} FROM {table}"
        " WHERE external_id = ANY(%b) OR ({names}) IN (SELECT * FROM unnest({types}))"
    ).format(
        id=sql.Identifier(table.id_column),
        names=names,
        table=sql.Identifier(model.schema, model.name),
        types=sql.SQL(", ").join(sql.SQL("%b") for _ in table.other_key),
    )
    cursor = await connection.execute(query, (external, *others))
    return [(row[0], row[1], tuple(row[2:])) for row in await cursor.fetchall()]
