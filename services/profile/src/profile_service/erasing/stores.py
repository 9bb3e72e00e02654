"""What the profile service holds about a person, store by store."""

from profile_service.repository import erased
from shared_utils.erasing import Erasure, Piece, Store
from shared_utils.work import Work


def stores() -> list[Store]:
    """In the order in which they are erased; identifiers stay until connectors has looked."""
    simple = [Store(name, _deleting(name)) for name in erased.DELETES]
    return [*simple, Store("pii.erasure_identifiers", _forget_identifiers)]


def _deleting(name: str) -> Piece:
    async def erase(work: Work, erasure: Erasure) -> int:
        return await erased.delete_piece(work.session, name, erasure.persons)

    return erase


async def _forget_identifiers(work: Work, erasure: Erasure) -> int | None:
    """Forget what to look for, once everybody has looked."""
    if not await erased.has_answered(work.session, erasure.erasure_id, "connectors"):
        return None
    return await erased.forget_identifiers(work.session, erasure.erasure_id)
