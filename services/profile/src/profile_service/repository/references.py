"""Reads and keeps the dated reference values, every version of them."""

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.impact.assumptions import Reference
from profile_service.impact.sroi import Kind


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a value as it is stored; `current` unless a newer one took its place."""

    kind: Kind
    key: str
    country: str
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    unit: str
    currency: str | None
    valid_from: date
    valid_to: date | None
    source: str
    version: int
    created_by: str
    withdrawn: bool = False
    reference_id: UUID | None = None
    created_at: datetime | None = None
    current: bool = True

    @property
    def label(self) -> str:
        return f"{self.kind}:{self.key}:{self.country}"

    def changed(self, **said: Any) -> Self:
        """The value with what is said of it now."""
        return replace(self, **said)

    def next_by(self, actor: str) -> Self:
        """The version after this one."""
        return replace(self, version=self.version + 1, created_by=actor)


_COLUMNS = (
    "kind, key, country, value, low, high, unit, currency, valid_from, valid_to, source, version,"
    " created_by, withdrawn, reference_id, created_at"
)

_VERSIONS = """
    SELECT {columns}, version = max(version) OVER (PARTITION BY kind, key, country, valid_from)
        AS current
    FROM insight.reference_values
"""
_ALL = text(_VERSIONS.format(columns=_COLUMNS))

_LIST = """
    SELECT * FROM ({versions}) v
    WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
        AND (CAST(:key AS text) IS NULL OR key = :key)
        AND (:history OR current)
        AND (CAST(:on_day AS date) IS NULL OR (NOT withdrawn AND current
            AND valid_from <= :on_day AND (valid_to IS NULL OR valid_to > :on_day)))
        AND (CAST(:after AS uuid) IS NULL OR reference_id > :after)
    ORDER BY reference_id LIMIT :limit
"""
_LISTED = text(_LIST.format(versions=_VERSIONS.format(columns=_COLUMNS)))

_ONE = "SELECT * FROM ({versions}) v WHERE reference_id = :id"
_BY_ID = text(_ONE.format(versions=_VERSIONS.format(columns=_COLUMNS)))

_SAME = """
    SELECT * FROM ({versions}) v
    WHERE current AND kind = :kind AND key = :key AND country = :country ORDER BY valid_from
"""
_FAMILY = text(_SAME.format(versions=_VERSIONS.format(columns=_COLUMNS)))

_ALONE = text("LOCK TABLE insight.reference_values IN SHARE ROW EXCLUSIVE MODE")

_KEEP = text("""
    INSERT INTO insight.reference_values
        (kind, key, country, value, low, high, unit, currency, valid_from, valid_to, source,
         version, created_by, withdrawn)
    VALUES (:kind, :key, :country, :value, :low, :high, :unit, :currency, :valid_from, :valid_to,
        :source, :version, :created_by, :withdrawn)
    RETURNING reference_id, created_at
""")


async def references(session: AsyncSession) -> list[Reference]:
    """Every version of every value, as figures take them."""
    names = {field.name for field in fields(Reference)}
    return [
        Reference(**{name: it for name, it in _fields(row).items() if name in names})
        for row in await session.execute(_ALL)
    ]


async def listed(
    session: AsyncSession,
    *,
    kind: str | None,
    key: str | None,
    on_day: date | None,
    history: bool,
    after: UUID | None,
    limit: int,
) -> list[Kept]:
    """Values in the order in which they were entered; older versions only with their history."""
    bound = {
        "kind": kind,
        "key": key,
        "on_day": on_day,
        "history": history,
        "after": after,
        "limit": limit,
    }
    return [Kept(**_fields(row)) for row in await session.execute(_LISTED, bound)]


async def by_id(session: AsyncSession, reference_id: UUID) -> Kept | None:
    row = (await session.execute(_BY_ID, {"id": reference_id})).one_or_none()
    return Kept(**_fields(row)) if row else None


async def family(session: AsyncSession, kind: Kind, key: str, country: str) -> list[Kept]:
    """The newest version of each value for the same, by the day that it begins on."""
    bound = {"kind": kind, "key": key, "country": country}
    return [Kept(**_fields(row)) for row in await session.execute(_FAMILY, bound)]


async def alone(session: AsyncSession) -> None:
    """Let nobody else change values until the transaction ends."""
    await session.execute(_ALONE)


async def keep(session: AsyncSession, kept: Kept) -> Kept:
    """Store a version; it is the newest from now on."""
    bound = {name: it for name, it in asdict(kept).items() if name != "current"}
    reference_id, created_at = (await session.execute(_KEEP, bound)).one()
    return kept.changed(reference_id=reference_id, created_at=created_at, current=True)


def _fields(row: Any) -> dict[str, Any]:
    found = dict(row._mapping)
    return found | {"kind": Kind(found["kind"])}
