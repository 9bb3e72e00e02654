"""What an access token claims, and when those claims hold: pure decisions."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared_utils.auth.caller import Caller, Role
from shared_utils.auth.jws import InvalidTokenError

MAX_LIFETIME_SECONDS = 24 * 3600
CLOCK_SKEW_SECONDS = 5


def _canonical_uuid(value: Any) -> UUID:
    if not isinstance(value, str) or str(UUID(value)) != value:
        raise ValueError("not a canonical UUID")
    return UUID(value)


def _unique_words(value: str) -> str:
    words = value.split(" ")
    if value and (not all(words) or len(set(words)) != len(words)):
        raise ValueError("not a list of different words")
    return value


Id = Annotated[UUID, BeforeValidator(_canonical_uuid)]
Seconds = Annotated[int, Field(ge=0, lt=2**40)]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class Claims(BaseModel):
    """The claims of an access token, each of exactly its JSON type."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: Word
    aud: Word
    sub: Word
    jti: Word
    iat: Seconds
    exp: Seconds
    nbf: Seconds | None = None
    role: Annotated[Role, Field(strict=False)]
    company_id: Id | None = None
    position: Word | None = None
    person_id: Id | None = None
    scope: Annotated[str, Field(max_length=2000), AfterValidator(_unique_words)] = ""


def typed(values: dict[str, Any]) -> Claims:
    """`values` as claims; InvalidTokenError if one is missing or of another type."""
    try:
        found = Claims.model_validate(values)
    except ValidationError as error:
        names = ", ".join(sorted({str(part["loc"][0]) for part in error.errors()}))
        raise InvalidTokenError(f"claims missing or of a wrong type: {names}") from None
    if found.role is Role.COMPANY_USER and found.company_id is None:
        raise InvalidTokenError("a company user without a company")
    return found


def check(claims: Claims, *, issuer: str, audience: str, now: float) -> None:
    """Raise InvalidTokenError unless the claims hold at `now` (Unix seconds) for this audience."""
    if claims.iss != issuer or claims.aud != audience:
        raise InvalidTokenError("another issuer or audience")
    if claims.exp <= now:
        raise InvalidTokenError("expired")
    if max(claims.iat, claims.nbf or 0) > now + CLOCK_SKEW_SECONDS:
        raise InvalidTokenError("not valid yet")
    if claims.exp - claims.iat > MAX_LIFETIME_SECONDS:
        raise InvalidTokenError("valid for too long")


def caller_of(claims: Claims) -> Caller:
    """Who the claims are about."""
    return Caller(
        subject=claims.sub,
        role=claims.role,
        company_id=claims.company_id,
        position=claims.position,
        person_id=claims.person_id,
        scopes=frozenset(claims.scope.split()),
        token_id=claims.jti,
        expires_at=datetime.fromtimestamp(claims.exp, UTC),
    )


def claims_about(caller: Caller, *, issuer: str, audience: str, **own: Any) -> dict[str, Any]:
    """The claims that say who `caller` is; `own` are the token's `jti`, `iat` and `exp`."""
    values: dict[str, Any] = {
        "iss": issuer,
        "aud": audience,
        "sub": caller.subject,
        **own,
        "role": caller.role.value,
        "company_id": caller.company_id and str(caller.company_id),
        "position": caller.position,
        "person_id": caller.person_id and str(caller.person_id),
        "scope": " ".join(sorted(caller.scopes)) or None,
    }
    return {name: value for name, value in values.items() if value is not None}
