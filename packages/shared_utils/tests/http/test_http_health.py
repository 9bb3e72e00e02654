"""Ready follows the dependencies, live does not; an outage is a 503 that passes by itself."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from shared_utils.deps import Read
from shared_utils.health import PROBE_SECONDS, Health, HealthCheck
from shared_utils.http import create_app
from waymark.servers import NatsServer, PostgresServer
from waymark.servers.account import server_account, temporary_folder
from waymark.servers.postgres import FAST_AND_FORGETFUL

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

PATIENCE = 30.0

router = APIRouter()


@router.get("/one")
async def show_one(session: Read) -> int:
    """Answer one by way of the database."""
    return int((await session.execute(text("SELECT 1"))).scalar_one())


async def until_status(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    """The first answer with the status; fails if none comes in time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await client.get(path)
            if answer.status_code == status:
                return answer
            await asyncio.sleep(0.05)


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    folder = temporary_folder("waymark-test-health-", server_account())
    server = PostgresServer(folder / "data", folder / "log", settings=FAST_AND_FORGETFUL)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


async def test_a_database_outage_is_said_survived_and_over_when_it_is_over(
    serve: Serve, own_postgres: PostgresServer, make_settings: Callable[..., Any]
) -> None:
    client = await serve(router, settings=make_settings(database_url=own_postgres.url()))
    await until_status(client, "/health/ready", 200)
    assert (await client.get("/one")).json() == 1

    own_postgres.kill()
    refused = await client.get("/one")
    unready = await until_status(client, "/health/ready", 503)
    overview = await client.get("/health")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["type"] == "urn:waymark:problem:database-unavailable"
    assert unready.json() == {"status": "unavailable"}
    assert overview.status_code == 503
    assert (overview.json()["live"], overview.json()["ready"]) == (True, False)
    assert overview.json()["startup"] is True
    assert overview.json()["checks"]["database"]["ok"] is False
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/health/startup")).status_code == 200

    own_postgres.start()
    await until_status(client, "/health/ready", 200)
    assert (await client.get("/one")).json() == 1


async def test_a_bus_outage_is_said_and_over_when_it_is_over(
    serve: Serve,
    own_postgres: PostgresServer,
    nats_server: NatsServer,
    make_settings: Callable[..., Any],
) -> None:
    settings = make_settings(database_url=own_postgres.url(), nats_url=nats_server.url)
    client = await serve(router, settings=settings, needs_bus=True)
    await until_status(client, "/health/ready", 200)

    nats_server.kill()
    await until_status(client, "/health/ready", 503)
    checks = (await client.get("/health")).json()["checks"]
    assert (checks["database"]["ok"], checks["bus"]["ok"]) == (True, False)
    assert (await client.get("/one")).json() == 1

    nats_server.start()
    await until_status(client, "/health/ready", 200)


async def test_an_app_starts_while_everything_is_down_and_says_so(serve: Serve) -> None:
    client = await serve(router, needs_bus=True)

    paths = ("/health/live", "/health/ready", "/health/startup", "/health")
    statuses = {path: (await client.get(path)).status_code for path in paths}

    assert statuses == {
        "/health/live": 200,
        "/health/ready": 503,
        "/health/startup": 503,
        "/health": 503,
    }
    assert (await client.get("/one")).status_code == 503
    assert "nothing" not in (await client.get("/health")).text


async def fine() -> None:
    """Always there."""


async def broken() -> None:
    """Never there."""
    raise ConnectionError("postgresql://zoe:hunter2@example.org")


async def stuck() -> None:
    """There, but silent."""
    await asyncio.Event().wait()


async def test_own_checks_count_and_their_failures_are_named_by_class() -> None:
    health = Health([HealthCheck("a", fine), HealthCheck("b", broken)])

    assert await health.is_ready() is False
    assert [(found.name, found.ok, found.problem) for found in await health.findings()] == [
        ("a", True, None),
        ("b", False, "ConnectionError"),
    ]


async def test_a_dependency_that_is_silent_counts_as_down_in_time() -> None:
    health = Health([HealthCheck("stuck", stuck), HealthCheck("too", stuck)])

    async with asyncio.timeout(PROBE_SECONDS * 1.9):
        assert await health.is_ready() is False


async def test_a_crowd_of_askers_makes_one_probe_a_second() -> None:
    now = [0.0]
    probes: list[float] = []

    async def probe() -> None:
        probes.append(now[0])
        await asyncio.sleep(0)

    health = Health([HealthCheck("a", probe)], clock=lambda: now[0])
    await asyncio.gather(*(health.is_ready() for _ in range(100)))
    now[0] = 0.9
    await health.is_ready()
    now[0] = 1.0
    await health.is_ready()

    assert probes == [0.0, 1.0]


async def test_startup_stays_true_once_it_was() -> None:
    is_up = [True]
    now = [0.0]

    async def probe() -> None:
        if not is_up[0]:
            raise ConnectionError

    health = Health([HealthCheck("a", probe)], clock=lambda: now[0])
    assert (health.has_started, await health.is_ready()) == (False, True)
    is_up[0] = False
    now[0] = 2.0

    assert (health.has_started, await health.is_ready()) == (True, False)


async def test_a_process_that_is_about_to_stop_is_not_ready_but_lives(
    serve: Serve, own_postgres: PostgresServer, make_settings: Callable[..., Any]
) -> None:
    held: list[FastAPI] = []

    @asynccontextmanager
    async def hold(app: FastAPI) -> AsyncIterator[None]:
        held.append(app)
        yield

    settings = make_settings(database_url=own_postgres.url())
    client = await serve(router, settings=settings, lifespan=hold)
    await until_status(client, "/health/ready", 200)

    held[0].state.health.drain()

    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/one")).json() == 1


async def test_a_job_runs_beside_the_requests_and_its_crash_is_no_life(serve: Serve) -> None:
    began, crash = asyncio.Event(), asyncio.Event()

    async def job(app: FastAPI) -> None:
        assert app.state.settings.service == "profile"
        began.set()
        await crash.wait()
        raise RuntimeError

    client = await serve(router, background=[job])
    async with asyncio.timeout(PATIENCE):
        await began.wait()
    assert (await client.get("/health/live")).status_code == 200

    crash.set()

    await until_status(client, "/health/live", 503)


async def test_what_was_started_is_closed_again(make_settings: Callable[..., Any]) -> None:
    said: list[str] = []

    async def job(app: FastAPI) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append("job ended")

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[None]:
        said.append("own began")
        await asyncio.sleep(0)
        yield
        said.append("own ended")

    app = create_app(make_settings(), title="Test", background=[job], lifespan=own, needs_bus=True)
    before = asyncio.all_tasks()
    async with app.router.lifespan_context(app):
        assert said == ["own began"]

    assert said == ["own began", "own ended", "job ended"]
    assert asyncio.all_tasks() == before


async def test_metrics_count_requests_by_template(serve: Serve) -> None:
    client = await serve(router)
    for _ in range(3):
        await client.get("/v1/one")
    await client.get("/some/unrouted/path")
    await client.request("PROPFIND", "/one")

    answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert 'waymark_http_requests_total{method="GET",route="/one",status="503"}' in answer.text
    assert 'waymark_http_requests_total{method="OTHER",route="/one",status="405"}' in answer.text
    assert 'waymark_http_request_seconds_bucket{le="0.005",method="GET",' in answer.text
    assert "waymark_http_requests_in_flight 1.0" in answer.text
    assert "process_resident_memory_bytes" in answer.text
    assert "unrouted" not in answer.text
