"""Companies: who belongs to them."""

from uuid import UUID

from event_contracts.event import Event
from event_contracts.fields import Revision, UtcDateTime
from event_contracts.vocabulary import CompanyPosition


class MembershipChanged(Event, type="companies.membership.changed.v1", about="company_id"):
    """A person's place in a company changed; without a person, the e-mail domain of all did."""

    company_id: UUID
    person_id: UUID | None = None
    revision: Revision
    position: CompanyPosition | None = None
    valid_from: UtcDateTime | None = None
    valid_to: UtcDateTime | None = None
    removed: bool = False
