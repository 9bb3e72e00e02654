"""The composition root: the only file that knows every part of the gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware

from gateway_service.access import TABLE
from gateway_service.accounts import Accounts
from gateway_service.credentials import Credentials
from gateway_service.door import FrontDoor, Limits
from gateway_service.erasing.signing import sign_certificates
from gateway_service.erasing.stores import stores
from gateway_service.keyring import Keyring
from gateway_service.keys import ApiKeys
from gateway_service.library import Library
from gateway_service.logins import Lifetimes, Logins
from gateway_service.matching import Routes
from gateway_service.parts import Parts
from gateway_service.passwords import Passwords
from gateway_service.proxy import Proxy
from gateway_service.routes import ROOT_ROUTERS, ROUTERS
from gateway_service.settings import Settings
from gateway_service.upstreams import Timeouts, Upstreams
from gateway_service.webhook_secrets import WebhookSecrets
from shared_utils.auth import TokenVerifier
from shared_utils.db import Database
from shared_utils.erasing import Eraser
from shared_utils.hashing import KeyedHash
from shared_utils.http import BodyCheck, create_app
from shared_utils.log import error_name, get_logger
from shared_utils.sealing import Seal

BOOTSTRAP_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

log = get_logger(__name__)


def build(settings: Settings) -> FastAPI:
    """The gateway as an ASGI app; nothing connects before it is served."""
    keyring = Keyring(settings.jwt_private_keys)
    upstreams = Upstreams(settings.upstreams, _timeouts(settings))
    verifier = TokenVerifier(keyring)
    app = create_app(
        settings,
        title="Waymark",
        routers=ROUTERS,
        root_routers=ROOT_ROUTERS,
        background=[_first_admin, Eraser(stores(), finds=True).beside, sign_certificates],
        lifespan=_connected(upstreams),
        verifier=verifier,
        body_max_bytes=settings.body_max_bytes,
    )
    database: Database = app.state.database
    app.state.gateway = _parts(settings, database, keyring, upstreams)
    credentials = Credentials(database, verifier, keyring)
    _put_front_door(app, settings, credentials, Proxy(upstreams))
    _make_room_for_the_merged_document(app)
    return app


def _parts(settings: Settings, database: Database, keyring: Keyring, upstreams: Upstreams) -> Parts:
    passwords = Passwords()
    lifetimes = Lifetimes(settings.access_token_keep, settings.refresh_token_keep)
    return Parts(
        keyring=keyring,
        logins=Logins(database, keyring, passwords, KeyedHash(settings.hmac_key), lifetimes),
        accounts=Accounts(database, passwords),
        api_keys=ApiKeys(database),
        webhook_secrets=WebhookSecrets(database, Seal(settings.hmac_key)),
        upstreams=upstreams,
        library=Library(upstreams, TABLE),
    )


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.upstream_connect_timeout.total_seconds(),
        read=settings.upstream_read_timeout.total_seconds(),
        stream=settings.upstream_stream_timeout.total_seconds(),
    )


def _connected(
    upstreams: Upstreams,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        await upstreams.start()
        try:
            yield
        finally:
            await upstreams.close()

    return running


def _put_front_door(
    app: FastAPI, settings: Settings, credentials: Credentials, proxy: Proxy
) -> None:
    """Inside what every answer needs, outside what only the gateway's own routes need."""
    door = Middleware(
        FrontDoor,
        routes=Routes(TABLE),
        credentials=credentials,
        proxy=proxy,
        limits=Limits(settings.body_max_bytes, settings.import_body_max_bytes),
    )
    inner = [number for number, layer in enumerate(app.user_middleware) if _is_body_check(layer)]
    app.user_middleware.insert(inner[0], door)


def _is_body_check(layer: Middleware) -> bool:
    kind: object = layer.cls
    return kind is BodyCheck


def _make_room_for_the_merged_document(app: FastAPI) -> None:
    own = [route for route in app.router.routes if getattr(route, "path", "") == app.openapi_url]
    app.router.routes.remove(own[0])


async def _first_admin(app: FastAPI) -> None:
    """Create the admin that the settings name, once, as soon as the database answers."""
    settings: Settings = app.state.settings
    parts: Parts = app.state.gateway
    if settings.admin_email is None or settings.admin_password is None:
        return
    pause = BOOTSTRAP_PAUSE_SECONDS
    while not await _has_admin(parts, settings.admin_email, settings.admin_password):
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _has_admin(parts: Parts, email: str, password: SecretStr) -> bool:
    """Whether there is an admin by now; not while the database is down or not migrated yet."""
    try:
        created = await parts.accounts.first_admin(email, password.get_secret_value())
    except SQLAlchemyError as error:
        log.warning("first admin not created yet", error=error_name(error))
        return False
    if created:
        log.info("first admin created")
    return True
