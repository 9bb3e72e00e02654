"""All that connectors hold about people, in the order in which it is erased."""

from functools import partial
from typing import Any

from psycopg import AsyncConnection

from connectors_service.erasing.factstores import fact_stores
from connectors_service.erasing.files import EMPTY, body_without, rewrite_file
from connectors_service.erasing.mentions import Mentions, mentions_of
from connectors_service.reading.limits import Limits
from connectors_service.repository import erased_files, erased_words, erasing
from shared_utils.erasing import Erasure, Store
from shared_utils.work import Work


def stores(limits: Limits) -> list[Store]:
    """First what leads to rows of files, then the files, at last the facts that led there."""
    return [
        Store("ops.erasure_facts", _plan),
        Store("pii.before_images", _erase_images),
        Store("pii.refused_rows", _erase_refused),
        Store("pii.webhook_bodies", _rewrite_bodies),
        Store("pii.raw_uploads", partial(_rewrite_files, limits=limits)),
        Store("pii.raw_uploads.trials", _erase_trials),
        Store("pii.raw_uploads.filename", _erase_names),
        *fact_stores(),
        Store("pii.texts", _erase_texts),
    ]


async def _plan(work: Work, erasure: Erasure) -> int | None:
    """Find facts and rows, once no import runs that may still bring some."""
    connection = await work.raw()
    if await erasing.is_under_way(connection, erasure):
        return None
    return await erasing.plan(connection, erasure)


async def _erase_images(work: Work, erasure: Erasure) -> int:
    return await erased_words.erase_images(await work.raw(), erasure)


async def _erase_refused(work: Work, erasure: Erasure) -> int:
    connection = await work.raw()
    return await erased_files.erase_refused(
        connection, erasure, await _mentions(connection, erasure)
    )


async def _rewrite_bodies(work: Work, erasure: Erasure) -> int:
    connection = await work.raw()
    found = await erased_files.next_bodies(connection, erasure)
    for one in found:
        await erased_files.rewrite_body(connection, one, body_without(one))
    await erased_files.bodies_done(connection, erasure, found)
    strays = await erased_files.stray_bodies(connection, await _mentions(connection, erasure))
    for one in strays:
        await erased_files.rewrite_body(connection, one, EMPTY)
    return len(found) + len(strays)


async def _rewrite_files(work: Work, erasure: Erasure, *, limits: Limits) -> int:
    """Rewrite files until one had something of the person, or none is left."""
    connection = await work.raw()
    mentions = await _mentions(connection, erasure)
    while (file := await erased_files.next_file(connection, erasure)) is not None:
        blanked = await rewrite_file(connection, file, limits, mentions)
        await erased_files.file_done(connection, erasure, file.import_id)
        if blanked:
            return blanked
    return 0


async def _erase_trials(work: Work, erasure: Erasure) -> int:
    return await erased_files.erase_trials(await work.raw())


async def _erase_names(work: Work, erasure: Erasure) -> int:
    connection = await work.raw()
    return await erased_files.erase_names(connection, await _mentions(connection, erasure))


async def _erase_texts(work: Work, erasure: Erasure) -> int:
    return await erased_words.erase_texts(await work.raw(), erasure)


async def _mentions(connection: AsyncConnection[Any], erasure: Erasure) -> Mentions:
    return mentions_of(await erasing.identifiers(connection, erasure))
