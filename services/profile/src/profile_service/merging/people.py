"""What counts for a person to whom others were merged: name, phone and flags set by hand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import Json
from profile_service.merging.conflicts import Standing
from profile_service.merging.groups import NAME, PHONE, Merge, flag_field, whose
from profile_service.repository import held, merges
from profile_service.repository.persons import Person
from profile_service.repository.profiles import Held

Value = TypeVar("Value")


async def with_merged(session: AsyncSession, person: Person) -> Person:
    """The person with the name and phone that count; who was never merged is left as they are."""
    if len(person.sources) < 2:
        return person
    stand = await merges.standing(session, person.sources)
    names, phones = await _contacts(session, person.sources)
    return replace(
        person,
        display_name=_value(person.person_id, stand, names, NAME),
        phone=_value(person.person_id, stand, phones, PHONE),
    )


async def with_flags_by_hand(session: AsyncSession, person: Person, known: Held) -> Held:
    """What is held, with the flags that were set by hand for those merged into the person."""
    if len(person.sources) < 2:
        return known
    return replace(
        known, flags=known.flags | await _flags(session, person.person_id, person.sources)
    )


async def keep_own(session: AsyncSession, person: Person, fields: Collection[str]) -> None:
    """Have what was just set by hand count above what those merged into the person have."""
    if len(person.sources) > 1:
        await merges.keep_own(session, person.person_id, fields)


async def standing_of(
    session: AsyncSession, canonical: UUID, sources: Collection[UUID]
) -> Standing:
    """What counts for a person with all who count as them."""
    stand = await merges.standing(session, sources)
    names, phones = await _contacts(session, sources)
    flags = await _flags(session, canonical, sources)
    return Standing(
        name=_value(canonical, stand, names, NAME),
        phone=_value(canonical, stand, phones, PHONE),
        flags={flag: shown["value"] for flag, shown in flags.items()},
        accounts=await _accounts(session, sources),
        consents=await held.consents(session, canonical),
        enrollments=await held.enrollments(session, sources),
    )


async def _contacts(
    session: AsyncSession, sources: Collection[UUID]
) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """The names and the phones that source persons have."""
    known = (await held.contacts(session, sources)).items()
    names = {one: name for one, (name, _) in known if name}
    return names, {one: phone for one, (_, phone) in known if phone}


async def _flags(
    session: AsyncSession, canonical: UUID, sources: Collection[UUID]
) -> dict[str, dict[str, Json]]:
    stand = await merges.standing(session, sources)
    found = {}
    for flag, having in (await held.flags_by_hand(session, sources)).items():
        if shown := _value(canonical, stand, having, flag_field(flag)):
            found[flag] = shown
    return found


async def _accounts(session: AsyncSession, sources: Collection[UUID]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for _, provider, external_id in await held.accounts(session, sources):
        found[provider].append(external_id)
    return found


def _value(
    canonical: UUID, stand: Sequence[Merge], having: Mapping[UUID, Value], chosen: str
) -> Value | None:
    owner = whose(canonical, stand, having, chosen)
    return having[owner] if owner else None
