"""A partner's API on loopback: pages, limits, fails, drips and lies as a test tells it to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer; `drip` sends a byte each so many seconds, `breaks` cuts off half-way."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    breaks: bool = False
    length: int | None = None


Handler = Callable[[Asked], Reply | Awaitable[Reply]]


def listed(items: Any, **reply: Any) -> Reply:
    """Return a JSON answer."""
    return Reply(body=json.dumps(items).encode(), **reply)


class PartnerApi:
    """The server; `asked` holds every request, `answer` decides each reply."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.url = f"http://{host}:{port}"
        self.port = port
        self.asked: list[Asked] = []
        self.open: set[asyncio.StreamWriter] = set()
        self.answer: Handler = lambda asked: listed([])

    def then(self, replies: Iterable[Reply]) -> None:
        """Answer with these, one after the other."""
        rest = iter(replies)
        self.answer = lambda asked: next(rest)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while asked := await _request(reader):
                self.asked.append(asked)
                reply = self.answer(asked)
                if not isinstance(reply, Reply):
                    reply = await reply
                if not await _send(writer, reply):
                    break
        self.open.discard(writer)
        writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ")
    url = urlsplit(target)
    return Asked(method, url.path, dict(parse_qsl(url.query)), headers, body)


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    if reply.status == 0:
        writer.transport.abort()
        return False
    length = len(reply.body) if reply.length is None else reply.length
    head = {"content-type": reply.content_type, "content-length": str(length), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} X", *(f"{k}: {v}" for k, v in head.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    if reply.drip:
        for byte in reply.body:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(reply.drip)
    else:
        writer.write(reply.body[: len(reply.body) // 2] if reply.breaks else reply.body)
    await writer.drain()
    return not reply.breaks and length == len(reply.body)


@asynccontextmanager
async def partner_api(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[PartnerApi]:
    """Serve until the block ends."""
    apis: list[PartnerApi] = []
    server = await asyncio.start_server(lambda r, w: apis[0].serve(r, w), host, port, ssl=tls)
    apis.append(PartnerApi(server.sockets[0].getsockname()[1], host))
    try:
        yield apis[0]
    finally:
        server.close()
        for writer in apis[0].open:
            writer.transport.abort()
        await server.wait_closed()
