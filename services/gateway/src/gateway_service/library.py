"""The merged OpenAPI document, gathered from the services now and then."""

import asyncio
import time
from collections.abc import Sequence

from gateway_service.openapi import Document, merged
from gateway_service.rules import Rule, Service
from gateway_service.upstreams import Upstreams

FRESH_SECONDS = 30.0


class Library:
    """Keeps the document for half a minute, or until a missing service may be back."""

    def __init__(self, upstreams: Upstreams, table: Sequence[Rule]) -> None:
        self._upstreams = upstreams
        self._table = table
        self._others: dict[Service, Document | None] = {}
        self._gathered_at = float("-inf")
        self._gathering = asyncio.Lock()

    async def document(self, own: Document) -> Document:
        """The gateway's own document with those of all services that answer."""
        async with self._gathering:
            if self._is_stale():
                self._others = await self._gathered()
                self._gathered_at = time.monotonic()
        return merged(own, self._others, self._table)

    def _is_stale(self) -> bool:
        incomplete = not self._others or None in self._others.values()
        age = time.monotonic() - self._gathered_at
        return age > (1.0 if incomplete else FRESH_SECONDS)

    async def _gathered(self) -> dict[Service, Document | None]:
        services = self._upstreams.services
        found = await asyncio.gather(
            *(self._upstreams.document(service, "/openapi.json") for service in services)
        )
        return dict(zip(services, found, strict=True))
