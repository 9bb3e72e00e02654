"""The events of facts that no longer hold."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from connectors_service.datasets.facts import Changed, FactTable
from event_contracts import Event, Fact
from event_contracts.companies import MembershipChanged
from event_contracts.identity import ExternalIdLinked
from event_contracts.program import FactRetracted
from event_contracts.vocabulary import FactType, PersonKind, RetractionReason


def retracted(table: FactTable, gone: Sequence[Changed], beside: Mapping[UUID, Any]) -> list[Event]:
    """Return the events of deleted rows, a revision above their last; none where none was told."""
    if table.told is None:
        return []
    events: list[Event] = []
    for change in gone:
        link = table.told.beside.link if table.told.beside else None
        parent = beside.get(change.new[link]) if link else None
        if link and parent is None:
            events.append(_nobodys(table, change))
        elif told := table.told.word(change, parent):
            events.append(_taken_back(table.fact_type, change.new, told, table.id_column))
    return events


def _nobodys(table: FactTable, change: Changed) -> Event:
    """A fact whose parent, which names its people, is not there."""
    return FactRetracted(
        fact_type=table.fact_type,
        fact_id=change.new[table.id_column],
        revision=change.new["revision"] + 1,
        reason=RetractionReason.UNDO,
    )


def _taken_back(kind: FactType, row: Mapping[str, Any], told: Event, id_column: str) -> Event:
    revision = row["revision"] + 1
    if isinstance(told, MembershipChanged):
        return told.model_copy(update={"revision": revision, "removed": True})
    fact_id, participant, volunteer = row[id_column], None, None
    if isinstance(told, Fact):
        participant, volunteer = told.fact_participant_id, told.fact_volunteer_id
    if isinstance(told, ExternalIdLinked):
        is_volunteer = told.kind == PersonKind.VOLUNTEER
        participant = None if is_volunteer else told.person_id
        volunteer = told.person_id if is_volunteer else None
        fact_id = told.link_id
    return FactRetracted(
        fact_type=kind,
        fact_id=fact_id,
        revision=revision,
        participant_id=participant,
        volunteer_id=volunteer,
        reason=RetractionReason.UNDO,
    )
