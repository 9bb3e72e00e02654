"""Records what a person says of a purpose, once, and tells who has to obey it."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from event_contracts import ConsentChanged
from profile_service import profiles
from profile_service.consent.decisions import standing
from profile_service.consent.purposes import Purposes
from profile_service.consent.schemas import ConsentChange, Consents
from profile_service.consent.views import consents as shown
from profile_service.errors import BasisNeededError, FutureConsentError
from profile_service.repository import consents as repository
from profile_service.repository import marks, persons, projection
from profile_service.repository.profiles import held_about
from profile_service.restating.cause import Cause
from shared_utils.auth import Caller
from shared_utils.work import Work

SCORING = "scoring"
"""The purpose that figures depend on."""


async def change_consent(
    work: Work,
    caller: Caller,
    person_id: UUID,
    change: ConsentChange,
    purposes: Purposes,
    zone: ZoneInfo,
) -> Consents:
    """Record a statement by the person or by staff for them; the same again is nothing new.

    Who refuses to be scored counts in no figure from then on: what is kept of them is restated.
    """
    basis = basis_of(change, caller)
    now = datetime.now(UTC)
    at = check_time(change.effective_at, now)
    await projection.hold_ties(work.session, alone=False)
    person = await profiles.known_person(work, person_id)
    await repository.hold_person(work.session, person.person_id)
    known = await repository.statements_of(work.session, person.person_id, change.purpose)
    last = standing(known)
    said_already = last is not None and last.state == change.state
    if not said_already or (change.effective_at and last and last.effective_at != at):
        revision = len(known) + 1
        said = (person.person_id, change.purpose, revision, change.state, at)
        await repository.add_statement(work.session, said, caller, basis, purposes.version)
        await _tell(work, caller, person.person_id, change, (revision, at))
        await profiles.tell(work, person, {"consents"})
        if change.purpose == SCORING:
            cause = Cause(ConsentChanged.type)
            await marks.mark_people(work.session, person.sources, zone, cause)
    held = await held_about(work.session, person.person_id, person.sources)
    return Consents(
        items=shown(purposes, held.consents, held.in_force, caller.role in profiles.STAFF)
    )


def basis_of(change: ConsentChange, caller: Caller) -> str:
    """How the statement is known: a person speaks for themselves, staff say how they know."""
    if caller.role not in profiles.STAFF:
        return "self"
    if change.basis in (None, "self"):
        raise BasisNeededError
    return str(change.basis)


def check_time(effective_at: datetime | None, now: datetime) -> datetime:
    """From when it holds: now, or a time that has passed."""
    if effective_at is not None and effective_at > now:
        raise FutureConsentError
    return effective_at.astimezone(UTC) if effective_at else now


async def _tell(
    work: Work, caller: Caller, person_id: UUID, change: ConsentChange, at: tuple[int, datetime]
) -> None:
    revision, effective_at = at
    about = ("person", str(person_id))
    await persons.log_change(
        work.session, caller, f"consent {change.purpose} {change.state}", about, change.basis
    )
    work.publish(
        ConsentChanged(
            person_id=person_id,
            revision=revision,
            purpose=change.purpose,
            state=change.state,
            effective_at=effective_at,
        )
    )
