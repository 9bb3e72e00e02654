"""What surrounds every request: its correlation id, its measures, its safety net, its checks."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared_utils import strict_json
from shared_utils.correlation import HEADER, chosen_id, correlated
from shared_utils.errors import BadRequestError, TooLargeError
from shared_utils.http.problems import Problem, RefusedBodyError, problem_for, problem_of_status
from shared_utils.log import get_logger
from shared_utils.metrics import counter, gauge, histogram

ROUTE_KEY = "waymark_route"
"""Where an ASGI app that does its own routing names the route, for logs and metrics."""

CLIENT_GONE = 499
UNMATCHED = "unmatched"

SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/health", "/metrics")

_REQUESTS = counter(
    "waymark_http_requests_total", "Requests answered", ("method", "route", "status")
)
_SECONDS = histogram(
    "waymark_http_request_seconds", "Seconds until a request was answered", ("method", "route")
)
_IN_FLIGHT = gauge("waymark_http_requests_in_flight", "Requests being answered")

_log = get_logger(__name__)


class BrokenAnswerError(Exception):
    """An answer failed halfway: the server cuts the connection, so it is not taken for whole."""


class Correlation:
    """Gives each request its correlation id, for the time it takes, and tells it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with correlated(chosen_id(_only(headers, HEADER), _only(headers, "traceparent"))) as found:
            await self.app(scope, receive, _with_header(send, HEADER, found))


class Observation:
    """Counts and times each request and writes its one access line, without personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send)
        started = time.perf_counter()
        with _IN_FLIGHT.track_inprogress():
            try:
                await self.app(scope, receive, answer.send)
            finally:
                _observe(scope, answer.status or CLIENT_GONE, time.perf_counter() - started)


class SafetyNet:
    """Answers whatever was not answered as a problem, and adds the headers every answer needs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(_as_problems(_with_defaults(send)))
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            _log.info("client went away")
        except Exception as failure:
            await _rescue(failure, answer, scope, receive)


class BodyCheck:
    """Refuses what readers could understand in two ways or the database cannot hold.

    JSON bodies are read as strict_json reads them, up to `max_bytes`, as they pass by; but below
    the paths `raw`, where the route does so itself.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, raw: tuple[str, ...] = ()) -> None:
        self.app = app
        self._max_bytes = max_bytes
        self._raw = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            _refuse_nul(scope)
            content_type = Headers(scope=scope).get("content-type", "")
            if is_json(content_type) and not scope["path"].startswith(self._raw):
                receive = _checked(receive, self._max_bytes)
        await self.app(scope, receive, send)


class _Answer:
    """Passes an answer on and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def is_json(content_type: str) -> bool:
    """Whether a media type is JSON, by the rule FastAPI has."""
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def route_of(scope: MutableMapping[str, object]) -> str:
    """The template of the route that was taken, or `unmatched`: never a path as sent."""
    named = scope.get(ROUTE_KEY) or getattr(scope.get("route"), "path", None)
    return str(named) if named else UNMATCHED


def log_failure(failure: BaseException, problem: Problem) -> None:
    """Write down failures that are ours: defects as errors, outages as warnings."""
    if problem.status == 500:
        _log.error("request failed", exc_info=failure)
    elif problem.status > 500:
        _log.warning("request refused for the moment", exc_info=failure, problem=problem.type)


async def _rescue(failure: Exception, answer: _Answer, scope: Scope, receive: Receive) -> None:
    problem = problem_for(failure)
    log_failure(failure, problem)
    if answer.status is not None:
        raise BrokenAnswerError from None
    await problem.response(scope, receive, answer.send)


def _observe(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    route = route_of(scope)
    _REQUESTS.labels(method, route, status).inc()
    _SECONDS.labels(method, route).observe(seconds)
    say = _log.debug if route.startswith(_QUIET) else _log.info
    say("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _only(headers: Headers, name: str) -> str | None:
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None


def _with_header(send: Send, name: str, value: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)[name] = value
        await send(message)

    return sending


def _with_defaults(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _as_problems(send: Send) -> Send:
    """Plain-text refusals of the framework (a body over its limit) become problems."""
    problem: Problem | None = None

    async def sending(message: Message) -> None:
        nonlocal problem
        if message["type"] == "http.response.start" and _is_plain_refusal(message):
            problem = problem_of_status(message["status"], {})
        if problem is None:
            await send(message)
        elif message["type"] == "http.response.start":
            await problem.response({"type": "http"}, _nothing, send)

    return sending


def _is_plain_refusal(message: Message) -> bool:
    content_type = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] >= 400 and content_type.startswith("text/plain")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _refuse_nul(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
        raise BadRequestError("The address has a NUL character.")


def _checked(receive: Receive, max_bytes: int) -> Callable[[], Awaitable[Message]]:
    body = bytearray()

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            body.extend(message.get("body", b""))
            _check(body, max_bytes, is_whole=not message.get("more_body", False))
        return message

    return receiving


def _check(body: bytearray, max_bytes: int, *, is_whole: bool) -> None:
    if len(body) > max_bytes:
        limit = TooLargeError(f"JSON bodies are limited to {max_bytes} bytes.", limit=max_bytes)
        raise RefusedBodyError(limit)
    if not is_whole or not body:
        return
    try:
        strict_json.loads(bytes(body))
    except strict_json.StrictJsonError as refusal:
        raise RefusedBodyError(BadRequestError(str(refusal))) from None
