"""What a real process says about requests: one access line each, defects by place, never words."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

SERVICE = Path(__file__).with_name("loud_service.py")
SECRETS = ("zoe", "example.org", "0151", "hunter2", "Traceback")
NOWHERE = "127.0.0.1:1"


@dataclass
class Loud:
    """A running process, what it has said, and a client of it."""

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient
    lines: list[dict[str, Any]] = field(default_factory=list)
    errors: str = ""

    async def stop(self) -> None:
        """SIGTERM, and read all it says until it has gone."""
        self.process.terminate()
        said, errors = await self.process.communicate()
        self.lines += [json.loads(line) for line in said.splitlines()]
        self.errors = errors.decode()

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == name]


@asynccontextmanager
async def _running() -> AsyncIterator[Loud]:
    environment = {
        **os.environ,
        "WAYMARK_DATABASE_URL": f"postgresql://nobody:hunter2@{NOWHERE}/nothing",
        "WAYMARK_NATS_URL": f"nats://{NOWHERE}",
        "WAYMARK_JWKS_URL": f"http://{NOWHERE}/jwks.json",
        "WAYMARK_HMAC_KEY": "0f" * 32,
        "WAYMARK_LOG_LEVEL": "DEBUG",
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, SERVICE, stdout=pipe, stderr=pipe, env=environment
    )
    try:
        lines = await _until_listening(process)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{lines[-1]['port']}") as client:
            yield Loud(process, client, lines)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _until_listening(process: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while not lines or lines[-1]["event"] != "listening":
            lines.append(json.loads(await process.stdout.readline()))
    return lines


@pytest.fixture
async def loud() -> AsyncIterator[Loud]:
    async with _running() as found:
        yield found


async def test_requests_leave_lines_without_what_was_sent(loud: Loud) -> None:
    refused = await loud.client.get("/refusal/zoe@example.org?mail=zoe@example.org")
    failed = await loud.client.get("/v1/defect/zoe@example.org", headers={"Cookie": "hunter2"})
    await loud.client.get("/zoe/example.org")
    await loud.client.request("PROPFIND", "/refusal/zoe")
    await loud.client.get("/health/live")
    with pytest.raises(httpx.RemoteProtocolError):
        await loud.client.get("/half")
    answers = [await loud.client.get("/health/live"), refused, failed]
    await loud.stop()

    seen = [(line["method"], line["route"], line["status"]) for line in loud.events("request")]
    assert seen == [
        ("GET", "/refusal/{person}", 409),
        ("GET", "/defect/{person}", 500),
        ("GET", "unmatched", 404),
        ("OTHER", "/refusal/{person}", 405),
        ("GET", "/health/live", 200),
        ("GET", "/half", 200),
        ("GET", "/health/live", 200),
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 500]
    said = json.dumps(loud.lines) + loud.errors
    assert [secret for secret in SECRETS if secret in said] == []
    assert loud.process.returncode == 0


async def test_a_defect_is_logged_by_class_and_place_under_its_request(loud: Loud) -> None:
    answer = await loud.client.get("/defect/zoe", headers={"X-Correlation-ID": "look-here-1"})
    await loud.stop()

    (line,) = loud.events("request failed")
    assert (line["level"], line["error"], line["service"]) == ("error", "ValueError", "loud")
    assert line["correlation_id"] == "look-here-1" == answer.json()["correlation_id"]
    assert line["trace"][-1].endswith("fail")
    assert [found["level"] for found in loud.events("request")] == ["info"]


async def test_health_is_asked_too_often_to_be_worth_a_line(loud: Loud) -> None:
    await loud.client.get("/health/live")
    await loud.client.get("/metrics")
    await loud.stop()

    assert {line["level"] for line in loud.events("request")} == {"debug"}
