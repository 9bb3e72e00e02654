"""Orders erasures, says how far they are, and lifts what they refuse."""

from uuid import UUID

from event_contracts import PersonErased, uuid7
from profile_service.erasing.answers import ANSWERING, waiting_for
from profile_service.erasing.errors import ErasedIdentifierError, UnknownErasureError
from profile_service.erasing.schemas import ErasurePreview, ErasureShape, ServiceAnswer
from profile_service.errors import UnknownPersonError
from profile_service.repository import erased, erasing, persons, projection
from profile_service.repository.persons import Person
from shared_utils.auth import Caller
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work

EMAIL = "email"


async def previewed(work: Work, person_id: UUID) -> ErasurePreview:
    """What is held about a person now, or UnknownPersonError."""
    person = await _known(work, person_id)
    return ErasurePreview(
        person_id=person.person_id,
        persons=person.sources,
        stores=await erased.held_counts(work.session, person.sources),
        services=list(ANSWERING),
    )


async def erase(
    work: Work, caller: Caller, person_id: UUID, reason: str, keyed: KeyedHash
) -> ErasureShape:
    """Turn a person into a tombstone and have every service erase; again is nothing new.

    All source persons who count as this one go with them.
    """
    earlier = await erasing.erasure_of(work.session, person_id)
    if earlier is not None:
        return await shown(work, earlier)
    await projection.hold_ties(work.session, alone=True)
    person = await _known(work, person_id)
    known = await erasing.identifiers_of(work.session, person.sources)
    erasure_id = uuid7()
    await erasing.mark(
        work.session, erasure_id, person.sources, hmacs(known, keyed), caller.subject, reason
    )
    about = ("person", str(person.person_id))
    await persons.log_change(work.session, caller, "erase person", about, reason)
    work.publish(*(PersonErased(person_id=one, erasure_id=erasure_id) for one in person.sources))
    return await shown(work, erasure_id)


def hmacs(identifiers: list[tuple[str, str]], keyed: KeyedHash) -> list[bytes]:
    """The keyed hashes by which identifiers are refused; an address counts for any provider."""
    emails = {(EMAIL, value.lower()) for _, value in identifiers if "@" in value}
    return sorted(keyed.identifier(*one) for one in {*identifiers, *emails})


async def check_not_erased(work: Work, keyed: KeyedHash, provider: str, external_id: str) -> None:
    """Raise ErasedIdentifierError for an identifier of someone who was erased."""
    for hmac in hmacs([(provider, external_id)], keyed):
        if await erasing.is_erased(work.session, hmac):
            raise ErasedIdentifierError


async def shown(work: Work, erasure_id: UUID) -> ErasureShape:
    """How far an erasure is, or UnknownErasureError."""
    found = await erasing.erasure_by_id(work.session, erasure_id)
    if found is None:
        raise UnknownErasureError
    steps = await erasing.steps_of(work.session, erasure_id)
    missing = waiting_for(steps)
    status = "running" if missing else "completed" if found.jws else "signing"
    return ErasureShape(
        erasure_id=found.erasure_id,
        person_id=found.person_id,
        status=status,
        requested_at=found.requested_at,
        requested_by=found.requested_by,
        reason=found.reason,
        completed_at=found.completed_at,
        backups_expire_at=found.backups_expire_at,
        services=[
            ServiceAnswer(service=name, completed_at=step.completed_at, counts=dict(step.counts))
            for name, step in sorted(steps.items())
        ],
        waiting_for=missing,
        lifted=found.lifted,
        certificate=found.certificate,
        jws=found.jws,
    )


async def lift(work: Work, caller: Caller, erasure_id: UUID, reason: str) -> ErasureShape:
    """Take the person's identifiers again: who comes in with one is somebody new."""
    await shown(work, erasure_id)
    await erasing.lift(work.session, erasure_id, caller.subject)
    about = ("erasure", str(erasure_id))
    await persons.log_change(work.session, caller, "lift erasure", about, reason)
    return await shown(work, erasure_id)


async def _known(work: Work, person_id: UUID) -> Person:
    person = await persons.person_by_id(work.session, person_id)
    if person is None:
        raise UnknownPersonError
    return person
