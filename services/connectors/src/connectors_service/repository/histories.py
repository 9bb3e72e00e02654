"""What all imports said of some facts, and what was stored after each of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from connectors_service.undoing.fates import Assertion, History, State
from connectors_service.undoing.tables import Undoable
from event_contracts.vocabulary import FactType

Facts = Collection[UUID]


@dataclass(frozen=True, slots=True)
class Piece:
    """A packed row of an import's ledger, or a part of it."""

    fact_type: FactType
    chunk_no: int
    facts: int


@dataclass(frozen=True, slots=True)
class Stored:
    """The present revision of a fact and where its trace leads."""

    revision: int
    import_id: UUID | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """The histories of facts that are still stored, and where the present rows come from."""

    histories: Mapping[UUID, History]
    stored: Mapping[UUID, Stored]
    texts: Mapping[UUID, set[UUID]] = field(default_factory=dict)


async def pieces(connection: AsyncConnection[Any], import_id: UUID) -> list[Piece]:
    """Return the packed rows of an import's ledger."""
    cursor = await connection.execute(
        "SELECT fact_type, chunk_no, cardinality(fact_ids) FROM ops.import_rows"
        " WHERE import_id = %s AND asserts ORDER BY chunk_no",
        (import_id,),
    )
    return [Piece(FactType(kind), chunk, size) for kind, chunk, size in await cursor.fetchall()]


async def rows_of(
    connection: AsyncConnection[Any], import_id: UUID, piece: Piece, start: int, size: int
) -> dict[UUID, int]:
    """Return facts of a piece with their rows, but those that the import speaks for no longer."""
    cursor = await connection.execute(
        "SELECT l.fact_id, min(l.row_no) FROM (SELECT unnest(fact_ids[%(first)s:%(last)s]) AS"
        " fact_id, unnest(row_nos[%(first)s:%(last)s]) AS row_no FROM ops.import_rows"
        " WHERE (import_id, chunk_no, fact_type) = (%(import)s, %(chunk)s, %(type)s)) l"
        " WHERE NOT EXISTS (SELECT FROM ops.undone_facts u WHERE u.fact_type = %(type)s"
        " AND u.fact_id = l.fact_id AND u.import_id = %(import)s AND u.withdrawn)"
        " GROUP BY l.fact_id",
        {
            "first": start + 1,
            "last": start + size,
            "import": import_id,
            "chunk": piece.chunk_no,
            "type": piece.fact_type,
        },
    )
    return dict(await cursor.fetchall())


async def gathered(
    connection: AsyncConnection[Any], kind: Undoable, facts: Facts, dataset: str
) -> Gathered:
    """Return the histories of facts; those that are gone have none."""
    stored = await _stored(connection, kind, facts)
    assertions = await _assertions(connection, kind.fact.fact_type, list(stored))
    rewritten = await _rewritten(connection, kind.fact.fact_type, list(stored))
    told = {fact for fact, said in assertions.items() if _needs_states(said)}
    states = await _states(connection, kind, told)
    histories = {
        fact: History(
            fact,
            found.revision,
            assertions[fact],
            rewritten.get(fact, ()),
            _with_told_anew(states.get(fact, {}), assertions[fact]),
            kind.columns,
            kind.defaults.get(dataset, {}),
            found.updated_at,
        )
        for fact, found in stored.items()
    }
    texts = {fact: _texts(known.values()) for fact, known in states.items()}
    return Gathered(histories, stored, texts)


def _needs_states(said: Sequence[Assertion]) -> bool:
    """Tell whether more than one import speaks for a fact, or one did more than make it."""
    return len(said) > 1 or any(one.before is not None for one in said)


def _with_told_anew(states: Mapping[int, State], said: Iterable[Assertion]) -> dict[int, State]:
    """A fact that was only told anew is, a revision before, what it is after."""
    known = dict(states)
    for one in sorted(said, key=lambda one: -one.after):
        if not one.asserts and one.before is not None and one.after in known:
            known.setdefault(one.before, known[one.after])
    return known


def _texts(states: Iterable[State]) -> set[UUID]:
    return {UUID(str(state["text_id"])) for state in states if state.get("text_id")}


async def _stored(
    connection: AsyncConnection[Any], kind: Undoable, facts: Facts
) -> dict[UUID, Stored]:
    cursor = await connection.execute(
        sql.SQL(
            "SELECT {id}, revision, import_id, updated_at FROM {table} WHERE {id} = ANY(%b)"
        ).format(id=sql.Identifier(kind.fact.id_column), table=table_of(kind)),
        (list(facts),),
    )
    return {fact: Stored(*rest) for fact, *rest in await cursor.fetchall()}


