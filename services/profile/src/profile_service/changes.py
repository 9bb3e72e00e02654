"""What a batch of events changed, and what of it is worth telling."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from event_contracts import Envelope, Event, MilestoneReached, PersonCreated, ProfileUpdated
from profile_service.facts import SECTIONS, FactRow
from profile_service.people import Canon
from profile_service.repository.journey import Reached
from profile_service.repository.projection import Applied
from profile_service.rules import FlagSetting, RuleTable

FlagKey = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class FlagChanges:
    """The flags that changed in one generation: those set now, and those that fell."""

    set: Mapping[FlagKey, FlagSetting] = field(default_factory=dict)
    fell: frozenset[FlagKey] = frozenset()

    def __iter__(self) -> Iterator[FlagKey]:
        return iter({*self.set, *self.fell})

    def reached(self, rules: RuleTable) -> list[Reached]:
        """The milestones of the flags set now."""
        return [
            Reached(milestone, setting)
            for (_, flag), setting in self.set.items()
            if (milestone := rules.by_flag[flag].milestone)
        ]


@dataclass(slots=True)
class News:
    """The fields that changed in one profile, and an event that changed it."""

    fields: set[str] = field(default_factory=set)
    cause: Envelope[Event] | None = None

    def add(self, name: str, cause: Envelope[Event] | None = None) -> None:
        self.fields.add(name)
        self.cause = cause or self.cause

    def told_of(self, person_id: UUID, revision: int) -> ProfileUpdated:
        changed = tuple(sorted(self.fields))
        return ProfileUpdated(person_id=person_id, revision=revision, changed=changed)


@dataclass(frozen=True, slots=True)
class Changes:
    """What one batch did; `rows` are its newest states, `applied` those that were news."""

    rows: Mapping[tuple[str, UUID], FactRow]
    applied: Sequence[Applied]
    canon: Canon
    revisions: Mapping[tuple[int, UUID], int]
    events: Mapping[UUID, Envelope[Event]]
    created: frozenset[UUID] = frozenset()

    def in_generation(self, generation: int) -> list[Applied]:
        return [one for one in self.applied if one.generation == generation]

    def new_rows(self, generation: int) -> list[FactRow]:
        """The states that now stand in this generation because of the batch."""
        return [self.rows[one.key] for one in self.in_generation(generation)]

    def replaced(self, generation: int) -> list[Applied]:
        return [one for one in self.in_generation(generation) if one.old_event_id]

    def people_of(self, one: Applied) -> list[UUID]:
        """The canonical persons whose fact it is or was; one may come twice."""
        row = self.rows[one.key]
        sources = [row.participant_id, row.volunteer_id]
        if one.old_event_id:
            sources += [one.old_participant_id, one.old_volunteer_id]
        return [self.canon.of(source) for source in sources if source]

    def news(self, generation: int, flags: Iterable[FlagKey]) -> dict[UUID, News]:
        """What changed in each canonical person's profile."""
        found: dict[UUID, News] = defaultdict(News)
        for one in self.in_generation(generation):
            cause = self.events.get(self.rows[one.key].event_id)
            for person in self.people_of(one):
                found[person].add(SECTIONS.get(one.key[0], one.key[0]), cause)
        for person in self.created:
            found[person].add("status")
        for person, flag in flags:
            found[person].add(flag)
        return found


def created_people(events: Iterable[Envelope[Event]]) -> set[UUID]:
    """The persons that these events bring into being."""
    return {one.data.person_id for one in events if isinstance(one.data, PersonCreated)}


def people_in(rows: Iterable[FactRow], applied: Iterable[Applied]) -> set[UUID]:
    """Every source person whose fact changed, before or now."""
    changed = {one.key for one in applied}
    now = (row for row in rows if row.key in changed)
    found = {person for row in now for person in (row.participant_id, row.volunteer_id)}
    for one in applied:
        found |= {one.old_participant_id, one.old_volunteer_id}
    return {person for person in found if person}


def milestone_reached(reached: Reached, rules_version: int) -> MilestoneReached:
    setting = reached.setting
    return MilestoneReached(
        person_id=setting.person_id,
        milestone=reached.milestone,
        reached_at=setting.since,
        because_event_id=setting.event_id,
        because_type=setting.event_type,
        rules_version=str(rules_version),
    )
