"""Reads the inputs of a company's figures from the facts, and keeps what was closed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.inputs import Input, Tally, Window
from profile_service.pooling import Source
from profile_service.repository.counted import counted
from profile_service.schemas import SourceFile
from profile_service.statistics import Cluster

_fields = (
    counted.c.key,
    counted.c.participant_key,
    counted.c.status,
    func.extract("epoch", counted.c.occurred_at),
    counted.c.minutes,
    counted.c.value,
    counted.c.own,
)
_line = func.concat_ws("|", *(func.coalesce(cast(one, Text), "") for one in _fields))
_hash = func.sha256(func.convert_to(_line, "UTF8"))
_digest = func.sha256(
    func.string_agg(_hash, aggregate_order_by(literal_column("CAST('' AS bytea)"), _hash))
)
_metric = func.unnest(counted.c.metrics).table_valued("metric").render_derived()

_TALLIES = (
    select(
        _metric.c.metric,
        func.count().label("facts"),
        func.count(counted.c.participant.distinct()).label("participants"),
        func.count(counted.c.volunteer.distinct()).label("volunteers"),
        func.coalesce(func.sum(counted.c.minutes), 0).label("minutes"),
        func.count(counted.c.minutes).label("timed"),
        func.count().filter(counted.c.status == "completed").label("completed"),
        func.encode(_digest, "hex").label("digest"),
    )
    .select_from(counted.join(_metric, true()))
    .group_by(_metric.c.metric)
    .subquery()
)

_CLUSTERS = (
    select(
        func.sum(cast(func.round(counted.c.value * 1_000_000), BigInteger)).label("total"),
        func.count().label("count"),
    )
    .where(counted.c.metrics.contains(["satisfaction"]))
    .group_by(counted.c.participant)
    .subquery()
)

_COUNTED = select(
    select(func.jsonb_agg(func.jsonb_build_array(*_TALLIES.c))).scalar_subquery(),
    select(func.jsonb_agg(func.jsonb_build_array(*_CLUSTERS.c))).scalar_subquery(),
)
"""Both in one statement, and so of one moment: an interval is seeded by its figure's digest."""

_KNOWN = text("""
    SELECT
        EXISTS (SELECT FROM program.program_costs
            WHERE company_id = :company AND :program IN ('all', program)
                AND starts_on < CAST(:end AS date) AND ends_on > CAST(:start AS date)),
        ARRAY(SELECT DISTINCT o.dimension
            FROM program.attributions a
            JOIN insight.outcome_scores o ON o.fact_type = a.fact_type AND o.fact_id = a.fact_id
            WHERE a.company_id = :company AND a.occurred_at >= :start AND a.occurred_at < :end
                AND :program IN ('all', a.program) AND o.score IS NOT NULL)
""")

_SOURCES = select(
    counted.c.import_id, func.count(), func.count(counted.c.participant.distinct())
).group_by(counted.c.import_id)

_PEOPLE = select(func.count(counted.c.participant.distinct()))

_INPUTS = select(
    counted.c.fact_type,
    counted.c.fact_id,
    counted.c.occurred_at,
    counted.c.own,
    counted.c.sponsor,
    counted.c.import_id,
    counted.c.row_no,
    counted.c.mapping_version,
)


_FILES = text("""
    SELECT i.import_id, i.dataset, u.filename, encode(coalesce(i.sha256, u.sha256), 'hex')
    FROM ops.imports i LEFT JOIN pii.raw_uploads u ON u.import_id = i.import_id
    WHERE i.import_id = ANY(CAST(:imports AS uuid[]))
""")


async def counted_inputs(
    session: AsyncSession, window: Window
) -> tuple[dict[str, Tally], list[Cluster]]:
    """The inputs of each figure that has any, and each participant's ratings in millionths."""
    tallies, clusters = (await session.execute(_COUNTED, window.bound)).one()
    by_metric = {metric: Tally(*numbers) for metric, *numbers in tallies or ()}
    return by_metric, [Cluster(int(total), count) for total, count in clusters or ()]


async def known_inputs(session: AsyncSession, window: Window) -> tuple[bool, frozenset[str]]:
    """Whether costs of the period are known, and the dimensions that any text was scored in."""
    costs, dimensions = (await session.execute(_KNOWN, window.bound)).one()
    return costs, frozenset(dimensions)


async def sources(session: AsyncSession, window: Window, metric: str) -> list[Source]:
    """The imports behind a figure with their facts and distinct participants."""
    query = _SOURCES.where(counted.c.metrics.contains([metric]))
    return [Source(*row) for row in await session.execute(query, window.bound)]


async def people_of_sources(
    session: AsyncSession, window: Window, metric: str, pooled: Sequence[Source]
) -> int:
    """The distinct participants behind a figure that come from these imports together."""
    ids = [one.import_id for one in pooled if one.import_id]
    elsewhere = any(one.import_id is None for one in pooled)
    chosen = or_(
        counted.c.import_id.in_(ids), and_(literal(elsewhere), counted.c.import_id.is_(None))
    )
    query = _PEOPLE.where(counted.c.metrics.contains([metric]), chosen)
    return int((await session.execute(query, window.bound)).scalar_one())


async def inputs(
    session: AsyncSession,
    window: Window,
    metric: str,
    after: tuple[datetime, str, UUID] | None,
    limit: int,
) -> list[Input]:
    """The facts behind a figure, oldest first, from after the given one on."""
    order = tuple_(counted.c.occurred_at, counted.c.fact_type, counted.c.fact_id)
    query = _INPUTS.where(counted.c.metrics.contains([metric]))
    if after is not None:
        query = query.where(order > after)
    query = query.order_by(*order.clauses).limit(limit)
    return [Input(*row) for row in await session.execute(query, window.bound)]


async def files_of(session: AsyncSession, imports: Collection[UUID]) -> dict[UUID, SourceFile]:
    """The files of these imports; needs the worker's login."""
    found = await session.execute(_FILES, {"imports": list(imports)})
    return {
        import_id: SourceFile(dataset=dataset, name=name, sha256=sha256)
        for import_id, dataset, name, sha256 in found
    }
