"""Events in: who is to be erased, and what the services answer."""

from collections.abc import Sequence
from typing import Any

from event_contracts import Envelope, ErasureCompleted, PersonErased
from profile_service.erasing.answers import ALL, ANSWERING, certificate, summed, waiting_for
from profile_service.repository import erasing
from shared_utils.consume import Handler, handles
from shared_utils.erasing import Eraser
from shared_utils.work import Work


def erasure_handlers(eraser: Eraser, backup_keep_days: int) -> list[Handler[Any]]:
    """The handlers over this service's own stores."""

    @handles(PersonErased)
    async def begin_erasure(events: Sequence[Envelope[PersonErased]], work: Work) -> None:
        await eraser.begin(work, sorted({event.data.erasure_id for event in events}))

    @handles(ErasureCompleted)
    async def gather_answers(events: Sequence[Envelope[ErasureCompleted]], work: Work) -> None:
        for event in events:
            if event.data.service in ANSWERING:
                await _gather(work, event.data, backup_keep_days)

    return [begin_erasure, gather_answers]


async def _gather(work: Work, answer: ErasureCompleted, backup_keep_days: int) -> None:
    """Note an answer; with the last one the certificate is ready to be signed."""
    erasure_id = answer.erasure_id
    if not await erasing.hold(work.session, erasure_id):
        return
    await erasing.add_step(work.session, erasure_id, answer.service, answer.counts)
    steps = await erasing.steps_of(work.session, erasure_id)
    found = await erasing.erasure_by_id(work.session, erasure_id)
    if found is None or waiting_for(steps):
        return
    content = certificate(erasure_id, found.requested_at, steps, backup_keep_days)
    await erasing.certify(work.session, erasure_id, content)
    work.publish(
        ErasureCompleted(
            erasure_id=erasure_id, person_id=found.person_id, service=ALL, counts=summed(steps)
        )
    )
