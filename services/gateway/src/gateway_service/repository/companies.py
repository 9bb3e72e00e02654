"""The companies that logins and keys are tied to; read only."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.program import Company


async def company_exists(session: AsyncSession, company_id: UUID) -> bool:
    """Whether there is such a company."""
    query = select(exists().where(Company.company_id == company_id))
    return bool((await session.execute(query)).scalar_one())
