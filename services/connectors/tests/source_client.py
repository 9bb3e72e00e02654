"""What tests of sources share: a definition, records, and a client of the API."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from services.connectors.tests.partner_api import Asked, PartnerApi, Reply, listed

INCREMENTAL = {"field": "/updated_at", "parameter": "since", "overlap": 3600}
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
        """Wait until a member of the source is set, and no pull runs."""
        async with asyncio.timeout(20):
            while True:
                found = await self.show(name)
                if found[key] and not self._runs(found):
                    return found
                await asyncio.sleep(0.02)

    def _runs(self, source: dict[str, Any]) -> bool:
        """Tell whether a source is due: it stays so while it is pulled."""
        due = source["next_run_at"]
        return due is not None and datetime.fromisoformat(due) <= datetime.now(UTC)


def numbered(pages: list[list[dict[str, Any]]]) -> Any:
    """Answer `?page=n` with the n-th page, behind the last with an empty one."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("page", "1"))
        return listed({"data": pages[number - 1] if number <= len(pages) else []})

    return answer
