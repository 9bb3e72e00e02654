"""What the profile service's tests share: its logins on a fresh database, and a small world."""

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from profile_service.app import build
from profile_service.projection import Projector
from profile_service.rules import load_rules
from profile_service.settings import Settings
from profile_service.testing import World
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset


@pytest.fixture
async def worker(database: MigratedDatabase) -> AsyncIterator[Database]:
    """The service's own login."""
    opened = Database(database.url("profile_worker"), application_name="profile")
    yield opened
    await opened.close()


@pytest.fixture
async def tenant(database: MigratedDatabase) -> AsyncIterator[Database]:
    """The service's login for requests of company users."""
    opened = Database(database.url("profile_tenant"), application_name="profile")
    yield opened
    await opened.close()


@pytest.fixture
async def producer(database: MigratedDatabase) -> AsyncIterator[Database]:
    """The login of the service that tells of facts."""
    opened = Database(database.url("connectors_worker"), application_name="connectors")
    yield opened
    await opened.close()


@pytest.fixture
def projector() -> Projector:
    return Projector(load_rules(), ZoneInfo("UTC"))


@pytest.fixture
def owner(database: MigratedDatabase) -> Iterator[psycopg.Connection[Any]]:
    """The superuser, on this test's database."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def world(
    owner: psycopg.Connection[Any],
    worker: Database,
    tenant: Database,
    producer: Database,
    projector: Projector,
) -> World:
    return World(owner, worker, tenant, producer, projector)


@pytest.fixture
async def service(
    database: MigratedDatabase, nats_url: str, keyset: Keyset
) -> AsyncIterator[FastAPI]:
    """The real app, started: its logins, its subscriptions, its routes."""
    app = build(
        Settings(
            database_url=database.url("profile_worker"),
            database_tenant_url=database.url("profile_tenant"),
            nats_url=nats_url,
            jwks_url=keyset.jwks_url,
            hmac_key="ab" * 32,
        )
    )
    async with app.router.lifespan_context(app):
        yield app
    # A connect that the shutdown cancelled leaves its socket to the garbage collector; until it
    # has gone, dropping the database waits for PostgreSQL's authentication_timeout, a minute.
    gc.collect()


@pytest.fixture
async def http(service: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service alone."""
    transport = httpx.ASGITransport(app=service, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://profile") as client:
        yield client
