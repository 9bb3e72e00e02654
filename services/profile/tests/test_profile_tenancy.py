"""A company reaches only its own: by the service alone, and by row-level security alone."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from profile_service.app import build
from profile_service.routes import parts
from profile_service.settings import Settings
from shared_utils import deps
from shared_utils.auth import Caller, Role
from shared_utils.auth import dependencies as guards

if TYPE_CHECKING:
    from fastapi import FastAPI

    from profile_service.testing import Told, World
    from waymark.testing.databases import MigratedDatabase
    from waymark.testing.tokens import Keyset

NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)
Token = Callable[..., str]


@asynccontextmanager
async def served(
    database: MigratedDatabase, nats_url: str, keyset: Keyset, tenant_url: str
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The service with another login for companies' requests."""
    app = build(
        Settings(
            database_url=database.url("profile_worker"),
            database_tenant_url=tenant_url,
            nats_url=nats_url,
            jwks_url=keyset.jwks_url,
            hmac_key="ab" * 32,
        )
    )
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://profile") as client,
    ):
        yield app, client
    gc.collect()


async def meetings(world: World, company: UUID, people: int = 12) -> None:
    volunteer = world.person(f"{uuid4()}@{company}.example")
    told: list[Told] = [world.membership(company, volunteer)]
    for number in range(people):
        session = world.session(world.person(), volunteer, NOON + timedelta(days=number))
        told += [session, world.rating(session, 0.75)]
    await world.deliver(*told)


def routes_of(app: FastAPI, parameter: str) -> Iterator[tuple[str, str]]:
    """Method and path of each route whose path names one of these."""
    for found in iter_route_contexts(app.routes):
        if isinstance(found.route, APIRoute) and f"{{{parameter}}}" in str(found.path):
            for method in sorted(found.methods or ()):
                if str(found.path).startswith("/v1/"):
                    yield method, str(found.path)


def asked(path: str, parameter: str, subject: UUID) -> str:
    filled = path.replace(f"{{{parameter}}}", str(subject))
    return filled.replace("{metric}", "participants").replace("{period}", "2025-Q1")


def said(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    told = {name: it for name, it in answer.json().items() if name != "correlation_id"}
    return answer.status_code, told


async def test_the_service_alone_hides_every_foreign_company(
    database: MigratedDatabase, nats_url: str, keyset: Keyset, world: World, token: Token
) -> None:
    """No gateway before it, and a login that row-level security does not hold."""
    acme, bolt = world.company("acme"), world.company("bolt")
    await meetings(world, bolt)
    headers = {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}

    async with served(database, nats_url, keyset, database.owner_url) as (app, client):
        tried = list(routes_of(app, "company_id"))
        for method, path in tried:
            foreign, absent = [
                await client.request(
                    method,
                    asked(path, "company_id", company),
                    params={"period": "2025-Q1"},
                    headers=headers,
                )
                for company in (bolt, uuid4())
            ]
            assert said(foreign) == said(absent), path
            assert foreign.status_code in (403, 404, 422), path
    assert len(tried) >= 4


async def test_row_level_security_alone_shows_nothing_of_another_company(
    database: MigratedDatabase,
    nats_url: str,
    keyset: Keyset,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No gateway, and a service that lets everybody ask for everything."""
    acme, bolt = world.company("acme"), world.company("bolt")
    await meetings(world, bolt)
    monkeypatch.setattr(guards, "refusal", lambda *_: None)
    for place in (deps, parts):
        monkeypatch.setattr(place, "company_of", lambda *_: acme)
    tenant = database.url("profile_tenant")

    async with served(database, nats_url, keyset, tenant) as (app, client):
        app.dependency_overrides[guards.signed_caller] = lambda: Caller(
            "careless", Role.COMPANY_USER, company_id=acme
        )
        for method, path in routes_of(app, "company_id"):
            if method == "GET":
                quarter = {"period": "2025-Q1"}
                answer = await client.get(asked(path, "company_id", bolt), params=quarter)
                assert shows_nothing(answer), (path, answer.text)
        own = await client.get(f"/companies/{acme}/programs")
    assert own.status_code == 200, own.text


def shows_nothing(answer: httpx.Response) -> bool:
    """Whether an answer holds no figure and no row."""
    if answer.status_code != 200:
        return answer.status_code in (404, 422)
    told = answer.json()
    figures = told.get("metrics", {}).values()
    return not told.get("items") and all(not one.get("value") for one in figures)


@pytest.mark.parametrize("role", ["participant", "volunteer"])
async def test_participants_and_volunteers_reach_only_themselves(
    database: MigratedDatabase, nats_url: str, keyset: Keyset, world: World, token: Token, role: str
) -> None:
    own, foreign = world.person("own@x.example"), world.person("foreign@x.example")
    headers = {"Authorization": f"Bearer {token(role, person_id=own)}"}

    async with served(database, nats_url, keyset, database.owner_url) as (app, client):
        tried = list(routes_of(app, "person_id"))
        for method, path in tried:
            other = await client.request(method, asked(path, "person_id", foreign), headers=headers)
            absent = await client.request(
                method, asked(path, "person_id", uuid4()), headers=headers
            )
            assert other.status_code in (403, 404, 422), (method, path)
            assert said(other) == said(absent), (method, path)
        mine = await client.get(f"/v1/profile/{own}", headers=headers)
    assert mine.status_code == 200
    assert len(tried) >= 4
