"""Signs certificates of erasure with the platform's key, which no other service has."""

import asyncio

from fastapi import FastAPI

from gateway_service.keyring import Keyring
from gateway_service.parts import Parts
from gateway_service.repository import erased
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.log import error_name, get_logger

LOOK_EVERY_SECONDS = 3.0

log = get_logger(__name__)


async def sign_certificates(app: FastAPI) -> None:
    """Sign beside the requests what is certified; while the database is away, try again later."""
    parts: Parts = app.state.gateway
    while True:
        try:
            await sign_all(app.state.database, parts.keyring)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("waiting for the database", error=error_name(error))
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def sign_all(database: Database, keyring: Keyring) -> int:
    """Sign every certificate that is ready; how many there were."""
    async with database.work() as work:
        ready = await erased.unsigned(work.session)
        for erasure_id, content in ready:
            await erased.keep_signed(work.session, erasure_id, keyring.certificate(content))
    return len(ready)
