"""What the gateway's own routes take and give."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared_schema.vocabulary import WEBHOOK_SENDERS
from shared_utils.auth import Role

MIN_PASSWORD = 12
MAX_PASSWORD = 1024


def _known_sender(word: str) -> str:
    if word not in WEBHOOK_SENDERS:
        raise PydanticCustomError("unknown_source", "No webhooks come from a source of this name")
    return word


_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=rf"^[!-?A-~]+@(?:{_LABEL}\.)*{_LABEL}$",
    ),
]
"""A login: ASCII, folded to lower case (an international domain in its `xn--` form)."""

Password = Annotated[str, StringConstraints(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,100}$")
]
Scope = Annotated[str, StringConstraints(pattern=r"^(import|webhook):[a-z0-9][a-z0-9_-]{0,59}$")]
Position = Literal["manager", "member"]
Sender = Annotated[
    str,
    AfterValidator(_known_sender),
    WithJsonSchema({"type": "string", "enum": list(WEBHOOK_SENDERS)}),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Tokens(_Out):
    """RFC 6749 section 5.1; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    refresh_token: str


class Me(_Out):
    """Who the token says the caller is; what does not apply to them is absent."""

    subject: str
    role: Role
    company_id: UUID | None = None
    position: str | None = None
    person_id: UUID | None = None
    scopes: list[str] | None = None


class Standing(_In):
    """A role with what ties it to a company or a person.

    A company user has a company and a position; a participant or volunteer has a person.
    """

    role: Role
    company_id: UUID | None = None
    position: Position | None = None
    person_id: UUID | None = None

    @model_validator(mode="after")
    def _ties_fit_the_role(self) -> Self:
        if self.role is Role.PARTNER:
            raise PydanticCustomError("role_without_login", "A partner has an API key, no login")
        company_user = self.role is Role.COMPANY_USER
        if {company_user} != {self.company_id is not None, self.position is not None}:
            raise PydanticCustomError(
                "company_of_role", "A company_user has company_id and position, nobody else has"
            )
        if (self.role in (Role.PARTICIPANT, Role.VOLUNTEER)) != (self.person_id is not None):
            raise PydanticCustomError(
                "person_of_role", "A participant or volunteer has person_id, nobody else has"
            )
        return self


class NewUser(Standing):
    """Without a password the answer holds a first one, once."""

    email: Email
    password: Password | None = None


class ChangedRole(Standing):
    """The whole new standing, with the reason that the audit log keeps."""

    reason: Name | None = None


class UserOut(_Out):
    user_id: UUID
    email: str
    role: Role
    company_id: UUID | None
    position: str | None
    person_id: UUID | None
    disabled_at: datetime | None
    created_at: datetime


class InvitedUser(UserOut):
    """`initial_password` is there only if none was given, and shown only here."""

    initial_password: str | None = None


class NewPassword(_In):
    current_password: Annotated[str, Field(max_length=MAX_PASSWORD)]
    new_password: Password


class NewApiKey(_In):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=25)]
    company_id: UUID | None = None
    expires_at: AwareDatetime | None = None


class ApiKeyOut(_Out):
    key_id: UUID
    name: str
    scopes: list[str]
    company_id: UUID | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ShownApiKey(ApiKeyOut):
    """`secret` is shown only here."""

    secret: str


class Rotation(_In):
    """`overlap_seconds` is how long the secrets before still verify; 0 ends them at once."""

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = 86_400


class NewWebhookSecret(Rotation):
    """Whose webhooks it signs: a source, or one sender of it."""

    source: Sender


class WebhookSecretOut(_Out):
    secret_id: UUID
    source: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class ShownWebhookSecret(WebhookSecretOut):
    """`secret` is shown only here."""

    secret: str


class AuditOut(_Out):
    audit_id: UUID
    service: str
    actor: str
    role: str
    action: str
    object_type: str
    object_id: str | None
    reason: str | None
    correlation_id: str | None
    at: datetime


class Health(BaseModel):
    """What the three probes of a service said; false also stands for no answer in time."""

    service: str
    live: bool
    ready: bool
    startup: bool


class HealthOfAll(BaseModel):
    status: Literal["ready", "not-ready"]
    services: dict[str, Health]
