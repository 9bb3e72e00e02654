"""Merges two people and takes merges back; facts keep their people, only who counts as whom moves.

Whoever does either holds the ties alone from before they look until they are done: two requests
follow each other, and the second one decides on what the first one left.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from event_contracts import PersonMerged, PersonUnmerged
from profile_service.errors import UnknownPersonError
from profile_service.merging.conflicts import Choices, Conflict, Standing, conflicts, settled
from profile_service.merging.errors import (
    AlreadyMergedError,
    MergedElsewhereError,
    NotMergedError,
    SamePersonError,
    UnknownChoiceError,
)
from profile_service.merging.groups import NAME, PHONE, Merge, flag_of
from profile_service.merging.people import standing_of
from profile_service.merging.schemas import MergeAnswer, MergeRequest, UnmergeRequest
from profile_service.projection import Projector
from profile_service.repository import candidates, merges, persons, projection, ties
from profile_service.repository.merges import Recorded
from profile_service.rules import RuleTable
from shared_utils.auth import Caller
from shared_utils.work import Work


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people as they were named; `canonical` is whom the kept one counts as."""

    keep: UUID
    merge: UUID
    canonical: UUID
    choices: Choices


@dataclass(frozen=True, slots=True)
class Merging:
    """Who merges and why, in which work."""

    work: Work
    projector: Projector
    caller: Caller

    async def merge(self, pair: Pair, reason: str) -> Recorded:
        """Have `merge` count as `keep`, recount all that hangs on them, and tell of it."""
        session = self.work.session
        differing = await self.conflicts(pair)
        moved = await merges.move(session, pair.canonical, pair.merge)
        merge = Merge(pair.keep, pair.merge, settled(differing, pair.choices))
        done = await merges.record(session, merge, moved, reason=reason, actor=self.caller.subject)
        await self._finish(pair, "merge person", reason)
        told = {"keep_id": pair.canonical, "merged_id": pair.merge}
        self.work.publish(PersonMerged(**told, revision=done.revision))
        return done

    async def unmerge(self, pair: Pair, reason: str) -> Recorded:
        """Take a merge back as if it had never been: `merge` counts as themselves again.

        With them go all whom other merges brought into them, and no one else.
        """
        session = self.work.session
        done = await merges.take_back(session, pair.merge, actor=self.caller.subject)
        if done is None:
            raise NotMergedError
        await merges.part(session, pair.merge)
        await self._finish(pair, "unmerge person", reason)
        told = {"keep_id": pair.canonical, "merged_id": pair.merge}
        self.work.publish(PersonUnmerged(**told, revision=done.revision))
        return done

    async def conflicts(self, pair: Pair) -> list[Conflict]:
        """In what the two differ before they are merged."""
        keep = await self._standing(pair.canonical)
        merge = await self._standing(pair.merge)
        return conflicts(keep, merge, pair.choices)

    async def _standing(self, canonical: UUID) -> Standing:
        sources = await ties.with_sources(self.work.session, [canonical])
        return await standing_of(self.work.session, canonical, sources)

    async def _finish(self, pair: Pair, action: str, reason: str) -> None:
        session, people = self.work.session, {pair.canonical, pair.merge}
        sources = await ties.with_sources(session, people)
        await candidates.settle(session, sources, actor=self.caller.subject, reason=reason)
        await self.projector.regroup(self.work, people)
        for one in (pair.canonical, pair.merge):
            about = ("person", str(one))
            await persons.log_change(session, self.caller, action, about, reason)


async def mergeable(work: Work, asked: MergeRequest, rules: RuleTable) -> Pair:
    """The pair to merge; holds the ties alone from here on. Every refusal is said here."""
    _check_choices(asked.choices, rules)
    known = await _known(work, asked)
    canonical = known[asked.keep]
    if canonical == known[asked.merge]:
        raise AlreadyMergedError(person_id=str(canonical))
    if known[asked.merge] != asked.merge:
        raise MergedElsewhereError(person_id=str(known[asked.merge]))
    return Pair(asked.keep, asked.merge, canonical, asked.choices)


async def partable(work: Work, asked: UnmergeRequest) -> Pair:
    """The pair whose merge is to be taken back; holds the ties alone from here on."""
    known = await _known(work, asked)
    canonical = known[asked.keep]
    group = await ties.with_sources(work.session, [canonical])
    into = {one.merged_id: one.keep_id for one in await merges.standing(work.session, group)}
    parts_from = known[asked.merge] == canonical and asked.merge in into
    if not parts_from or asked.merge in _above(asked.keep, into):
        raise NotMergedError
    return Pair(asked.keep, asked.merge, canonical, {})


def answer(pair: Pair, done: Recorded) -> MergeAnswer:
    """What was done, as it is told."""
    return MergeAnswer(
        merge_id=done.merge_id,
        keep=done.keep_id,
        merge=done.merged_id,
        person_id=pair.canonical,
        moved=done.moved_ids,
        merged_at=done.merged_at,
    )


async def _known(work: Work, asked: UnmergeRequest) -> dict[UUID, UUID]:
    """Whom the two count as, from now until the work ends."""
    if asked.keep == asked.merge:
        raise SamePersonError
    await projection.hold_ties(work.session, alone=True)
    known = await merges.counting_as(work.session, [asked.keep, asked.merge])
    if len(known) < 2:
        raise UnknownPersonError
    return known


def _check_choices(choices: Collection[str], rules: RuleTable) -> None:
    for chosen in choices:
        flag = flag_of(chosen)
        if chosen not in (NAME, PHONE) and flag not in rules.by_flag:
            raise UnknownChoiceError


def _above(person: UUID, into: Mapping[UUID, UUID]) -> list[UUID]:
    """Whom a person was merged into, and those into, up to whom they count as."""
    found = [person]
    while found[-1] in into:
        found.append(into[found[-1]])
    return found
