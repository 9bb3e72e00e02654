"""The shape of the list of who looked."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class LookShape(BaseModel):
    """Someone looked at what is held about a person, or a company was shown a figure made of it.

    `own`: the person themselves. `actor` names who it was, for staff alone: the person learns the
    role. `object` of a figure is its period and metric, of anything else null.
    """

    at: datetime
    action: str
    role: str
    own: bool
    actor: str | None = None
    company_id: UUID | None = None
    object: str | None = None
