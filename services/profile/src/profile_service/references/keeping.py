"""Enters, changes and ends reference values: each a new version, none is ever lost."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from pydantic_core import PydanticCustomError

from profile_service.errors import (
    OverlappingReferenceError,
    ReferenceValueError,
    UnknownReferenceError,
)
from profile_service.references.shapes import NewReference, ReferenceChange, check, unit_of
from profile_service.repository import references as repository
from profile_service.repository.persons import log_change
from profile_service.repository.references import Kept
from shared_utils.auth import Caller
from shared_utils.work import Work


async def enter(work: Work, caller: Caller, new: NewReference) -> Kept:
    """A value for days for which there is none yet; OverlappingReferenceError otherwise."""
    await repository.alone(work.session)
    family = await repository.family(work.session, new.kind, new.key, new.country)
    if other := overlapping(family, new.valid_from, new.valid_to):
        raise OverlappingReferenceError(reference_id=str(other.reference_id))
    known = [one for one in family if one.valid_from == new.valid_from]
    kept = Kept(
        **new.model_dump(),
        unit=unit_of(new.kind, new.key),
        version=max((one.version for one in known), default=0) + 1,
        created_by=caller.subject,
    )
    return await _keep(work, caller, kept, "enter")


async def change(work: Work, caller: Caller, reference_id: UUID, changed: ReferenceChange) -> Kept:
    """The next version of a value; the same again is no new one."""
    await repository.alone(work.session)
    newest, family = await _newest(work, reference_id)
    try:
        check(newest.kind, newest.key, newest.country, newest.valid_from, changed)
    except PydanticCustomError as wrong:
        raise ReferenceValueError(wrong.message()) from None
    others = (one for one in family if one.valid_from != newest.valid_from)
    if other := overlapping(others, newest.valid_from, changed.valid_to):
        raise OverlappingReferenceError(reference_id=str(other.reference_id))
    following = newest.changed(**changed.model_dump(), withdrawn=False)
    if following == newest:
        return newest
    return await _keep(work, caller, following.next_by(caller.subject), "change")


async def end(work: Work, caller: Caller, reference_id: UUID, today: date) -> Kept:
    """Have a value hold no longer from today on; what has ended stays as it is."""
    await repository.alone(work.session)
    newest, _ = await _newest(work, reference_id)
    ended = newest.valid_to is not None and newest.valid_to <= today
    if newest.withdrawn or ended:
        return newest
    begun = newest.valid_from < today
    following = newest.changed(valid_to=today) if begun else newest.changed(withdrawn=True)
    return await _keep(work, caller, following.next_by(caller.subject), "end")


def overlapping(known: Iterable[Kept], start: date, end: date | None) -> Kept | None:
    """A value that holds on some day of [start, end)."""
    for one in known:
        begins_before = end is None or one.valid_from < end
        ends_after = one.valid_to is None or one.valid_to > start
        if not one.withdrawn and begins_before and ends_after:
            return one
    return None


async def _newest(work: Work, reference_id: UUID) -> tuple[Kept, list[Kept]]:
    named = await repository.by_id(work.session, reference_id)
    if named is None:
        raise UnknownReferenceError
    family = await repository.family(work.session, named.kind, named.key, named.country)
    newest = next(one for one in family if one.valid_from == named.valid_from)
    return newest, family


async def _keep(work: Work, caller: Caller, kept: Kept, action: str) -> Kept:
    stored = await repository.keep(work.session, kept)
    about = ("reference_value", str(stored.reference_id))
    await log_change(work.session, caller, f"{action} {stored.label}", about, stored.source)
    return stored
