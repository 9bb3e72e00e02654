"""Pass one admitted request to its service and the answer back, both as they come."""

import asyncio
from dataclasses import dataclass

import aiohttp
from starlette.types import Receive, Scope, Send

from gateway_service import headers
from gateway_service.bodies import Upload, linger
from gateway_service.errors import ClientLeftError
from gateway_service.rules import Rule
from gateway_service.upstreams import Outgoing, Upstreams
from shared_utils.correlation import current_id
from shared_utils.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the door let through: the row, the target as decided on, and the bearer to send on."""

    rule: Rule
    target: str
    bearer: str | None
    body_length: int | None
    body_limit: int


class Proxy:
    """Stateless between requests; a client that hangs up cancels its request upstream."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams

    async def forward(self, admitted: Admitted, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; raises only before the answer has started."""
        upload = Upload(receive, admitted.body_limit)
        if admitted.body_length == 0 and not await upload.skipped():
            return
        outgoing = _outgoing(admitted, scope, upload)
        exchange = asyncio.create_task(self._exchange(outgoing, upload, receive, send))
        left = asyncio.create_task(upload.client_left())
        try:
            await asyncio.wait({exchange, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(left)
            if not exchange.done():
                await _stop(exchange)
        if not exchange.cancelled():
            exchange.result()

    async def _exchange(
        self, outgoing: Outgoing, upload: Upload, receive: Receive, send: Send
    ) -> None:
        try:
            async with self._upstreams.opened(outgoing) as response:
                await send(_start(response, keep_open=upload.complete))
                whole = await _relay_body(response, outgoing, send)
        except Exception:
            if isinstance(upload.failure, ClientLeftError):
                return
            if upload.failure is not None:
                raise upload.failure from None
            raise
        if whole:
            await _finish(upload, receive, send)


async def _relay_body(response: aiohttp.ClientResponse, outgoing: Outgoing, send: Send) -> bool:
    """Whether the whole body came; if not, the client must see that, too: no end is sent."""
    try:
        async for chunk in response.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("answer_broke_off", upstream=outgoing.service, error=type(error).__name__)
        return False
    return True


async def _finish(upload: Upload, receive: Receive, send: Send) -> None:
    if not upload.complete:
        await linger(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _outgoing(admitted: Admitted, scope: Scope, upload: Upload) -> Outgoing:
    return Outgoing(
        service=admitted.rule.service,
        method=scope["method"],
        target=admitted.target,
        headers=_headers(admitted, scope),
        body=None if admitted.body_length == 0 else upload.chunks(),
        streams=admitted.rule.streams,
    )


def _headers(admitted: Admitted, scope: Scope) -> list[tuple[str, str]]:
    passed = headers.to_service(scope["headers"])
    passed.append(("x-correlation-id", current_id()))
    if admitted.bearer is not None:
        passed.append(("authorization", f"Bearer {admitted.bearer}"))
    return passed


def _start(response: aiohttp.ClientResponse, *, keep_open: bool) -> dict[str, object]:
    passed = headers.to_client(response.raw_headers)
    if not keep_open:
        passed.append((b"connection", b"close"))
    return {"type": "http.response.start", "status": response.status, "headers": passed}
