"""Takes whole messages of deeds into the projection, where all of them are new."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from event_contracts import Event, ProfileUpdated
from event_contracts.plain import Record
from profile_service.bulk.attributing import count_deeds, crowd_of
from profile_service.bulk.reading import Columns, FlagKey, columns_of, merged
from profile_service.bulk.shapes import SHAPES
from profile_service.changes import milestone_reached
from profile_service.projection import Projector
from profile_service.repository import bulk, journey, projection
from profile_service.repository.arrays import array, id_array
from profile_service.repository.journey import Reached, Stated
from profile_service.restating.cause import Cause
from profile_service.rules import FlagSetting, RuleTable
from shared_utils.work import Work


class BulkProjector:
    """What `Projector.project` does, for deeds that no generation knows yet.

    A deed that is known already, twice in the batch, or due in a second generation as well makes
    it give way: then the events are projected one by one.
    """

    def __init__(self, projector: Projector) -> None:
        self._rules = projector.rules
        self._zone = projector.zone

    def read(self, event_class: type[Event], records: Sequence[Record]) -> Columns | None:
        """The columns of one message; None where its events are no deeds."""
        shape = SHAPES.get(event_class)
        return None if shape is None else columns_of(shape, records, self._rules)

    async def apply(self, parts: Sequence[Columns], work: Work) -> bool:
        """Write the deeds and all that follows; False where some are not new.

        Profiles are locked as late as may be: the ratings of the same people wait for it.
        """
        await projection.hold_ties(work.session, alone=False)
        written = await projection.generations(work.session)
        if written.filling is not None or not await self._written(parts, work, written.active):
            return False
        batch, canonical = await self._people(parts, work)
        if batch.deeds:
            crowd = await crowd_of(work.session, batch.deeds, canonical)
            told = next(iter(batch.causes.values()))
            cause = Cause(batch.shape.event_class.type, UUID(told.event_id))
            await count_deeds(
                work.session, batch.shape.fact_type, batch.deeds, crowd, self._zone, cause
            )
        revisions = await _touched(work, batch, written.active)
        flags = await self._set_flags(work, batch, written.active)
        await self._tell_milestones(work, batch, flags)
        _tell_profiles(work, batch, revisions, flags)
        return True

    async def fill(self, parts: Sequence[Columns], work: Work, generation: int) -> bool:
        """Write deeds, profiles and flags of one generation alone; False where some are not new."""
        if not await self._written(parts, work, generation):
            return False
        batch, _ = await self._people(parts, work)
        await _touched(work, batch, generation)
        await self._set_flags(work, batch, generation)
        return True

    async def _people(
        self, parts: Sequence[Columns], work: Work
    ) -> tuple[Columns, Mapping[UUID, UUID]]:
        """The batch by canonical persons, and who is merged with any of them."""
        people = {person for part in parts for person in part.causes}
        canonical = await bulk.merged_persons(work.session, people)
        texts = {str(one): str(as_) for one, as_ in canonical.items()}
        return merged(parts, self._rules, texts), canonical

    async def _written(self, parts: Sequence[Columns], work: Work, generation: int) -> bool:
        """Whether all that are facts are written now."""
        shape = parts[0].shape
        if not shape.is_fact:
            return True
        lines = (part.lines for part in parts)
        kind = shape.event_class.type
        return await bulk.write_deeds(work, generation, shape.fact_type, kind, lines)

    async def _set_flags(self, work: Work, batch: Columns, generation: int) -> list[FlagKey]:
        """The flags that changed."""
        if not batch.settings:
            return []
        stated = _stated(batch, self._rules)
        changed = await journey.set_stated_flags(work.session, generation, stated, self._rules)
        return [(str(person), flag) for person, flag in changed]

    async def _tell_milestones(self, work: Work, batch: Columns, flags: Sequence[FlagKey]) -> None:
        reached = [
            Reached(milestone, _setting(batch, key))
            for key in flags
            if (milestone := self._rules.by_flag[key[1]].milestone)
        ]
        version = self._rules.version
        fresh = await journey.reach_milestones(work.session, reached, str(version))
        for one in reached:
            person = one.setting.person_id
            if (person, one.milestone) in fresh:
                because = batch.causes[str(person)].because
                work.publish(milestone_reached(one, version), because=because)


async def _touched(work: Work, batch: Columns, generation: int) -> dict[str, int]:
    if not batch.causes:
        return {}
    touched = await projection.touch_array(work.session, id_array(batch.causes), [generation])
    return {str(person): revision for (_, person), revision in touched.items()}


def _stated(batch: Columns, rules: RuleTable) -> Stated:
    each = batch.settings
    return Stated(
        persons=id_array(person for person, _ in each),
        flags=array(flag for _, flag in each),
        values=array(_said(one.value) for one in each.values()),
        sinces=id_array(f"{one.since}Z" for one in each.values()),
        events=id_array(one.event_id for one in each.values()),
        types=array(one.event_type for one in each.values()),
        latest=array(rules.by_flag[flag].takes == "latest" for _, flag in each),
    )


def _setting(batch: Columns, key: FlagKey) -> FlagSetting:
    one = batch.settings[key]
    return FlagSetting(
        UUID(key[0]), key[1], one.value, one.moment, UUID(one.event_id), one.event_type
    )


def _tell_profiles(
    work: Work, batch: Columns, revisions: Mapping[str, int], flags: Sequence[FlagKey]
) -> None:
    """Say of every profile what changed, as `ProfileUpdated` does."""
    changed = {person: {batch.shape.section} for person in batch.causes}
    for person, flag in flags:
        changed[person].add(flag)
    work.publish_plain(
        ProfileUpdated,
        (
            (
                person,
                f'{{"person_id":"{person}","revision":{revisions[person]},'
                f'"changed":{_sorted(frozenset(names))}}}',
                batch.causes[person],
            )
            for person, names in changed.items()
        ),
    )


@lru_cache(maxsize=1024)
def _sorted(names: frozenset[str]) -> str:
    """The names as JSON; there are few different sets of them."""
    return json.dumps(sorted(names))


@lru_cache(maxsize=1024, typed=True)
def _said(value: str | bool) -> str:
    """A flag's value as JSON."""
    return json.dumps(value)
