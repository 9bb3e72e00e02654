"""A partner that signs webhooks with the secrets it was given."""

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
from services.connectors.tests.conftest import HMAC_KEY, Connectors
from standardwebhooks import Webhook

from shared_schema.locks import Lock
from shared_utils.sealing import Seal, webhook_owner

PROBLEM = "urn:waymark:problem:"
SESSION = {
    "session_id": "LS-1",
    "session_type": "language",
    "participant_email": "anna@example.org",
    "volunteer_email": "tom@acme.example",
    "scheduled_at": "2026-03-02T10:00:00Z",
    "completed_at": "2026-03-02T11:00:00Z",
    "duration_minutes": 60,
    "topics": ["grammar", "writing"],
    "language_level": "B1",
}
BOOKING = {
    "booking_id": "LS-1",
    "session_type": "language",
    "participant_email": "anna@example.org",
    "volunteer_email": "tom@acme.example",
    "scheduled_at": "2026-03-02T10:00:00Z",
}


def new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def headers_for(
    secret: str, body: bytes, webhook_id: str, age: timedelta = timedelta(0)
) -> dict[str, str]:
    """Sign as Standard Webhooks says."""
    at = datetime.now(UTC) - age
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body.decode()),
        "content-type": "application/json",
    }


@dataclass
class Sender:
    """Sends webhooks of one source, signed."""

    connectors: Connectors
    source: str
    secret: str

    async def send(
        self,
        kind: str,
        payload: Any,
        webhook_id: str | None = None,
        *,
        path: str | None = None,
        over: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Sign and send; the headers `over` go over the right ones."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signed = headers_for(self.secret, body, webhook_id or secrets.token_hex(8))
        return await self.connectors.http.post(
            path or f"/v1/webhooks/{self.source}/{kind}",
            content=body,
            headers=signed | (over or {}),
        )

    async def told(self, kind: str, payload: Any, webhook_id: str | None = None) -> None:
        """Send and wait until it is processed."""
        answer = await self.send(kind, payload, webhook_id)
        assert answer.status_code == 202, answer.text
        await processed(self.connectors)


async def sender(
    connectors: Connectors, source: str, *, ends: timedelta | None = None, path: str | None = None
) -> Sender:
    """Give a source a secret, as the gateway does."""
    secret = new_secret()
    await connectors.change(
        "INSERT INTO auth.webhook_secrets (source, sealed_secret, created_by, expires_at)"
        " VALUES (%s, %s, 'test', now() + %s)",
        (source, Seal(HMAC_KEY).close(secret, webhook_owner(source)), ends),
    )
    return Sender(connectors, path or source, secret)


async def processed(connectors: Connectors) -> None:
    """Wait until every stored webhook is processed."""
    query = "SELECT count(*) FROM pii.webhook_bodies WHERE processed_at IS NULL"
    async with asyncio.timeout(30):
        while True:
            if await connectors.value(query) == 0:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def stalled(connectors: Connectors, shape: str) -> AsyncIterator[None]:
    """Keep a shape's webhooks from being processed, as another process at work would."""
    async with await psycopg.AsyncConnection.connect(connectors.database.owner_url) as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (int(Lock.WEBHOOKS), shape)
        )
        yield
