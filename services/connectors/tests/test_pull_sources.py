"""Sources over the API: defined, tried, pulled by page, and loaded like a file."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from services.connectors.tests.partner_api import Asked, PartnerApi, Reply, listed, partner_api

SOURCE = {
    "name": "partner-companies",
    "dataset": "companies",
    "path": "/v1/companies",
    "records": "/data",
    "auth": {"kind": "bearer"},
    "secret": "s3cret-token",
    "per_second": 100,
    "timeout_seconds": 5,
}


def companies(first: int, last: int, name: str = "Company") -> list[dict[str, Any]]:
    return [
        {
            "company_id": f"c{n}",
            "name": f"{name} {n}",
            "domain": f"c{n}.example",
            "updated_at": f"2026-01-{1 + n // 24 % 28:02}T{n % 24:02}:00:00Z",
        }
        for n in range(first, last)
    ]


class Client:
    """Calls the API of sources."""

    def __init__(self, connectors: Any, api: PartnerApi) -> None:
        self.connectors = connectors
        self.api = api

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        more.setdefault("headers", self.connectors.headers)
        answer: httpx.Response = await self.connectors.http.request(
            method, f"/v1/sources{path}", **more
        )
        return answer

    async def create(self, **changes: Any) -> dict[str, Any]:
        given = {**SOURCE, "base_url": self.api.url, **changes}
        answer = await self.call("POST", "", json=given)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def show(self, name: str = "partner-companies") -> dict[str, Any]:
        return dict((await self.call("GET", f"/{name}")).json())

    async def pulled(self, query: str = "", name: str = "partner-companies") -> dict[str, Any]:
        """Pull on demand and return the import once it is over."""
        answer = await self.call("POST", f"/{name}/pull{query}")
        assert answer.status_code == 202, answer.text
        return dict(await self.connectors.ended(answer.json()["import_id"]))

    async def until(self, key: str, name: str = "partner-companies") -> dict[str, Any]:
        """Wait until a member of the source is set."""
        async with asyncio.timeout(20):
            while True:
                found = await self.show(name)
                if found[key]:
                    return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def client(build_connectors: Any) -> AsyncIterator[Client]:
    async with partner_api() as api:
        connectors = await build_connectors(pull_allowed_networks="127.0.0.0/8")
        yield Client(connectors, api)


def numbered(pages: list[list[dict[str, Any]]]) -> Any:
    """Answer `?page=n` with the n-th page, behind the last with an empty one."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("page", "1"))
        return listed({"data": pages[number - 1] if number <= len(pages) else []})

    return answer


async def test_numbered_pages_become_one_import(client: Client) -> None:
    client.api.answer = numbered([companies(0, 3), companies(3, 6), companies(6, 7)])
    created = await client.create(
        pagination={"style": "page", "size_parameter": "per_page", "size": 3, "ends": "short"}
    )

    done = await client.pulled()

    assert "s3cret" not in json.dumps(created)
    assert created["has_secret"] is True
    assert (done["status"], done["rows"]["created"]) == ("completed", 7), done
    assert [each.query for each in client.api.asked] == [
        {"page": str(n), "per_page": "3"} for n in (1, 2, 3)
    ]
    assert {each.headers["authorization"] for each in client.api.asked} == {"Bearer s3cret-token"}
    rows = await client.connectors.rows("SELECT key, row_no FROM program.companies ORDER BY 2")
    assert [(row["key"], row["row_no"]) for row in rows] == [(f"c{n}", n + 1) for n in range(7)]
