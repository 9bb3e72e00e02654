"""For which companies new deeds count: by a list where time makes no difference, else by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.bulk.reading import PlainDeed
from profile_service.people import Canon
from profile_service.repository import bulk, marks, ties
from profile_service.repository.arrays import id_array
from profile_service.restating.cause import Cause
from shared_utils.attribution import Attribution, Deed, Ties, attributions


@dataclass(frozen=True)
class Crowd:
    """The people of a batch: whom each counts as, and their ties."""

    participants: frozenset[str]
    volunteers: frozenset[str]
    canon: Canon
    ties: Ties

    def sponsored(self) -> set[str]:
        """The participants with any sponsor."""
        return self._tied(self.participants, self.ties.sponsorships)

    def stated(self) -> set[str]:
        """The volunteers of whom anybody stated where they belong."""
        return self._tied(self.volunteers, self.ties.memberships)

    def employed(self) -> list[tuple[str, str]]:
        """Volunteers with the companies of their addresses alone."""
        known = self.ties.domain_companies
        return [
            (volunteer, str(company))
            for volunteer in sorted(self._tied(self.volunteers, known) - self.stated())
            for company in known[self.canon.of(UUID(volunteer))]
        ]

    def _tied(self, persons: frozenset[str], known: Mapping[UUID, object]) -> set[str]:
        tied = {str(person) for person in known}
        merged = {str(one): str(other) for one, other in self.canon.canonical.items()}
        return {person for person in persons if merged.get(person, person) in tied}


async def crowd_of(
    session: AsyncSession, deeds: Sequence[PlainDeed], canonical: Mapping[UUID, UUID]
) -> Crowd:
    """The people of these deeds; `canonical` has everybody who counts as one with any of them."""
    participants = frozenset(deed.participant for deed in deeds if deed.participant)
    volunteers = frozenset(deed.volunteer for deed in deeds if deed.volunteer)
    merged = {*map(str, canonical), *map(str, canonical.values())}
    found = await ties.found_ties(
        session, id_array(participants | merged), id_array(volunteers | merged), Canon(canonical)
    )
    return Crowd(participants, volunteers, Canon(canonical), found)


async def count_deeds(
    session: AsyncSession,
    fact_type: str,
    deeds: Sequence[PlainDeed],
    crowd: Crowd,
    zone: ZoneInfo,
    cause: Cause,
) -> None:
    """Attribute deeds that are new, so that nothing of them stands yet."""
    stated, sponsored = crowd.stated(), crowd.sponsored()
    if employed := crowd.employed():
        of = {volunteer for volunteer, _ in employed}
        found = [one for one in deeds if one.volunteer in of and one.participant not in sponsored]
        if found:
            await bulk.attribute_employed(session, fact_type, [one.row for one in found], employed)
            await marks.mark(session, _touched(found, employed), zone, cause)
    apart = [one for one in deeds if one.volunteer in stated or one.participant in sponsored]
    judged = _judged(fact_type, apart, crowd, zone)
    await ties.write_attributions(session, [], judged)
    touched = {(one.company_id, one.occurred_at) for one in judged}
    await marks.mark(session, touched, zone, cause)


def _touched(
    deeds: Sequence[PlainDeed], employed: Sequence[tuple[str, str]]
) -> set[tuple[UUID, datetime]]:
    """The companies of these deeds' volunteers, and the minutes in which anything counts."""
    companies: dict[str | None, list[str]] = {}
    for volunteer, company in employed:
        companies.setdefault(volunteer, []).append(company)
    minutes = {
        (company, one.occurred_at[:16]) for one in deeds for company in companies[one.volunteer]
    }
    return {
        (UUID(company), datetime.fromisoformat(f"{minute}:00+00:00")) for company, minute in minutes
    }


def _judged(
    fact_type: str, deeds: Sequence[PlainDeed], crowd: Crowd, zone: ZoneInfo
) -> list[Attribution]:
    return attributions((_deed(fact_type, one, crowd.canon) for one in deeds), crowd.ties, zone)


def _deed(fact_type: str, plain: PlainDeed, canon: Canon) -> Deed:
    participant = UUID(plain.participant) if plain.participant else None
    volunteer = UUID(plain.volunteer) if plain.volunteer else None
    return Deed(
        fact_type=fact_type,
        fact_id=UUID(plain.fact_id),
        participant=canon.maybe(participant),
        volunteer=canon.maybe(volunteer),
        occurred_at=datetime.fromisoformat(plain.occurred_at),
        program=plain.program,
        participant_id=participant,
        volunteer_id=volunteer,
    )
