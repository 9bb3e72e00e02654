"""What a row of the access table is, and what it says about one caller: pure decisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared_utils.auth import Caller, Role
from shared_utils.errors import ForbiddenError, NotFoundError, UnauthenticatedError

ANY_SCOPE = "*"
"""A row's scope where every partner's key may go; without any scope none may."""


class Service(StrEnum):
    """Who answers a route."""

    GATEWAY = "gateway"
    CONNECTORS = "connectors"
    PROFILE = "profile"
    Q2Q_AI = "q2q_ai"
    SAFETY = "safety"


class Seat(StrEnum):
    """A role as the table sees it: a company's manager and its member are two."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    COMPANY_MANAGER = "company_manager"
    COMPANY_MEMBER = "company_member"
    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"
    PARTNER = "partner"


class Door(StrEnum):
    """How a route is guarded."""

    SIGNED_IN = "signed_in"
    PUBLIC = "public"
    INTERNAL = "internal"  # only from this machine, and not through a proxy
    WEBHOOK = "webhook"  # signed by the sender (the service verifies), or a partner's key


class Tenant(StrEnum):
    """What ties a caller to the thing asked for; foreign things look absent."""

    NONE = "none"  # nothing in the path belongs to anyone
    COMPANY = "company"  # {company_id} is the company user's own
    PERSON = "person"  # {person_id} is the participant's or volunteer's own
    SERVICE = "service"  # the path does not say whose it is: the service narrows by the caller


class Body(StrEnum):
    """Which size limit a request's body has."""

    SMALL = "small"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Rule:
    """One route with one method: who answers it, who may ask, and for whose things."""

    method: str
    path: str
    service: Service
    door: Door = Door.SIGNED_IN
    who: frozenset[Seat] = frozenset()
    scope: str | None = None
    tenant: Tenant = Tenant.NONE
    body: Body = Body.SMALL
    streams: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path


def seat_of(caller: Caller) -> Seat:
    """The caller's seat; a company user without a manager's position is a member."""
    if caller.role is not Role.COMPANY_USER:
        return Seat(caller.role.value)
    return Seat.COMPANY_MANAGER if caller.position == "manager" else Seat.COMPANY_MEMBER


def decide(rule: Rule, params: Mapping[str, str], caller: Caller | None) -> None:
    """Return if the caller may; else raise 401, 403, or the 404 of a thing that is not theirs."""
    if rule.door is not Door.SIGNED_IN and caller is None:
        return
    if caller is None:
        raise UnauthenticatedError
    if rule.door in (Door.PUBLIC, Door.INTERNAL):
        return
    seat = seat_of(caller)
    if seat not in rule.who or not _in_scope(rule, params, seat, caller):
        raise ForbiddenError
    if not _own(rule.tenant, params, seat, caller):
        raise NotFoundError


def grants(scopes: Iterable[str], wanted: str) -> bool:
    """Whether one of the scopes covers the wanted one; `import:*` wants any scope of the family."""
    if wanted == ANY_SCOPE:
        return True
    if not wanted.endswith(":*"):
        return wanted in scopes
    return any(scope.startswith(wanted[:-1]) for scope in scopes)


def _in_scope(rule: Rule, params: Mapping[str, str], seat: Seat, caller: Caller) -> bool:
    if seat is not Seat.PARTNER:
        return True
    return rule.scope is not None and grants(caller.scopes, rule.scope.format(**params))


def _own(tenant: Tenant, params: Mapping[str, str], seat: Seat, caller: Caller) -> bool:
    if tenant is Tenant.COMPANY and seat in (Seat.COMPANY_MANAGER, Seat.COMPANY_MEMBER):
        return caller.company_id == UUID(params["company_id"])
    if tenant is Tenant.PERSON and seat in (Seat.PARTICIPANT, Seat.VOLUNTEER):
        return caller.person_id == UUID(params["person_id"])
    return True
