"""One app for every service: its routes, its parts, and the same manners for all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import psycopg
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from shared_utils.auth import TokenVerifier
from shared_utils.background import Background
from shared_utils.consume import Handler
from shared_utils.errors import WaymarkError
from shared_utils.health import Health, HealthCheck
from shared_utils.http import operations
from shared_utils.http.documents import DOCUMENTED_PROBLEMS, DocumentHeaders
from shared_utils.http.middleware import (
    BodyCheck,
    Correlation,
    Observation,
    SafetyNet,
    log_failure,
)
from shared_utils.http.parts import Parts, parts_for
from shared_utils.http.problems import problem_for
from shared_utils.http.validation import names_in
from shared_utils.settings import ServiceSettings

BODY_MAX_BYTES = 1024 * 1024
PREFIX = "/v1"

Job = Callable[[FastAPI], Awaitable[None]]
"""Runs beside the requests from start to stop; restarted if it raises, cancelled at the end."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_FAILURES = (WaymarkError, HTTPException, RequestValidationError, SQLAlchemyError, psycopg.Error)


def create_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter] = (),
    root_routers: Sequence[APIRouter] = (),
    handlers: Sequence[Handler[Any]] = (),
    background: Sequence[Job] = (),
    checks: Sequence[HealthCheck] = (),
    lifespan: Lifespan | None = None,
    verifier: TokenVerifier | None = None,
    needs_bus: bool = False,
    body_max_bytes: int = BODY_MAX_BYTES,
    raw_bodies: Sequence[str] = (),
) -> FastAPI:
    """The service as an ASGI app; nothing connects before it is served.

    Each of `routers` answers under `/v1` (documented) and without it; `root_routers` only without.
    `handlers` are subscribed, `background` jobs run beside; `lifespan` is entered when all parts
    have started. A route takes bodies up to `body_max_bytes` unless it says `max_body_size` itself;
    JSON bodies never more than the greater of `body_max_bytes` and 1 MiB. Routes below the paths
    `raw_bodies` get JSON as it came, to check a signature before they read it strictly themselves.
    `app.state` holds `settings`, `database`, `tenant_database`, `bus`, `token_verifier`, `health`.
    """
    parts = parts_for(settings, handlers, needs_bus=needs_bus, verifier=verifier)
    app = FastAPIOffline(
        title=title,
        redoc_url=None,
        lifespan=_lifespan(parts, lifespan),
        redirect_slashes=False,
        exception_handlers=dict.fromkeys(_FAILURES, _answer),
        middleware=_middleware(max(body_max_bytes, BODY_MAX_BYTES), raw_bodies),
    )
    parts.jobs += [_beside(app, job) for job in background]
    _keep_state(app, settings, parts, checks)
    _include(app, routers, root_routers, body_max_bytes)
    return app


def _beside(app: FastAPI, job: Job) -> Background:
    return Background(partial(job, app), getattr(job, "__qualname__", type(job).__name__))


def _middleware(json_max_bytes: int, raw_bodies: Sequence[str]) -> list[Middleware]:
    raw = tuple(f"{prefix}{path}" for path in raw_bodies for prefix in ("", PREFIX))
    return [
        Middleware(Correlation),
        Middleware(Observation),
        Middleware(DocumentHeaders),
        Middleware(SafetyNet),
        Middleware(BodyCheck, max_bytes=json_max_bytes, raw=raw),
    ]


def _keep_state(
    app: FastAPI, settings: ServiceSettings, parts: Parts, checks: Sequence[HealthCheck]
) -> None:
    app.state.settings = settings
    app.state.database = parts.database
    app.state.tenant_database = parts.tenant_database
    app.state.bus = parts.bus
    app.state.token_verifier = parts.verifier
    app.state.health = Health([*parts.checks, *checks], parts.are_alive)
    app.state.field_names = None


def _include(
    app: FastAPI,
    routers: Sequence[APIRouter],
    root_routers: Sequence[APIRouter],
    body_max_bytes: int,
) -> None:
    app.include_router(operations.router)
    include = partial(
        app.include_router, max_body_size=body_max_bytes, responses=DOCUMENTED_PROBLEMS
    )
    for router in root_routers:
        include(router)
    for router in routers:
        include(router, prefix=PREFIX)
        include(router, include_in_schema=False)


def _lifespan(parts: Parts, own: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with parts.started():
            if own is None:
                yield
            else:
                async with own(app):
                    yield

    return running


async def _answer(request: Request, failure: Exception) -> Response:
    problem = problem_for(failure, _field_names(request.app))
    log_failure(failure, problem)
    return problem.response


def _field_names(app: FastAPI) -> frozenset[str]:
    if app.state.field_names is None:
        app.state.field_names = names_in(app.openapi())
    names: frozenset[str] = app.state.field_names
    return names
