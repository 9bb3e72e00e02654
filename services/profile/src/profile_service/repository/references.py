"""Reads the dated reference values, every version of them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.impact.assumptions import Reference
from profile_service.impact.sroi import Kind

_ALL = text("""
    SELECT reference_id, kind, key, country, value, unit, currency, valid_from, valid_to, source,
        version, low, high, withdrawn
    FROM insight.reference_values
""")


async def references(session: AsyncSession) -> list[Reference]:
    """Every version of every value."""
    found = await session.execute(_ALL)
    return [Reference(reference_id, Kind(kind), *rest) for reference_id, kind, *rest in found]
