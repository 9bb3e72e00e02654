"""A real gateway over loopback HTTP before real upstream servers and a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway_service.app import build
from gateway_service.rules import Service
from gateway_service.settings import Settings
from shared_utils import log
from waymark.testing.databases import MigratedDatabase, Template, copied
from waymark.testing.tokens import Keyset

HMAC_KEY = "ab" * 32

in_module = pytest_asyncio.fixture(scope="module", loop_scope="module")
"""A fixture that lives as long as a test file, in the file's own event loop."""

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class LoopbackServer(uvicorn.Server):
    """uvicorn inside the test's own event loop: leaves the signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def port(self) -> int:
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port


@asynccontextmanager
async def served(app: ASGIApp, lifespan: str = "off") -> AsyncIterator[LoopbackServer]:
    """The app on a free port of the loopback, with the settings a service process has."""
    config = uvicorn.Config(
        app,
        port=0,
        http="httptools",
        ws="none",
        lifespan="on" if lifespan == "on" else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    server = LoopbackServer(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        if running.done():
            running.result()
        await asyncio.sleep(0.005)
    try:
        yield server
    finally:
        server.should_exit = True
        await running


@dataclass
class Seen:
    """A request as an upstream got it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)


async def whole_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def answer(
    send: Send, body: bytes = b"{}", status: int = 200, headers: dict[str, str] | None = None
) -> None:
    told = {"content-type": "application/json", "content-length": str(len(body))} | (headers or {})
    raw = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Upstream:
    """A service behind the gateway: remembers what it was sent; `behaves` may be replaced."""

    name: str
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    behaves: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.behaves is not None:
            await self.behaves(scope, receive, send)
            return
        body = await whole_body(receive)
        self.seen.append(seen_of(scope, body))
        await answer(send, b'{"answered_by": "%s"}' % self.name.encode())


def seen_of(scope: Scope, body: bytes = b"") -> Seen:
    query = scope["query_string"].decode()
    return Seen(
        scope["method"],
        scope["raw_path"].decode() + (f"?{query}" if query else ""),
        [(name.decode(), value.decode()) for name, value in scope["headers"]],
        body,
    )


@pytest.fixture(scope="module", autouse=True)
def logs() -> Iterator[None]:
    """Logs as a service process writes them: failures by class and place, without locals."""
    before = structlog.get_config()
    steps = [log.add_correlation, log.describe_failure, log.scrub]
    structlog.configure(processors=[*steps, structlog.processors.JSONRenderer()])
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def database(migrated: Template) -> Iterator[MigratedDatabase]:
    """A migrated database for the tests of one file; `clean` empties it between two."""
    with copied(migrated) as found:
        yield found


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Forget after each test what it sent upstream and wrote down; the first admin stays."""
    yield
    if "upstreams" not in request.fixturenames:
        return
    for upstream in request.getfixturevalue("upstreams").values():
        upstream.seen.clear()
        upstream.behaves = None
    with psycopg.connect(request.getfixturevalue("database").owner_url) as connection:
        connection.execute(FORGET)


FORGET = """
DELETE FROM auth.login_attempts; DELETE FROM auth.refresh_tokens; DELETE FROM auth.api_keys;
DELETE FROM auth.users WHERE email <> 'first.admin@example.org';
DELETE FROM auth.webhook_secrets; DELETE FROM ops.audit_log; DELETE FROM program.companies;
"""


@in_module
async def upstreams() -> AsyncIterator[dict[Service, Upstream]]:
    """Four upstream servers, one a service."""
    names: list[Service] = [service for service in Service if service != Service.GATEWAY]
    found: dict[Service, Upstream] = {name: Upstream(name.value) for name in names}
    async with asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        ready = [asyncio.Event() for _ in names]
        for upstream, event in zip(found.values(), ready, strict=True):
            group.create_task(_keep_up(upstream, event, stop))
        for event in ready:
            await event.wait()
        yield found
        stop.set()


async def _keep_up(upstream: Upstream, ready: asyncio.Event, stop: asyncio.Event) -> None:
    async with served(upstream) as server:
        upstream.url = f"http://127.0.0.1:{server.port}"
        ready.set()
        await stop.wait()


@pytest.fixture(scope="module")
def settings(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> Settings:
    """The gateway's settings before these upstreams, on this database."""
    return settings_for(database, keyset, upstreams)


def settings_for(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream], **more: Any
) -> Settings:
    urls = {f"upstream_{name.value}": upstream.url for name, upstream in upstreams.items()}
    values: dict[str, Any] = {
        "database_url": database.url("gateway_worker"),
        "nats_url": "nats://127.0.0.1:1",
        "jwks_url": keyset.jwks_url,
        "hmac_key": HMAC_KEY,
        "jwt_private_keys": keyset.path,
        "upstream_read_timeout": "1s",
        "upstream_stream_timeout": "3s",
    }
    return Settings(**(values | urls | more))


@dataclass
class Gateway:
    """A running gateway and how to talk to it as somebody."""

    app: FastAPI
    url: str
    port: int
    keyset: Keyset
    database: MigratedDatabase
    anyone: httpx.AsyncClient

    @asynccontextmanager
    async def as_(self, role: str, **who: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A client with a token of this role."""
        bearer = {"Authorization": f"Bearer {self.keyset.token(role, **who)}"}
        async with httpx.AsyncClient(base_url=self.url, headers=bearer, timeout=20) as client:
            yield client

    async def raw(self, request: bytes) -> bytes:
        """What comes back for these very bytes, until the gateway closes or is silent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answered = b""
        try:
            async with asyncio.timeout(3):
                while chunk := await reader.read(65536):
                    answered += chunk
                    if _complete(answered):
                        break
        finally:
            writer.close()
        return answered


def _complete(answered: bytes) -> bool:
    head, found, body = answered.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(found and lengths) and len(body) >= int(lengths[0].split(b":")[1])


@asynccontextmanager
async def gateway_with(
    settings: Settings, database: MigratedDatabase, keyset: Keyset
) -> AsyncIterator[Gateway]:
    app = build(settings)
    async with served(app, lifespan="on") as server:
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=url, timeout=20) as anyone:
            yield Gateway(app, url, server.port, keyset, database, anyone)


@in_module
async def gateway(
    settings: Settings, database: MigratedDatabase, keyset: Keyset
) -> AsyncIterator[Gateway]:
    """A running gateway."""
    async with gateway_with(settings, database, keyset) as running:
        yield running


@in_module
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway as an admin sees it."""
    async with gateway.as_("admin") as client:
        yield client


@pytest.fixture
def company_id(gateway: Gateway) -> str:
    """A company that was imported."""
    with psycopg.connect(gateway.database.owner_url) as connection:
        row = connection.execute(
            "INSERT INTO program.companies (company_id, key, name)"
            " VALUES (uuidv7(), 'acme', 'Acme') RETURNING company_id"
        ).fetchone()
    assert row is not None
    return str(row[0])
