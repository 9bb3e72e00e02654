"""Who is calling, as an access token says it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MANAGER = "manager"


class Role(StrEnum):
    """What a caller is here for; exactly one each."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    COMPANY_USER = "company_user"
    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller.

    `company_id` is the tenant of a company user (and of a partner key bound to one), `position`
    `manager` or `member` there; `person_id` is whose data a participant or volunteer owns;
    `scopes` are what a partner key may do. `token_id` and `expires_at` (UTC) are the token's own.
    """

    subject: str
    role: Role
    company_id: UUID | None = None
    position: str | None = None
    person_id: UUID | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    token_id: str = ""
    expires_at: datetime | None = None

    @property
    def is_manager(self) -> bool:
        """Whether the caller manages their company's account."""
        return self.role is Role.COMPANY_USER and self.position == MANAGER
