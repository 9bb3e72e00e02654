"""How the services are, told by the gateway; and one document of them all."""

import asyncio
import json
from typing import Any

import pytest
from services.gateway.tests.conftest import (
    App,
    Gateway,
    Upstream,
    answer,
    gateway_with,
    settings_for,
)
from starlette.types import Receive, Scope, Send

from gateway_service.rules import Service
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = ["gateway", "connectors", "profile", "q2q_ai", "safety"]


def answering(statuses: dict[str, int]) -> App:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b'{"secret": "detail"}', statuses.get(scope["path"], 200))

    return behaves


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def test_all_services_are_ready(gateway: Gateway) -> None:
    answered = await gateway.anyone.get("/health/all")

    told = answered.json()
    assert (answered.status_code, told["status"]) == (200, "ready")
    assert sorted(told["services"]) == sorted(ALL)


async def test_one_that_is_not_ready_makes_the_whole_not_ready(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    upstreams[Service.SAFETY].behaves = answering({"/health/ready": 503})

    whole = await gateway.anyone.get("/health/all")
    one = await gateway.anyone.get("/health/safety")
    other = await gateway.anyone.get("/health/profile")

    told = {"service": "safety", "live": True, "ready": False, "startup": True}
    assert (whole.status_code, whole.json()["status"]) == (503, "not-ready")
    assert (one.status_code, one.json()) == (503, told)
    assert other.status_code == 200
    assert "secret" not in whole.text


async def test_one_that_hangs_does_not_hold_up_the_answer(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    upstreams[Service.PROFILE].behaves = hanging

    async with asyncio.timeout(10):
        answered = await gateway.anyone.get("/health/all")

    assert answered.status_code == 503
    assert answered.json()["services"]["profile"] == {
        "service": "profile",
        "live": False,
        "ready": False,
        "startup": False,
    }


async def test_a_service_that_is_gone_is_told_too(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    gone = dict(upstreams) | {Service.SAFETY: Upstream("safety", "http://127.0.0.1:1")}
    settings = settings_for(database, keyset, gone)

    async with gateway_with(settings, database, keyset) as gateway:
        answered = await gateway.anyone.get("/health/safety")

    assert (answered.status_code, answered.json()["live"]) == (503, False)


@pytest.mark.parametrize("name", ["gateway", "q2q_ai", "q2q-ai", "connectors"])
async def test_each_service_is_known_by_its_name(gateway: Gateway, name: str) -> None:
    assert (await gateway.anyone.get(f"/health/{name}")).status_code == 200


async def test_a_service_that_there_is_not_is_not_found(gateway: Gateway) -> None:
    assert (await gateway.anyone.get("/health/nothing")).status_code == 404


async def test_without_its_database_the_gateway_lives_but_is_not_ready(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> None:
    lost = "postgresql://gateway_worker:x@127.0.0.1:1/none"
    named = {"admin_email": "a@example.org", "admin_password": "correct horse battery"}
    settings = settings_for(database, keyset, upstreams, database_url=lost, **named)
    async with gateway_with(settings, database, keyset) as gateway, gateway.as_("admin") as admin:
        paths = ["live", "ready", "all", "gateway"]
        found = [(await gateway.anyone.get(f"/health/{path}")).status_code for path in paths]
        proxied = await admin.get("/v1/imports")
        own = await admin.get("/v1/users")
        form = {"username": "a@example.org", "password": "x"}
        let_in = await gateway.anyone.post("/v1/auth/token", data=form)
        keyed = await gateway.anyone.get("/v1/me", headers={"X-API-Key": "wmk_" + "A" * 43})

    assert found == [200, 503, 503, 503]
    assert proxied.status_code == 200
    refused = (own, let_in, keyed)
    assert [answered.status_code for answered in refused] == [503, 503, 503]
    assert all(int(answered.headers["retry-after"]) > 0 for answered in refused)


PROFILE_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Profile", "version": "1"},
    "paths": {
        "/v1/profile/{id}": {"get": {"responses": {}}, "options": {"responses": {}}},
        "/v1/internal/secrets": {"get": {"responses": {}}},
        "/health": {"get": {"responses": {}}},
    },
}


async def test_one_document_has_every_services_open_routes(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    async def behaves(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, json.dumps(PROFILE_DOCUMENT).encode())

    upstreams[Service.PROFILE].behaves = behaves
    upstreams[Service.SAFETY].behaves = answering({"/openapi.json": 503})
    upstreams[Service.Q2Q_AI].behaves = hanging

    document = (await gateway.anyone.get("/openapi.json")).json()

    shown = document["paths"]["/v1/profile/{id}"]
    assert set(shown) == {"get"}
    assert "/v1/users" in document["paths"]
    assert "/v1/internal/secrets" not in document["paths"]
    assert {"q2q_ai", "safety"} <= set(document["x-waymark-unavailable"])
    assert shown["get"]["x-waymark-who"] == ["admin", "coordinator", "participant", "volunteer"]


async def test_the_documentation_page_brings_along_all_it_needs(gateway: Gateway) -> None:
    page = await gateway.anyone.get("/docs")
    script = await gateway.anyone.get("/static-offline-docs/swagger-ui-bundle.js")

    assert "https://" not in page.text.replace("http://www.w3.org", "")
    assert "/static-offline-docs/swagger-ui-bundle.js" in page.text
    assert script.status_code == 200
    assert len(script.content) > 100_000
