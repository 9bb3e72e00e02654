"""Which companies' figures an import would move: what its facts count for, before and after."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from connectors_service.repository.ties import Crowd
from event_contracts import Event, Fact
from event_contracts.vocabulary import FactType, SessionStatus
from shared_utils.attribution import attribute, deed_of

FIGURES_SHOWN = 200
ALWAYS = "all"
"""The period of what moves all of a company's figures: memberships, sponsors, costs."""
Place = tuple[str, str]
"""A company's own key, and a quarter."""


@dataclass
class Moved:
    """What moves of a company's figures in a period; differences may be below zero."""

    facts: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    minutes: int = 0
    participants: set[int] = field(default_factory=set)

    def shown(self, place: Place) -> dict[str, Any]:
        """Return it as the report holds it."""
        return {
            "company": place[0],
            "period": place[1],
            "facts": dict(sorted(self.facts.items())),
            "sessions_completed": self.sessions,
            "volunteer_hours": round(self.minutes / 60, 2),
            "participants": len(self.participants),
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact is worth for one company in a quarter."""

    sessions: int
    minutes: int
    participant: UUID | None


@dataclass
class MovedFigures:
    """Gathers over all chunks of a dry run; `only` is the company that may be told its own."""

    zone: ZoneInfo
    only: UUID | None = None
    places: dict[Place, Moved] = field(default_factory=dict)

    def add(
        self, kind: FactType, crowd: Crowd, changes: Iterable[tuple[Event | None, Event | None]]
    ) -> None:
        """Note facts as they are told before (None: they are new) and after."""
        for before, after in changes:
            old, new = self._counted(before, crowd), self._counted(after, crowd)
            for place in old.keys() | new.keys():
                self._move(self._at(place), kind, old.get(place), new.get(place))

    def add_always(self, kind: FactType, companies: Mapping[str, int]) -> None:
        """Note facts that name their company themselves, by its key."""
        for company, facts in companies.items():
            self._at((company, ALWAYS)).facts[kind] += facts

    def shown(self) -> list[dict[str, Any]]:
        """Return the first of them, by company and period."""
        found = sorted(self.places.items())[:FIGURES_SHOWN]
        return [moved.shown(place) for place, moved in found]

    def _at(self, place: Place) -> Moved:
        return self.places.setdefault(place, Moved())

    def _move(self, moved: Moved, kind: str, old: Counted | None, new: Counted | None) -> None:
        moved.facts[kind] += 1
        for sign, counted in ((-1, old), (1, new)):
            if counted is not None:
                moved.sessions += sign * counted.sessions
                moved.minutes += sign * counted.minutes
                moved.participants.add(hash(counted.participant))

    def _counted(self, told: Event | None, crowd: Crowd) -> dict[Place, Counted]:
        if not isinstance(told, Fact) or (deed := deed_of(told, crowd.canonical)) is None:
            return {}
        quarter = _quarter(deed.occurred_at.astimezone(self.zone))
        return {
            (crowd.keys[one.company_id], quarter): _worth(told, deed.participant, one.volunteer)
            for one in attribute(deed, crowd.ties, self.zone)
            if self.only in (None, one.company_id)
        }


def _worth(told: Fact, participant: UUID | None, by_volunteer: bool) -> Counted:
    completed = getattr(told, "status", None) == SessionStatus.COMPLETED
    session = told.fact_type == FactType.KINTELL_SESSION and completed
    spent = session or told.fact_type == FactType.BUDDY_EVENT
    minutes = getattr(told, "duration_minutes", None) or 0
    return Counted(int(session), minutes if spent and by_volunteer else 0, participant)


def _quarter(moment: datetime) -> str:
    return f"{moment.year}-Q{(moment.month + 2) // 3}"
