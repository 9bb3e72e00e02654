"""A pull goes on at its page after a kill, and its memory does not grow with what it pulls."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from services.connectors.tests.partner_api import Asked, PartnerApi, Reply, listed, partner_api

PAGES, SIZE = 30, 20


class Process:
    """The service as a process of its own, and a client."""

    def __init__(self, start_service: Any, token: str) -> None:
        self._start_service = start_service
        self._headers = {"Authorization": f"Bearer {token}"}
        self.service: Any = None

    async def start(self) -> None:
        told = {"WAYMARK_PULL_ALLOWED_NETWORKS": "127.0.0.1", "WAYMARK_IMPORT_CHUNK_ROWS": "2000"}
        self.service = await asyncio.to_thread(self._start_service, "connectors", told)

    async def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(headers=self._headers, timeout=30) as http:
            answer = await http.request(method, f"{self.service.url}/v1{path}", **more)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def begin(self, api: PartnerApi, size: int) -> str:
        source = {
            "name": "partner",
            "dataset": "companies",
            "base_url": api.url,
            "pagination": {"style": "page", "ends": "short", "size": size},
            "per_second": 100,
        }
        await self.call("POST", "/sources", json=source)
        return str((await self.call("POST", "/sources/partner/pull"))["import_id"])

    async def ended(self, import_id: str) -> dict[str, Any]:
        async with asyncio.timeout(300):
            while True:
                found = await self.call("GET", f"/imports/{import_id}")
                if found["status"] not in ("received", "running"):
                    return found
                await asyncio.sleep(0.1)


def company(number: int) -> dict[str, Any]:
    words = f"a company whose name is about as long as the names of companies are {number}"
    return {"company_id": f"c{number}", "name": words, "domain": f"c{number}.example"}


def paged(total: int, size: int, delay: float = 0.0) -> Any:
    async def answer(asked: Asked) -> Reply:
        await asyncio.sleep(delay)
        first = (int(asked.query["page"]) - 1) * size
        return listed([company(n) for n in range(first, min(first + size, total))])

    return answer


async def asked_for(api: PartnerApi, pages: int) -> None:
    async with asyncio.timeout(30):
        while True:
            if len(api.asked) >= pages:
                return
            await asyncio.sleep(0.01)


async def test_killed_between_pages_it_goes_on_at_the_page(
    start_service: Any, database: Any, keyset: Any
) -> None:
    process = Process(start_service, keyset.token("admin"))
    async with partner_api() as api:
        api.answer = paged(PAGES * SIZE - 1, SIZE, delay=0.02)
        await process.start()
        import_id = await process.begin(api, SIZE)
        for pages in (5, 15, 25):
            await asked_for(api, pages)
            process.service.kill()
            await process.start()
        done = await process.ended(import_id)
        times = Counter(int(each.query["page"]) for each in api.asked)

    assert (done["status"], done["rows"]["read"]) == ("completed", PAGES * SIZE - 1)
    assert done["rows"]["created"] == PAGES * SIZE - 1
    assert set(times) == set(range(1, PAGES + 1))
    assert sum(times.values()) <= PAGES + 3, "only the page at hand is asked for again"
    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute("SELECT key, row_no FROM program.companies").fetchall()
    assert dict(rows) == {f"c{n}": n + 1 for n in range(PAGES * SIZE - 1)}


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line)


@pytest.mark.slow
async def test_a_hundred_thousand_records_take_no_more_memory(
    start_service: Any, database: Any, keyset: Any
) -> None:
    peaks = []
    for total in (20_000, 100_000):
        process = Process(start_service, keyset.token("admin"))
        async with partner_api() as api:
            api.answer = paged(total, 1000)
            await process.start()
            done = await process.ended(await process.begin(api, 1000))
        assert (done["status"], done["rows"]["read"]) == ("completed", total)
        peaks.append(peak_bytes(process.service.pid))
        process.service.kill()
        with psycopg.connect(database.owner_url) as connection:
            connection.execute("DELETE FROM ops.sources")

    assert peaks[1] <= 1.15 * peaks[0], peaks
