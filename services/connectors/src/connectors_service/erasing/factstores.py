"""Stores of facts: what was theirs alone goes, what others share is emptied and told anew."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.facts import Changed
from connectors_service.erasing.facts import KINDS, Fate, emptied, fate, kept_details
from connectors_service.erasing.mentions import Mentions, mentions_of
from connectors_service.repository import erased_facts, erased_words, erasing, histories
from connectors_service.repository import undo as stored
from connectors_service.repository.erasing import PlannedFact
from connectors_service.repository.loads import hold_table
from connectors_service.repository.telling import rows_beside, worded
from connectors_service.undoing.tables import Undoable, undoable
from connectors_service.undoing.telling import retracted
from event_contracts import Event, FactRetracted
from event_contracts.vocabulary import FactType, RetractionReason
from shared_utils.erasing import Erasure, Store
from shared_utils.work import Work

Rows = Mapping[UUID, Mapping[str, Any]]


def fact_stores() -> list[Store]:
    """One store a table of facts."""
    return [
        Store(undoable(kind).model.fullname, partial(_erase_facts, kind=kind)) for kind in KINDS
    ]


async def _erase_facts(work: Work, erasure: Erasure, *, kind: FactType) -> int:
    """Deal with some facts of a kind; say how many were removed or emptied."""
    connection = await work.raw()
    table = undoable(kind)
    async with connection.cursor() as cursor:
        await hold_table(cursor, table.model.fullname)
    facts = await erasing.planned(connection, erasure, kind)
    if not facts:
        return 0
    found = await histories.rows_by_id(connection, table, [one.fact_id for one in facts])
    rows = {row[table.fact.id_column]: row for row in found}
    here = [one for one in facts if one.fact_id in rows]
    gone = [one.fact_id for one in here if fate(kind, one.side, rows[one.fact_id]) is Fate.REMOVED]
    await _remove(work, table, gone)
    await _empty(work, erasure, table, [one for one in here if one.fact_id not in gone], rows)
    await erasing.dealt_with(connection, erasure, kind, [one.fact_id for one in facts])
    return len(facts)


async def _remove(work: Work, table: Undoable, gone: Sequence[UUID]) -> None:
    connection = await work.raw()
    found = await histories.rows_by_id(connection, table, gone)
    beside = dict(await rows_beside(connection, table.fact, [Changed(row, None) for row in found]))
    rows = await stored.delete_facts(connection, table, gone)
    events = retracted(table.fact, [Changed(row, None) for row in rows], beside)
    work.publish(*map(_erased, events))


def _erased(event: Event) -> Event:
    if isinstance(event, FactRetracted):
        return event.model_copy(update={"reason": RetractionReason.ERASURE})
    return event


async def _empty(
    work: Work, erasure: Erasure, table: Undoable, facts: Sequence[PlannedFact], rows: Rows
) -> None:
    """Empty what tells of the person, let texts go, and tell what changed."""
    connection = await work.raw()
    mentions = mentions_of(await erasing.identifiers(connection, erasure))
    kind = table.fact.fact_type
    texts = await _texts_to_go(connection, erasure, table, facts, rows, mentions)
    await erased_words.note_texts(connection, erasure, texts)
    columns = {
        one.fact_id: (
            *emptied(kind, one.side, rows[one.fact_id]),
            *(("text_id",) if rows[one.fact_id].get("text_id") in texts else ()),
        )
        for one in facts
    }
    changing = {fact: names for fact, names in columns.items() if names}
    changed = await erased_facts.empty_columns(connection, table, changing)
    beside = await rows_beside(connection, table.fact, changed)
    work.publish(*worded(table.fact, changed, beside))
    details = await erased_words.details_of(connection, kind, facts)
    sides = {one.fact_id: one.side for one in facts}
    kept = {fact: kept_details(sides[fact], words, mentions) for fact, words in details.items()}
    await erased_words.keep_details(connection, kind, kept)


async def _texts_to_go(
    connection: AsyncConnection[Any],
    erasure: Erasure,
    table: Undoable,
    facts: Sequence[PlannedFact],
    rows: Rows,
    mentions: Mentions,
) -> set[UUID]:
    """What the person wrote, and what others wrote of the meeting that names the person."""
    if not table.has_texts:
        return set()
    named = {text for one in facts if (text := rows[one.fact_id]["text_id"])}
    words = await erased_words.texts_of(connection, named)
    return {
        text
        for text, (author, body) in words.items()
        if author in erasure.persons or mentions.found_in(body)
    }
