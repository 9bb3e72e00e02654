"""The caller as a type in a route's signature."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from shared_utils.auth.caller import Caller, Role
from shared_utils.auth.rules import Rule, refusal
from shared_utils.auth.verifier import TokenVerifier
from shared_utils.errors import UnauthenticatedError

_documented = HTTPBearer(
    auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="An access token."
)
_Documented = Annotated[HTTPAuthorizationCredentials | None, Depends(_documented)]


def bearer_token(values: list[str]) -> str:
    """The token in the `Authorization` headers `values`; UnauthenticatedError unless just one."""
    scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token or " " in token:
        raise UnauthenticatedError
    return token


async def signed_caller(request: Request, _: _Documented) -> Caller:
    """The caller that the request's bearer token proves; 401 without a valid one."""
    verifier: TokenVerifier = request.app.state.token_verifier
    return await verifier.verify(bearer_token(request.headers.getlist("authorization")))


Signed = Annotated[Caller, Depends(signed_caller)]
"""Any caller with a valid token."""


def guarded(rule: Rule) -> Any:
    """The dependency that answers a Caller whom `rule` lets in, or 401, 403, 404."""

    async def check(request: Request, caller: Signed) -> Caller:
        problem = refusal(rule, caller, request.path_params)
        if problem is not None:
            raise problem
        return caller

    return Depends(check)


def allow(
    *roles: Role,
    self_param: str | None = None,
    company_param: str | None = None,
    scope: str | None = None,
    managers: bool = False,
) -> Any:
    """A dependency for these callers: `caller: Annotated[Caller, allow(Role.ADMIN)]`.

    The keyword arguments are those of Rule; they add callers beyond the roles.
    """
    return guarded(Rule(frozenset(roles), self_param, company_param, scope, managers))


Admin = Annotated[Caller, allow(Role.ADMIN)]
AdminOrCoordinator = Annotated[Caller, allow(Role.ADMIN, Role.COORDINATOR)]
AdminOrReviewer = Annotated[Caller, allow(Role.ADMIN, Role.REVIEWER)]
AdminOrSelf = Annotated[Caller, allow(Role.ADMIN, Role.COORDINATOR, self_param="person_id")]
"""An admin, a coordinator, or the person whose `person_id` the path names."""

CompanyScope = Annotated[Caller, allow(Role.ADMIN, company_param="company_id")]
"""An admin, or a user of the company whose `company_id` the path names."""
