"""Access tokens signed on this machine, for people at a terminal and for demonstrations."""

import os
from datetime import timedelta
from uuid import UUID

import psycopg

from shared_utils.auth import Caller, InvalidKeySetError, Role, TokenSigner
from waymark.errors import CommandError
from waymark.target import postgres_url, signing_keys

SUBJECT = "waymark-command"
MAX_MINUTES = 24 * 60


def bearer_token(role: str, minutes: int = 60) -> str:
    """WAYMARK_TOKEN if it is set, else one signed here for this command's own requests."""
    return os.environ.get("WAYMARK_TOKEN") or signed_token(Caller(SUBJECT, Role(role)), minutes)


def signed_token(caller: Caller, minutes: int) -> str:
    """A token for `caller`; CommandError where the keys or the lifetime are unusable."""
    if not 0 < minutes <= MAX_MINUTES:
        raise CommandError(f"a token lives for 1 to {MAX_MINUTES} minutes")
    try:
        signer = TokenSigner(signing_keys())
    except InvalidKeySetError as error:
        raise CommandError(f"{signing_keys()}: {error}") from error
    try:
        return signer.access_token(caller, timedelta(minutes=minutes))
    except ValueError as error:
        raise CommandError(f"such a token would be refused everywhere: {error}") from error


def caller(
    role: str,
    *,
    company: str | None = None,
    person: UUID | None = None,
    position: str | None = None,
    scopes: frozenset[str] = frozenset(),
) -> Caller:
    """Who a token is to speak for; CommandError where the parts don't fit the role.

    `company` is the company's own key (`acme`) or its id.
    """
    known = _role(role)
    if known is Role.COMPANY_USER and company is None:
        raise CommandError("a company_user belongs to a company: add --company")
    if known in (Role.PARTICIPANT, Role.VOLUNTEER) and person is None:
        raise CommandError(f"a {known} is a person: add --person with their id")
    return Caller(
        subject=str(person) if person else f"{SUBJECT}-{known}",
        role=known,
        company_id=None if company is None else company_id(company),
        position=position or ("manager" if known is Role.COMPANY_USER else None),
        person_id=person,
        scopes=scopes,
    )


def company_id(key: str) -> UUID:
    """The id of the company with this key; an id is taken as it is."""
    try:
        return UUID(key)
    except ValueError:
        return _company_id_of_key(key)


def _company_id_of_key(key: str) -> UUID:
    with psycopg.connect(postgres_url()) as connection:
        query = "SELECT company_id FROM program.companies WHERE lower(key) = lower(%s)"
        row = connection.execute(query, [key]).fetchone()
    if row is None:
        raise CommandError(f"no company has the key {key!r}; import companies first")
    return UUID(str(row[0]))


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise CommandError(f"no role {name!r}; there are {', '.join(Role)}") from None
