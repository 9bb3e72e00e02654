"""What the gateway holds about a person: the login that is theirs."""

from gateway_service.repository import erased
from shared_utils.erasing import Erasure, Store
from shared_utils.work import Work


def stores() -> list[Store]:
    """The login goes with its tokens; what it did stays in the audit log, by its id."""
    return [
        Store("auth.refresh_tokens", _forget_tokens),
        Store("auth.users", _forget_logins),
    ]


async def _forget_tokens(work: Work, erasure: Erasure) -> int:
    return await erased.forget_tokens(work.session, erasure.persons)


async def _forget_logins(work: Work, erasure: Erasure) -> int:
    return await erased.forget_logins(work.session, erasure.persons)
