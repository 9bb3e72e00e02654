"""Takes events into the projection: facts, flags, milestones and attributions, set by set."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from event_contracts import (
    EnrollmentChanged,
    Envelope,
    Event,
    ExternalIdLinked,
    FactRetracted,
    ScoreOverridden,
    ScoreRecorded,
    ScoreRetracted,
)
from event_contracts.vocabulary import FactType
from profile_service.changes import (
    Changes,
    FlagChanges,
    FlagKey,
    created_people,
    milestone_reached,
    people_in,
)
from profile_service.counting import count_changed, recount
from profile_service.facts import fact_rows
from profile_service.people import Canon
from profile_service.repository import journey, marks, projection, ties
from profile_service.restating.cause import Cause, first_cause
from profile_service.rules import FlagSetting, RuleTable
from shared_utils.work import Work

REGROUPED = Cause("people_regrouped")


@dataclass(frozen=True, slots=True)
class Projector:
    """What projecting needs to know beside the events."""

    rules: RuleTable
    zone: ZoneInfo

    async def project(self, work: Work, events: Sequence[Envelope[Event]]) -> None:
        """Apply facts to every generation; safe in any order, any number of times."""
        moved = people_with_moved_ties(events)
        await projection.hold_ties(work.session, alone=bool(moved))
        written = await projection.generations(work.session)
        changes = await self.apply(work, events, written.all)
        flags = {one: await self.set_flags(work, changes, one) for one in written.all}
        await count_changed(work.session, changes, written.active, self.zone)
        await self.recount(work, moved, written.active, first_cause(events, "unknown"))
        await self.mark_scored(work, events)
        await self.tell(work, changes, flags[written.active], written.active)

    async def mark_scored(self, work: Work, events: Sequence[Envelope[Event]]) -> None:
        """Note what new scores, verdicts and retractions change in companies' figures."""
        scored = {
            one.data.text_id: one
            for one in events
            if isinstance(one.data, ScoreRecorded | ScoreOverridden | ScoreRetracted)
        }
        cause = first_cause(scored.values(), "unknown")
        await marks.mark_texts(work.session, scored, self.zone, cause)

    async def apply(
        self, work: Work, events: Sequence[Envelope[Event]], generations: Sequence[int]
    ) -> Changes:
        """Write the facts and lock the profiles of their people; the ties lock is held."""
        rows = fact_rows(events)
        applied = await projection.apply_facts(work, rows, generations)
        created = created_people(events)
        people = people_in(rows, applied) | created
        canon = await ties.canon(work.session, people)
        revisions = await projection.touch_profiles(work.session, canon.all_of(people), generations)
        by_key = {row.key: row for row in rows}
        by_id = {event.id: event for event in events}
        born = frozenset(canon.all_of(created))
        return Changes(by_key, applied, canon, revisions, by_id, born)

    async def set_flags(self, work: Work, changes: Changes, generation: int) -> FlagChanges:
        """Set what the new states speak for, and set anew what replaced states had spoken for."""
        fell = await self._drop_replaced(work, changes, generation)
        settings = _of_persons(self.rules.settings(changes.new_rows(generation)), changes.canon)
        again = await self._settings_of(work, fell, generation)
        return await self._hold(work, [*settings, *again], fell, generation)

    async def regroup(
        self, work: Work, persons: Collection[UUID], cause: Cause = REGROUPED
    ) -> None:
        """Set anew all flags and attributions of people who were merged or unmerged."""
        await projection.hold_ties(work.session, alone=True)
        written = await projection.generations(work.session)
        canon = await ties.canon(work.session, persons)
        everyone = sorted({*persons, *canon.all_of(persons)})
        revisions = await projection.touch_profiles(work.session, everyone, written.all)
        flags = {one: await self._set_all_flags(work, everyone, one) for one in written.all}
        await recount(work.session, everyone, written.active, self.zone, cause)
        changes = Changes({}, [], canon, revisions, {}, frozenset(everyone))
        await self.tell(work, changes, flags[written.active], written.active)

    async def recount(
        self, work: Work, persons: Collection[UUID], generation: int, cause: Cause
    ) -> None:
        """Attribute anew the facts of people whose ties moved; the ties lock is held alone."""
        if persons:
            canon = await ties.canon(work.session, persons)
            await recount(work.session, canon.all_of(persons), generation, self.zone, cause)

    async def recount_companies(
        self, work: Work, persons: Collection[UUID], companies: Collection[UUID], cause: Cause
    ) -> None:
        """Attribute anew after memberships of persons or e-mail domains of companies changed."""
        await projection.hold_ties(work.session, alone=True)
        generation = (await projection.generations(work.session)).active
        known = await ties.people_of_domains(work.session, generation, companies)
        await self.recount(work, {*persons, *known}, generation, cause)

    async def _set_all_flags(
        self, work: Work, persons: Collection[UUID], generation: int
    ) -> FlagChanges:
        fell = await journey.drop_flags(work.session, generation, persons)
        keys = {(person, flag) for person in persons for flag in self.rules.flags}
        settings = await self._settings_of(work, keys, generation)
        return await self._hold(work, settings, fell, generation)

    async def _drop_replaced(self, work: Work, changes: Changes, generation: int) -> set[FlagKey]:
        replaced = changes.replaced(generation)
        if not replaced:
            return set()
        persons = {person for one in replaced for person in changes.people_of(one)}
        events = {one.old_event_id for one in replaced if one.old_event_id}
        return await journey.drop_flags_set_by(work.session, generation, persons, events)

    async def _settings_of(
        self, work: Work, keys: Collection[FlagKey], generation: int
    ) -> list[FlagSetting]:
        """What all standing facts say of these flags of these persons."""
        if not keys:
            return []
        wanted = {flag for _, flag in keys}
        types = {rule.fact.value for rule in self.rules.rules if rule.flag in wanted}
        sources = await ties.with_sources(work.session, {person for person, _ in keys})
        facts = await journey.facts_of(work.session, generation, sources, types)
        settings = _of_persons(self.rules.settings(facts), Canon(sources))
        return [one for one in settings if (one.person_id, one.flag) in keys]

    async def _hold(
        self, work: Work, settings: Sequence[FlagSetting], fell: set[FlagKey], generation: int
    ) -> FlagChanges:
        strongest = self.rules.strongest(settings)
        changed = await journey.set_flags(work.session, generation, strongest, self.rules)
        return FlagChanges({key: strongest[key] for key in changed}, frozenset(fell))

    async def tell(self, work: Work, changes: Changes, flags: FlagChanges, generation: int) -> None:
        news = changes.news(generation, flags)
        reached = flags.reached(self.rules)
        fresh = await journey.reach_milestones(work.session, reached, str(self.rules.version))
        for one in reached:
            if (one.setting.person_id, one.milestone) in fresh:
                event = milestone_reached(one, self.rules.version)
                work.publish(event, because=news[event.person_id].cause)
        for person, changed in news.items():
            revision = changes.revisions[(generation, person)]
            work.publish(changed.told_of(person, revision), because=changed.cause)


def people_with_moved_ties(events: Sequence[Envelope[Event]]) -> set[UUID]:
    """The persons whose sponsors, memberships or addresses these events say have changed."""
    found: set[UUID | None] = set()
    for event in events:
        data = event.data
        if isinstance(data, EnrollmentChanged | ExternalIdLinked):
            found.add(data.person_id)
        if isinstance(data, ExternalIdLinked):
            found.add(data.previous_person_id)
        if isinstance(data, FactRetracted) and data.fact_type == FactType.ENROLLMENT:
            found |= {data.participant_id, data.volunteer_id}
    return {person for person in found if person}


def _of_persons(settings: Iterable[FlagSetting], canon: Canon) -> list[FlagSetting]:
    if not canon.canonical:
        return list(settings)
    return [replace(one, person_id=canon.of(one.person_id)) for one in settings]
