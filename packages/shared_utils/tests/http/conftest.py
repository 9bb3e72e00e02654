"""What the HTTP tests stand on: settings without servers, apps in memory, hosts that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from shared_utils.auth import Caller, Role, TokenSigner, TokenVerifier, generate_keyset
from shared_utils.http import create_app
from shared_utils.settings import ServiceSettings

NOWHERE = "127.0.0.1:1"


class Settings(ServiceSettings):
    service: ClassVar[str] = "profile"


def settings_for(**values: Any) -> Settings:
    """Settings whose servers are nowhere, unless `values` name some."""
    nowhere = {
        "database_url": f"postgresql://nobody:nothing@{NOWHERE}/nothing",
        "nats_url": f"nats://{NOWHERE}",
        "jwks_url": f"http://{NOWHERE}/jwks.json",
        "hmac_key": "0f" * 32,
    }
    return Settings(**{**nowhere, **values})


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    return settings_for


@dataclass
class Signing:
    """Keys, tokens made with them, and their verifier."""

    path: Path

    @property
    def signer(self) -> TokenSigner:
        return TokenSigner(self.path)

    @property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier(self.signer.key_source())

    def headers(self, role: Role, **about: Any) -> dict[str, str]:
        """The Authorization header of a caller with this role."""
        caller = Caller("someone", role, **about)
        token = self.signer.access_token(caller, timedelta(minutes=5))
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def signing(tmp_path: Path) -> Signing:
    generate_keyset(tmp_path / "keys.json")
    return Signing(tmp_path / "keys.json")


Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def serve(signing: Signing) -> AsyncIterator[Serve]:
    """`await serve(router, …)`: a client of a started app; an exception that escapes is raised."""
    async with AsyncExitStack() as stack:

        async def serving(*routers: APIRouter, **options: Any) -> httpx.AsyncClient:
            settings = options.pop("settings", None) or settings_for()
            options.setdefault("verifier", signing.verifier)
            app = create_app(settings, title="Test", routers=routers, **options)
            return await stack.enter_async_context(_client(app))

        yield serving


@asynccontextmanager
async def _client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


Answer = Callable[[int], bytes | None]
"""The whole response to the n-th request (from 0); None never answers, b"" hangs up."""


@dataclass
class Host:
    """A loopback HTTP host that answers as told and remembers the requests."""

    answer: Answer
    port: int = 0
    requests: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    arrived: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while head := await _request(reader):
                self.times.append(asyncio.get_running_loop().time())
                self.requests.append(head)
                self.arrived.put_nowait(head)
                reply = self.answer(len(self.requests) - 1)
                if reply is None:
                    await reader.read()
                    return
                if not reply:
                    return
                writer.write(reply)
                await writer.drain()
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> str:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return ""
    length = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
    if length:
        await reader.readexactly(int(length[0].split(":")[1]))
    return head


MakeHost = Callable[[Answer], AbstractAsyncContextManager[Host]]


@pytest.fixture
def host() -> MakeHost:
    """`async with host(answer) as upstream`: a real listener that is gone afterwards."""

    @asynccontextmanager
    async def listening(answer: Answer) -> AsyncIterator[Host]:
        upstream = Host(answer)
        server = await asyncio.start_server(upstream.handle, "127.0.0.1", 0)
        upstream.port = server.sockets[0].getsockname()[1]
        try:
            yield upstream
        finally:
            server.close()
            upstream.hang_up()
            await server.wait_closed()

    return listening
