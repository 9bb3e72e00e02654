"""Erasing: flags, verdicts and screenings go with the person, and with the texts that went."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import Envelope, ErasureCompleted
from safety_service import repository
from shared_utils.consume import Handler, handles
from shared_utils.erasing import Eraser, Erasure, Piece, Store
from shared_utils.work import Work

AFTER = "connectors"
"""Who knows which texts went; nothing that is screened afterwards can be theirs."""


def stores() -> list[Store]:
    """Verdicts before what they are about."""
    return [
        Store("ops.review_decisions", _piece(repository.erase_decisions)),
        Store("ops.review_items", _piece(repository.erase_reviews)),
        Store("ops.screenings", _piece(repository.erase_screenings)),
    ]


def erasure_handler(eraser: Eraser) -> Handler[ErasureCompleted]:
    """Return the handler that begins to erase once the texts are gone."""

    @handles(ErasureCompleted)
    async def begin_erasure(events: Sequence[Envelope[ErasureCompleted]], work: Work) -> None:
        found = {event.data.erasure_id for event in events if event.data.service == AFTER}
        await eraser.begin(work, sorted(found))

    return begin_erasure


def _piece(erases: Callable[[AsyncSession, Erasure], Awaitable[int]]) -> Piece:
    async def erase(work: Work, erasure: Erasure) -> int:
        return await erases(work.session, erasure)

    return erase
