"""The queue of pairs who may be one person: shown, and decided by people."""

from uuid import UUID

from profile_service.duplicates.errors import (
    AlreadyDecidedError,
    NotOfPairError,
    UnknownDuplicateError,
)
from profile_service.duplicates.schemas import (
    CandidatePerson,
    Decision,
    DecisionAnswer,
    DuplicateShape,
    EvidenceShape,
)
from profile_service.merging.merges import Merging, answer, mergeable
from profile_service.merging.schemas import MergeAnswer, MergeRequest
from profile_service.repository import candidates, persons
from profile_service.repository.candidates import Queued
from profile_service.schemas import Contact, ExternalIdentity
from shared_utils.auth import Caller
from shared_utils.paging import InvalidCursorError, place_of
from shared_utils.work import Work


def key(row: Queued) -> tuple[str, UUID]:
    """Where a row stands in the queue, for a cursor."""
    return repr(row.score), row.duplicate_id


def place(cursor: str | None) -> tuple[float, UUID] | None:
    """Where the page before ended; InvalidCursorError (422) for what no page gave out."""
    found = place_of(cursor, str, UUID)
    if found is None:
        return None
    try:
        score = float(found[0])
    except ValueError:
        raise InvalidCursorError from None
    if not 0 <= score <= 1 or repr(score) != found[0]:
        raise InvalidCursorError
    return score, found[1]


async def shown(work: Work, caller: Caller, rows: list[Queued]) -> list[DuplicateShape]:
    """The pairs with their people; that these were looked at is recorded."""
    for person in sorted({person for row in rows for person in (row.left_id, row.right_id)}):
        await persons.log_access(work.session, person, caller, "duplicates")
    return [_shape(row) for row in rows]


async def decide(merging: Merging, duplicate_id: UUID, decision: Decision) -> DecisionAnswer:
    """Merge the two, or tell them apart for as long as nothing new is known of them."""
    pair = await _pair(merging.work, duplicate_id)
    if decision.keep not in (None, pair.left_id, pair.right_id):
        raise NotOfPairError
    if decision.decision == "merge":
        done = await _merge(merging, pair, decision)
        return DecisionAnswer(duplicate_id=duplicate_id, state="merged", merge=done)
    await _tell_apart(merging, duplicate_id, decision.reason)
    return DecisionAnswer(duplicate_id=duplicate_id, state="distinct")


async def _pair(work: Work, duplicate_id: UUID) -> Queued:
    found = await candidates.peek(work.session, duplicate_id)
    if found is None:
        raise UnknownDuplicateError
    if found.state != "open":
        raise AlreadyDecidedError
    return found


async def _merge(merging: Merging, pair: Queued, decision: Decision) -> MergeAnswer:
    """The merge's own rules say whether it may be; it settles the pair as it does any other."""
    keep = decision.keep or pair.left_id
    asked = MergeRequest(
        keep=keep,
        merge=pair.right_id if keep == pair.left_id else pair.left_id,
        reason=decision.reason,
        choices=decision.choices,
    )
    people = await mergeable(merging.work, asked, merging.projector.rules)
    if not await candidates.is_open(merging.work.session, pair.duplicate_id):
        raise AlreadyDecidedError
    return answer(people, await merging.merge(people, decision.reason))


async def _tell_apart(merging: Merging, duplicate_id: UUID, reason: str) -> None:
    session, caller = merging.work.session, merging.caller
    if not await candidates.tell_apart(session, duplicate_id, actor=caller.subject, reason=reason):
        raise AlreadyDecidedError
    about = ("duplicate", str(duplicate_id))
    await persons.log_change(session, caller, "tell apart", about, reason)


def _shape(row: Queued) -> DuplicateShape:
    return DuplicateShape(
        duplicate_id=row.duplicate_id,
        state=row.state,
        score=round(row.score, 6),
        model=row.model,
        evidence=[EvidenceShape(**one) for one in row.evidence],
        people=[_person(**one) for one in row.people],
        found_at=row.found_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def _person(
    person_id: str, status: str, name: str | None, phone: str | None, ids: list[list[str]]
) -> CandidatePerson:
    emails = [external_id for provider, external_id in ids if provider == "email"]
    return CandidatePerson(
        person_id=UUID(person_id),
        status=status,
        contact=Contact(name=name, emails=emails, phone=phone),
        external_ids=[ExternalIdentity(provider=one, external_id=other) for one, other in ids],
    )
