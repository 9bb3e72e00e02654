"""The service in memory on a real database, and a client that sends files and reads rows."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.rows import dict_row

from connectors_service.app import build
from connectors_service.settings import Settings
from event_contracts import Envelope, Event, decode, decode_batch
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

HMAC_KEY = "5a" * 32
OVER = {"completed", "failed", "cancelled"}
NEVER_CALLED = "nats://127.0.0.1:1"

Build = Callable[..., Awaitable["Connectors"]]


@dataclass
class Connectors:
    """A running service: send files to it, and look at what it wrote."""

    http: httpx.AsyncClient
    database: MigratedDatabase
    keyset: Keyset
    app: FastAPI
    headers: dict[str, str] = field(default_factory=dict)
    hmac_key: str = HMAC_KEY

    def signed(self, role: str, **claims: Any) -> dict[str, str]:
        """Return the headers of a caller."""
        return {"Authorization": f"Bearer {self.keyset.token(role, **claims)}"}

    async def send(
        self,
        dataset: str,
        content: str | bytes,
        filename: str = "export.csv",
        headers: dict[str, str] | None = None,
        **options: str,
    ) -> httpx.Response:
        """Upload a file, options as form fields."""
        raw = content.encode() if isinstance(content, str) else content
        return await self.http.post(
            f"/v1/import/{dataset}",
            files={"file": (filename, raw, "text/csv")},
            data=options,
            headers=headers or self.headers,
        )

    async def imported(
        self, dataset: str, content: str | bytes, filename: str = "export.csv", **options: Any
    ) -> dict[str, Any]:
        """Upload a file and return the import once it is over."""
        answer = await self.send(dataset, content, filename, **options)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["import_id"])

    async def ended(self, import_id: str) -> dict[str, Any]:
        """Poll an import until it is over; while the database is away, go on asking."""
        async with asyncio.timeout(60):
            while True:
                found = (await self.get(f"/v1/imports/{import_id}")).json()
                if found["status"] in OVER:
                    return dict(found)
                await asyncio.sleep(0.01)

    async def undone(self, import_id: str) -> dict[str, Any]:
        """Undo an import and return it once that is over."""
        path = f"/v1/imports/{import_id}"
        answer = await self.http.post(f"{path}/undo", headers=self.headers)
        assert answer.status_code in (200, 202), answer.text
        async with asyncio.timeout(60):
            while answer.json()["undo"]["status"] == "running":
                await asyncio.sleep(0.01)
                answer = await self.get(path)
        return dict(answer.json())

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Ask as an admin unless told otherwise."""
        return await self.http.get(path, headers=headers or self.headers)

    async def errors(self, import_id: str) -> list[dict[str, Any]]:
        """Return the reasons of all refused rows."""
        answer = await self.get(f"/v1/imports/{import_id}/errors?limit=200")
        return list(answer.json()["items"])

    async def codes(self, import_id: str) -> list[tuple[int, str]]:
        """Return (row, code) of each reason."""
        return [(error["row"], error["code"]) for error in await self.errors(import_id)]

    async def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Query as the owner."""
        async with await psycopg.AsyncConnection.connect(
            self.database.owner_url, row_factory=dict_row
        ) as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall()

    async def change(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Write as the owner."""
        async with await psycopg.AsyncConnection.connect(self.database.owner_url) as connection:
            await connection.execute(statement, parameters)

    async def value(self, query: str, parameters: Sequence[Any] = ()) -> Any:
        """Query one value as the owner."""
        (row,) = await self.rows(query, parameters)
        (value,) = row.values()
        return value

    async def events(self, kind: str | None = None) -> list[Envelope[Event]]:
        """Return the events in the outbox, unpacked, in the order they were written."""
        rows = await self.rows("SELECT content_type, body FROM ops.outbox ORDER BY created_at")
        found = [envelope for row in rows for envelope in _unpacked(row)]
        return [envelope for envelope in found if kind in (None, envelope.type)]

    async def forget_events(self) -> None:
        """Empty the outbox."""
        await self.change("DELETE FROM ops.outbox")


def _unpacked(row: dict[str, Any]) -> list[Envelope[Event]]:
    body = bytes(row["body"])
    return decode_batch(body) if "batch" in row["content_type"] else [decode(body)]


@pytest.fixture
async def build_connectors(database: MigratedDatabase, keyset: Keyset) -> AsyncIterator[Build]:
    """Start the service with other settings: `await build_connectors(import_chunk_rows=2)`."""
    started: list[Any] = []

    async def start(**changes: Any) -> Connectors:
        app = build(settings_for(database, keyset, **changes))
        context = app.router.lifespan_context(app)
        await context.__aenter__()
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://connectors",
        )
        started.append((context, http))
        connectors = Connectors(http, database, keyset, app)
        connectors.headers = connectors.signed("admin")
        return connectors

    yield start
    for context, http in started:
        await http.aclose()
        await context.__aexit__(None, None, None)
    gc.collect(1)  # a connection that was cut off while it was made would hold up DROP DATABASE


def settings_for(database: MigratedDatabase, keyset: Keyset, **changes: Any) -> Settings:
    """Return the settings of a service on a test's database."""
    values: dict[str, Any] = {
        "database_url": database.url("connectors_worker"),
        "database_tenant_url": database.url("connectors_tenant"),
        "nats_url": NEVER_CALLED,
        "jwks_url": keyset.jwks_url,
        "hmac_key": HMAC_KEY,
    }
    return Settings(**{**values, **changes})


@pytest.fixture
async def connectors(build_connectors: Build) -> Connectors:
    """The service with its own settings, and a client signed in as an admin."""
    return await build_connectors()


@pytest.fixture
async def acme(connectors: Connectors) -> UUID:
    """The id of a company with the key `acme` and the domain acme.example."""
    await connectors.imported(
        "companies", "company_id,name,domain\nacme,Acme Ltd,acme.example\nbolt,Bolt,bolt.example\n"
    )
    found = await connectors.value("SELECT company_id FROM program.companies WHERE key = 'acme'")
    return UUID(str(found))
