"""What a chunk that will not be kept would do to companies' figures."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.datasets.facts import Changed, FactTable, Row
from connectors_service.reporting.findings import Findings
from connectors_service.repository import rehearsed
from connectors_service.repository.statements import Statements
from connectors_service.repository.telling import Rows, rows_beside
from connectors_service.repository.ties import Crowd, crowd_of
from event_contracts import Event
from shared_utils.attribution import COUNTED_TYPES

PEOPLE = ("participant_id", "volunteer_id", "buddy_id", "person_id")


async def note_figures(
    connection: AsyncConnection[Any], findings: Findings, fact: FactTable, statements: Statements
) -> None:
    """Note which companies count the facts that a chunk wrote; needs what `load_facts` leaves."""
    figures = findings.figures
    if figures is None:
        return
    if "company_id" in statements.model.columns:
        named = await rehearsed.companies_named(connection, statements, figures.only)
        figures.add_always(fact.fact_type, named)
    if fact.fact_type not in COUNTED_TYPES:
        return
    changes = await rehearsed.written(connection, statements)
    beside = await rows_beside(connection, fact, changes)
    people = set(_named(changes, beside.values()))
    crowd = await crowd_of(connection, people, findings.newcomers)
    figures.add(fact.fact_type, crowd, _told(fact, changes, beside, crowd))


def _named(changes: Iterable[Changed], parents: Iterable[Row]) -> Iterator[UUID]:
    rows = [row for one in changes for row in (one.new, one.old) if row]
    for row in (*rows, *parents):
        yield from (row[name] for name in PEOPLE if row.get(name))


def _told(
    fact: FactTable, changes: Iterable[Changed], beside: Rows, crowd: Crowd
) -> Iterator[tuple[Event | None, Event | None]]:
    """Yield how facts that a company may count are told before and after."""
    for one in changes:
        parent = _parent(fact, beside, one.new)
        if any(map(crowd.is_tied, set(_named([one], [parent] if parent else [])))):
            old = one.old and _word(fact, one.old, _parent(fact, beside, one.old))
            yield old or None, _word(fact, one.new, parent)


def _parent(fact: FactTable, beside: Rows, row: Row) -> Row | None:
    link = fact.told.beside.link if fact.told and fact.told.beside else None
    return beside.get(row[link]) if link else None


def _word(fact: FactTable, row: Row, parent: Row | None) -> Event | None:
    return fact.told.word(Changed(row, None), parent) if fact.told else None
