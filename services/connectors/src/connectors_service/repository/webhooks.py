"""Stored webhooks: taken once each, turned into rows of imports, marked when those are loaded."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.locks import Lock
from shared_schema.tables.imports import Import
from shared_schema.tables.pii import WebhookBody, WebhookRow

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it came."""

    source: str
    webhook_id: str
    shape: str
    body: bytes
    headers: dict[str, str]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class NewRow:
    """The row of an import that an object of a webhook becomes."""

    import_id: UUID
    row_no: int
    source: str
    webhook_id: str
    item: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of an import and the object of a webhook that says it."""

    row_no: int
    source: str
    webhook_id: str
    item: int


async def stored_webhook(session: AsyncSession, received: Received) -> bool:
    """Store a webhook and return True; False where one of its id is there already."""
    statement = (
        postgresql.insert(WebhookBody)
        .values(
            source=received.source,
            webhook_id=received.webhook_id,
            shape=received.shape,
            body=received.body,
            headers=received.headers,
            correlation_id=received.correlation_id,
        )
        .on_conflict_do_nothing()
        .returning(WebhookBody.webhook_id)
    )
    return await session.scalar(statement) is not None


async def says_the_same(session: AsyncSession, received: Received) -> bool:
    """Tell whether the stored webhook of this id is this very one; count it where it is not."""
    found = (
        await session.execute(
            select(WebhookBody.shape, WebhookBody.body, WebhookBody.sha256).where(
                WebhookBody.source == received.source,
                WebhookBody.webhook_id == received.webhook_id,
            )
        )
    ).one()
    if found.shape == received.shape and _is_body(found.body, found.sha256, received.body):
        return True
    await session.execute(
        update(WebhookBody)
        .where(WebhookBody.source == received.source, WebhookBody.webhook_id == received.webhook_id)
        .values(rejected=WebhookBody.rejected + 1)
    )
    return False


def _is_body(stored: bytes, sha256: bytes | None, received: bytes) -> bool:
    """Compare with the body as it came, also where an erasure has rewritten it since."""
    if sha256 is not None:
        return bytes(sha256) == hashlib.sha256(received).digest()
    return bytes(stored) == received


async def waiting_shapes(session: AsyncSession) -> Sequence[str]:
    """Return the shapes of which webhooks are not processed yet."""
    query = select(WebhookBody.shape).where(WebhookBody.processed_at.is_(None)).distinct()
    return (await session.scalars(query)).all()


async def is_claimed(session: AsyncSession, shape: str) -> bool:
    """Hold a shape until the transaction ends; False if another process does."""
    lock = func.pg_try_advisory_xact_lock(Lock.WEBHOOKS, func.hashtext(shape))
    return bool(await session.scalar(select(lock)))


async def unrouted(session: AsyncSession, shape: str) -> Sequence[WebhookBody]:
    """Return the oldest webhooks of a shape that are no rows yet."""
    query = (
        select(WebhookBody)
        .where(
            WebhookBody.shape == shape,
            WebhookBody.processed_at.is_(None),
            WebhookBody.routed_at.is_(None),
        )
        .order_by(WebhookBody.received_at, WebhookBody.webhook_id)
        .limit(MOST_AT_ONCE)
    )
    return (await session.scalars(query)).all()


async def routed_already(
    session: AsyncSession, bodies: Iterable[WebhookBody]
) -> set[tuple[str, str, int, str | None]]:
    """Return (source, id, item, mapping) of rows that these webhooks became before."""
    ids = [(body.source, body.webhook_id) for body in bodies]
    query = (
        select(WebhookRow.source, WebhookRow.webhook_id, WebhookRow.item, Import.mapping)
        .join(Import, Import.import_id == WebhookRow.import_id)
        .where(tuple_(WebhookRow.source, WebhookRow.webhook_id).in_(ids))
    )
    return {(source, name, item, via) for source, name, item, via in await session.execute(query)}


async def mark_routed(
    session: AsyncSession, bodies: Iterable[WebhookBody], rows: Sequence[NewRow]
) -> None:
    """Write down which rows webhooks became."""
    if rows:
        columns = NewRow.__dataclass_fields__
        await session.execute(
            insert(WebhookRow), [{name: getattr(row, name) for name in columns} for row in rows]
        )
    ids = [(body.source, body.webhook_id) for body in bodies]
    await session.execute(
        update(WebhookBody)
        .where(tuple_(WebhookBody.source, WebhookBody.webhook_id).in_(ids))
        .values(routed_at=func.now())
    )


async def note_problem(
    session: AsyncSession, source: str, webhook_id: str, problem: dict[str, Any]
) -> None:
    """Write down why a webhook could not become what it says; nobody tries it again by itself."""
    await session.execute(
        update(WebhookBody)
        .where(WebhookBody.source == source, WebhookBody.webhook_id == webhook_id)
        .values(attempts=WebhookBody.attempts + 1, problem=problem, processed_at=func.now())
    )


async def imports_to_load(session: AsyncSession, shape: str) -> Sequence[Import]:
    """Return the imports that have rows of this shape which are not loaded yet."""
    query = (
        select(Import)
        .where(exists(_unloaded(shape).where(WebhookRow.import_id == Import.import_id)))
        .order_by(Import.import_id)
    )
    return (await session.scalars(query)).all()


def _unloaded(shape: str) -> Select[Any]:
    return (
        select(WebhookRow.row_no)
        .join(
            WebhookBody,
            (WebhookBody.source == WebhookRow.source)
            & (WebhookBody.webhook_id == WebhookRow.webhook_id),
        )
        .where(
            WebhookBody.shape == shape,
            WebhookBody.processed_at.is_(None),
            WebhookRow.row_no >= Import.next_row,
        )
        .correlate(Import)
    )


async def rows_from(session: AsyncSession, import_id: UUID, first_row: int) -> list[Waiting]:
    """Return the next rows of an import from a number on, in order."""
    query = (
        select(WebhookRow.row_no, WebhookRow.source, WebhookRow.webhook_id, WebhookRow.item)
        .where(WebhookRow.import_id == import_id, WebhookRow.row_no >= first_row)
        .order_by(WebhookRow.row_no)
        .limit(MOST_AT_ONCE)
    )
    return [Waiting(*row) for row in await session.execute(query)]


async def bodies_of(
    session: AsyncSession, rows: Iterable[Waiting]
) -> dict[tuple[str, str], WebhookBody]:
    """Return the webhooks that rows come from."""
    ids = {(row.source, row.webhook_id) for row in rows}
    query = select(WebhookBody).where(
        tuple_(WebhookBody.source, WebhookBody.webhook_id).in_(sorted(ids))
    )
    return {(body.source, body.webhook_id): body for body in await session.scalars(query)}


async def mark_processed(session: AsyncSession, shape: str) -> int:
    """Mark the webhooks whose rows are all loaded; say how many."""
    left = (
        select(WebhookRow.row_no)
        .join(Import, Import.import_id == WebhookRow.import_id)
        .where(
            WebhookRow.source == WebhookBody.source,
            WebhookRow.webhook_id == WebhookBody.webhook_id,
            WebhookRow.row_no >= Import.next_row,
        )
    )
    statement = (
        update(WebhookBody)
        .where(
            WebhookBody.shape == shape,
            WebhookBody.processed_at.is_(None),
            WebhookBody.routed_at.is_not(None),
            ~exists(left),
        )
        .values(processed_at=func.now())
        .returning(WebhookBody.webhook_id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(statement)).all())


async def give_back(session: AsyncSession, import_id: UUID, next_row: int) -> None:
    """Free the rows that an import which was ended has not loaded: another one takes them."""
    freed = (
        await session.execute(
            delete(WebhookRow)
            .where(WebhookRow.import_id == import_id, WebhookRow.row_no >= next_row)
            .returning(WebhookRow.source, WebhookRow.webhook_id)
        )
    ).all()
    await session.execute(
        update(WebhookBody)
        .where(tuple_(WebhookBody.source, WebhookBody.webhook_id).in_(map(tuple, freed)))
        .values(routed_at=None)
    )


async def deliveries_before(
    session: AsyncSession,
    before: tuple[datetime, str, str] | None,
    limit: int,
    source: str | None,
) -> Sequence[Any]:
    """Return the newest webhooks without their bodies, or those older than `before`."""
    place = (WebhookBody.received_at, WebhookBody.source, WebhookBody.webhook_id)
    query = (
        select(
            *place,
            WebhookBody.shape,
            WebhookBody.routed_at,
            WebhookBody.processed_at,
            WebhookBody.rejected,
            WebhookBody.problem,
        )
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(*place) < before)
    if source is not None:
        query = query.where(WebhookBody.source == source)
    return (await session.execute(query)).all()


async def rows_of(
    session: AsyncSession, ids: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[UUID, int]]]:
    """Return the (import, row) pairs that webhooks became."""
    found: dict[tuple[str, str], list[tuple[UUID, int]]] = {}
    query = (
        select(WebhookRow)
        .where(tuple_(WebhookRow.source, WebhookRow.webhook_id).in_(ids))
        .order_by(WebhookRow.import_id, WebhookRow.row_no)
    )
    for row in await session.scalars(query):
        found.setdefault((row.source, row.webhook_id), []).append((row.import_id, row.row_no))
    return found
