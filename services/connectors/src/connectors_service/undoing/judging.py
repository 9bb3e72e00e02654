"""The fates of many facts at once: what imports said, and what the database allows beside."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from connectors_service.repository import histories, references
from connectors_service.repository.histories import Gathered
from connectors_service.undoing.fates import Decision, Fate, History, Why, decide, refused
from connectors_service.undoing.tables import Undoable, undoable

PEOPLE = ("person_id", "participant_id", "volunteer_id", "buddy_id")
Decisions = dict[UUID, Decision]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of facts, and what is known of them."""

    gathered: Gathered
    decisions: Mapping[UUID, Decision]

    def having(self, fate: Fate) -> list[UUID]:
        """Return the facts of one fate."""
        return [fact for fact, decided in self.decisions.items() if decided.fate is fate]

    def people(self) -> Iterator[UUID]:
        """Yield whom restored facts name, before and after."""
        for fact in self.having(Fate.RESTORED):
            history = self.gathered.histories[fact]
            decided = self.decisions[fact].state or {}
            for state in (history.states[history.revision], decided):
                yield from (UUID(str(state[name])) for name in PEOPLE if state.get(name))


class Judge:
    """Decides what undoing one import does to its facts."""

    def __init__(self, connection: AsyncConnection[Any], import_id: UUID, dataset: str) -> None:
        self._connection = connection
        self._import_id = import_id
        self._dataset = dataset

    async def judge(self, kind: Undoable, facts: Collection[UUID]) -> Judgement:
        """Decide; a fact that is gone has no decision."""
        gathered = await histories.gathered(self._connection, kind, facts, self._dataset)
        decisions = {
            fact: decide(history, self._import_id) for fact, history in gathered.histories.items()
        }
        decisions |= await self._needed(kind, decisions)
        decisions |= await self._erased(decisions)
        decisions |= await self._taken(kind, gathered.histories, decisions)
        return Judgement(gathered, decisions)

    async def _needed(self, kind: Undoable, decisions: Decisions) -> Decisions:
        """Refuse to remove what other facts hang on that stay."""
        removed = [fact for fact, decided in decisions.items() if decided.fate is Fate.REMOVED]
        if not removed or not kind.dependents:
            return {}
        kept: Decisions = {}
        hanging = await histories.dependents_of(self._connection, kind, removed)
        for fact_type, by_parent in hanging.items():
            children = {child for found in by_parent.values() for child in found}
            judged = await self.judge(undoable(fact_type), children)
            for parent, found in by_parent.items():
                if staying := [one for one in found if not _goes(judged, one)]:
                    kept[parent] = refused(Why.NEEDED, _speaker(judged, staying))
        return kept

    async def _erased(self, decisions: Decisions) -> Decisions:
        """Refuse to bring back what was about people who were erased."""
        named = defaultdict(set)
        for fact, decided in decisions.items():
            for name in PEOPLE:
                if person := (decided.state or {}).get(name):
                    named[UUID(str(person))].add(fact)
        gone = await histories.erased_people(self._connection, named) if named else set()
        return {fact: refused(Why.ERASED) for person in gone for fact in named[person]}

    async def _taken(
        self, kind: Undoable, known: Mapping[UUID, History], decisions: Decisions
    ) -> Decisions:
        """Refuse to bring back a value that another fact has by now."""
        kept: Decisions = {}
        for column in kind.fact.only_one:
            wanted = {
                value: fact
                for fact, decided in decisions.items()
                if (value := (decided.state or {}).get(column))
            }
            owners = await references.owners(self._connection, kind.fact, column, list(wanted))
            for value, owner in owners.items():
                fact = wanted[value]
                present = known[fact].states[known[fact].revision]
                if present[kind.fact.key[0]] != owner:
                    kept[fact] = refused(Why.TAKEN)
        return kept


def _goes(judged: Judgement, fact: UUID) -> bool:
    decided = judged.decisions.get(fact)
    return decided is None or decided.fate is Fate.REMOVED


def _speaker(judged: Judgement, staying: list[UUID]) -> Any:
    """Return the assertion because of which one of these facts stays, if an import's."""
    for fact in staying:
        history = judged.gathered.histories[fact]
        if said := judged.decisions[fact].by or next(reversed(history.standing), None):
            return said
    return None