async def _assertions(
    connection: AsyncConnection[Any], fact_type: FactType, facts: Sequence[UUID]
) -> dict[UUID, list[Assertion]]:
    """Return what was said of each fact; ledgers whose facts lie elsewhere are passed over."""
    said: dict[UUID, list[Assertion]] = defaultdict(list)
    if not facts:
        return said
    cursor = await connection.execute(
        "SELECT l.fact_id, r.import_id, l.row_no, l.before, l.after, r.spoken,"
        " coalesce(u.withdrawn, false), r.asserts, l.row_no = ANY(r.unheard),"
        " i.mapping || '@' || i.mapping_version"
        " FROM ops.import_rows r JOIN ops.imports i USING (import_id)"
        " CROSS JOIN LATERAL unnest(r.row_nos, r.fact_ids, r.revisions_before, r.revisions_after)"
        " l (row_no, fact_id, before, after)"
        " LEFT JOIN ops.undone_facts u ON u.fact_type = r.fact_type AND u.fact_id = l.fact_id"
        " AND u.import_id = r.import_id"
        " WHERE r.fact_type = %(type)s AND r.lowest_id <= %(highest)s"
        " AND r.highest_id >= %(lowest)s AND l.fact_id = ANY(%(facts)b)",
        {"type": fact_type, "facts": facts, "lowest": min(facts), "highest": max(facts)},
    )
    spoken: dict[Any, frozenset[str]] = {}
    async for fact, import_id, row, before, after, names, gone, asserts, unheard, by in cursor:
        words = None
        if names is not None:
            words = spoken.setdefault(tuple(names), frozenset(names))
        one = Assertion(import_id, row, before, after, words, gone, asserts, bool(unheard), by)
        said[fact].append(one)
    return said


async def _rewritten(
    connection: AsyncConnection[Any], fact_type: FactType, facts: Facts
) -> dict[UUID, set[int]]:
    cursor = await connection.execute(
        "SELECT fact_id, revision FROM ops.undone_facts"
        " WHERE fact_type = %s AND fact_id = ANY(%b) AND revision IS NOT NULL",
        (fact_type, list(facts)),
    )
    found: dict[UUID, set[int]] = defaultdict(set)
    for fact, revision in await cursor.fetchall():
        found[fact].add(revision)
    return found


async def _states(
    connection: AsyncConnection[Any], kind: Undoable, facts: Facts
) -> dict[UUID, dict[int, State]]:
    """Return each fact's stored rows by revision: the present one, and those kept as images."""
    found: dict[UUID, dict[int, State]] = defaultdict(dict)
    if not facts:
        return found
    present = sql.SQL(
        "SELECT t.{id}, t.revision, to_jsonb(t), d.details FROM {table} t"
        " LEFT JOIN pii.fact_details d ON d.fact_type = {type} AND d.fact_id = t.{id}"
        " WHERE t.{id} = ANY(%b)"
    ).format(
        id=sql.Identifier(kind.fact.id_column),
        table=table_of(kind),
        type=str(kind.fact.fact_type),
    )
    cursor = await connection.execute(present, (list(facts),))
    for fact, revision, row, details in await cursor.fetchall():
        found[fact][revision] = state_of(row, details)
    cursor = await connection.execute(
        "SELECT fact_id, revision, image FROM pii.before_images"
        " WHERE fact_type = %s AND fact_id = ANY(%b)",
        (kind.fact.fact_type, list(facts)),
    )
    for fact, revision, image in await cursor.fetchall():
        found[fact].setdefault(revision, state_of(image, image.get("details")))
    return found


def state_of(row: dict[str, Any], details: dict[str, Any] | None) -> State:
    """Return a stored row with its details as one flat state."""
    words = row.get("details") or details or {}
    return {**row, **{f".{name}": value for name, value in words.items()}}


def table_of(kind: Undoable) -> sql.Identifier:
    """Name the table of a kind of fact."""
    return sql.Identifier(str(kind.model.schema), kind.model.name)


def without(history: History, withdrawn: Collection[UUID]) -> History:
    """Return a history as if some more imports were undone."""
    said = [
        replace(one, withdrawn=one.withdrawn or one.import_id in withdrawn)
        for one in history.assertions
    ]
    return replace(history, assertions=said)


async def dependents_of(
    connection: AsyncConnection[Any], kind: Undoable, facts: Facts
) -> dict[FactType, dict[UUID, list[UUID]]]:
    """Return the facts that hang on these, by their kind and by what they hang on."""
    found: dict[FactType, dict[UUID, list[UUID]]] = {}
    for one in kind.dependents:
        model = one.table.model.__table__
        cursor = await connection.execute(
            sql.SQL("SELECT {link}, {id} FROM {table} WHERE {link} = ANY(%b)").format(
                link=sql.Identifier(one.link),
                id=sql.Identifier(one.table.id_column),
                table=sql.Identifier(model.schema, model.name),
            ),
            (list(facts),),
        )
        hanging: dict[UUID, list[UUID]] = defaultdict(list)
        for parent, child in await cursor.fetchall():
            hanging[parent].append(child)
        if hanging:
            found[one.table.fact_type] = hanging
    return found


async def rows_by_id(
    connection: AsyncConnection[Any], kind: Undoable, facts: Facts
) -> list[dict[str, Any]]:
    """Return stored rows."""
    statement = sql.SQL("SELECT * FROM {table} WHERE {id} = ANY(%b)").format(
        table=table_of(kind), id=sql.Identifier(kind.fact.id_column)
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, (list(facts),))
        return await cursor.fetchall()


async def erased_people(connection: AsyncConnection[Any], people: Collection[UUID]) -> set[UUID]:
    """Return those whose data was erased."""
    cursor = await connection.execute(
        "SELECT person_id FROM ops.erased_persons WHERE person_id = ANY(%b)", (list(people),)
    )
    return {row[0] for row in await cursor.fetchall()}
