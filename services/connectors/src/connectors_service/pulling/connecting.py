"""A transport that connects to the very address it has checked, and to no other."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache

import httpx

from connectors_service.pulling.addresses import Policy, parsed
from connectors_service.pulling.errors import AddressRefusedError
from connectors_service.pulling.hosts import BadUrlError, checked_url

DNS_SECONDS = 5.0
TRIED = 3
"""How many of a host's addresses are tried; one after the other."""

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raises httpx.ConnectError."""
    try:
        async with asyncio.timeout(DNS_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
    except (OSError, UnicodeError, TimeoutError):
        raise httpx.ConnectError("the name does not resolve") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a request's host, checks every address, and connects to one of those by number.

    The host stays in the Host header, in SNI and in the check of the certificate. Each host has
    connections of its own: two that share an address never share one. Raises AddressRefusedError.
    """

    def __init__(self, policy: Policy, resolve: Resolve = resolved) -> None:
        self._policy = policy
        self._resolve = resolve
        self._by_host: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to an address that may be connected to."""
        try:
            checked_url(str(request.url), self._policy)
        except BadUrlError:
            raise AddressRefusedError("not allowed") from None
        addresses = await self.checked(request.url)
        for address in addresses[:TRIED]:
            try:
                return await self._send(request, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if address == addresses[:TRIED][-1]:
                    raise
        raise httpx.ConnectError("the name has no address")

    async def checked(self, url: httpx.URL) -> list[str]:
        """Resolve a URL's host; one forbidden address among many refuses them all."""
        host = url.raw_host.decode("ascii")
        addresses = await self._resolve(host, url.port or 0)
        for address in addresses:
            if kind := self._policy.refusal(host, parsed(address)):
                raise AddressRefusedError(kind)
        return addresses

    async def _send(self, request: httpx.Request, address: str) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        inner = self._by_host.get(host) or self._by_host.setdefault(host, _transport())
        direct = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await inner.handle_async_request(direct)

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._by_host.values():
            await transport.aclose()


def _transport() -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(
        verify=_certificates(), trust_env=False, limits=httpx.Limits(max_connections=1)
    )


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
