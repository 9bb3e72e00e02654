"""The one layer every request passes: is it plain, is it allowed, and where does it go."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway_service import headers, paths
from gateway_service.bodies import linger
from gateway_service.credentials import Credentials, Proof
from gateway_service.errors import BodyTooLargeError, UnknownRouteError
from gateway_service.matching import Match, Routes
from gateway_service.proxy import Admitted, Proxy
from gateway_service.rules import Body, Door, Service, decide
from shared_utils.errors import UnauthenticatedError, WaymarkError
from shared_utils.http import MEDIA_TYPE, ROUTE_KEY, Problem, problem_for
from shared_utils.http.middleware import log_failure

_FORWARDING = (b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip")
_WEBHOOK_HEADERS = (b"webhook-id", b"webhook-timestamp", b"webhook-signature")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes a request's body may have."""

    small: int
    upload: int

    def of(self, body: Body) -> int:
        return self.upload if body is Body.IMPORT else self.small


class FrontDoor:
    """Middleware around the gateway's own routes; what belongs to a service goes to the proxy."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Routes,
        credentials: Credentials,
        proxy: Proxy,
        limits: Limits,
    ) -> None:
        self._app = app
        self._routes = routes
        self._credentials = credentials
        self._proxy = proxy
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._pass(scope, receive, send)
        except WaymarkError as error:
            await refuse(error, scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, admitted = await self._admit(scope)
        if match.rule.service is Service.GATEWAY:
            await self._app(_own_scope(scope, admitted.bearer), receive, send)
        else:
            await self._proxy.forward(admitted, scope, receive, send)

    async def _admit(self, scope: Scope) -> tuple[Match, Admitted]:
        raw_path = paths.raw_path_of(scope)
        segments = paths.segments_of(raw_path)
        query = paths.plain_query(scope["query_string"])
        length = headers.body_length(scope["headers"])
        match = self._routes.find(scope["method"], segments)
        scope[ROUTE_KEY] = match.rule.path
        proof = await self._proof(match, scope)
        decide(match.rule, match.params, proof.caller if proof else None)
        limit = self._limits.of(match.rule.body)
        if length is not None and length > limit:
            raise BodyTooLargeError(limit)
        target = raw_path.decode("ascii") + (f"?{query.decode('ascii')}" if query else "")
        bearer = proof.bearer if proof else None
        return match, Admitted(match.rule, target, bearer, length, limit)

    async def _proof(self, match: Match, scope: Scope) -> Proof | None:
        door = match.rule.door
        if door is Door.PUBLIC:
            return None
        if door is Door.INTERNAL:
            _refuse_strangers(scope)
            return None
        proof = await self._credentials.proof(scope["headers"])
        if proof is None and door is Door.WEBHOOK and not _is_signed(scope):
            raise UnauthenticatedError
        return proof


async def refuse(error: WaymarkError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the problem, and let a client that is still sending read it."""
    problem = problem_for(error)
    log_failure(error, problem)
    sending = headers.may_have_body(scope["headers"])
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": _problem_headers(problem, close=sending),
        }
    )
    body = b"" if scope["method"] == "HEAD" else problem.body
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if sending:
        await linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _problem_headers(problem: Problem, *, close: bool) -> list[tuple[bytes, bytes]]:
    told = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(problem.body)),
        "Cache-Control": "no-store",
        **problem.headers,
        **({"Connection": "close"} if close else {}),
    }
    return [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in told.items()]


def _refuse_strangers(scope: Scope) -> None:
    """Internal pages exist only for this machine itself, not for whom a proxy speaks for."""
    forwarded = any(name in _FORWARDING for name, _ in scope["headers"])
    if forwarded or not _is_loopback(scope.get("client")):
        raise UnknownRouteError


def _is_loopback(client: Any) -> bool:
    try:
        return ip_address(client[0]).is_loopback
    except (TypeError, ValueError):
        return False


def _is_signed(scope: Scope) -> bool:
    return all(len(headers.values_of(scope["headers"], name)) == 1 for name in _WEBHOOK_HEADERS)


def _own_scope(scope: Scope, bearer: str | None) -> Scope:
    """The request as the gateway's own routes see it: a partner's key has become a token.

    The same object, since the layers outside read from it which route it was.
    """
    passed = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"authorization", b"x-api-key")
    ]
    if bearer is not None:
        passed.append((b"authorization", b"Bearer " + bearer.encode("ascii")))
    scope["headers"] = passed
    return scope
