"""Who may call what: one rule, one caller, one path, one answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared_utils.auth.caller import Caller, Role
from shared_utils.errors import ForbiddenError, NotFoundError, WaymarkError

_OWNERS = frozenset({Role.PARTICIPANT, Role.VOLUNTEER})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call an operation; whoever meets one part of it may.

    `self_param` and `company_param` name path parameters: a participant or volunteer may ask for
    the person they are, a company user for their own company; what is foreign looks absent.
    `scope` lets partner keys in that hold it, path parameters filled in (`import:{dataset}`).
    `managers` lets managers of any company in: the service narrows to their company.
    """

    roles: frozenset[Role] = frozenset()
    self_param: str | None = None
    company_param: str | None = None
    scope: str | None = None
    managers: bool = False


def refusal(rule: Rule, caller: Caller, path: Mapping[str, Any]) -> WaymarkError | None:
    """Why the caller may not, or None if they may."""
    if caller.role in rule.roles:
        return None
    if caller.role in _OWNERS and rule.self_param is not None:
        return _own(caller.person_id, path.get(rule.self_param))
    if caller.role is Role.COMPANY_USER and rule.company_param is not None:
        return _own(caller.company_id, path.get(rule.company_param))
    if caller.role is Role.PARTNER and _holds_scope(rule.scope, caller, path):
        return None
    if rule.managers and caller.is_manager:
        return None
    return ForbiddenError()


def _own(mine: UUID | None, asked: Any) -> WaymarkError | None:
    return None if mine is not None and str(asked).lower() == str(mine) else NotFoundError()


def _holds_scope(scope: str | None, caller: Caller, path: Mapping[str, Any]) -> bool:
    return scope is not None and scope.format_map(path) in caller.scopes
