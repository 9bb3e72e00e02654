"""What a route asks for in its signature: a transaction to read in, or one to write in.

The transaction ends when the route function returns, before the first byte of the answer: if the
commit fails, the caller gets the problem and never a success. A streamed answer therefore holds no
transaction; what it still needs it must open itself.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from shared_utils.auth import Caller, Role, Signed
from shared_utils.db import Database
from shared_utils.errors import ForbiddenError, NotFoundError
from shared_utils.work import Work


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.read() as session:
        yield session


async def _write(request: Request) -> AsyncIterator[Work]:
    database: Database = request.app.state.database
    async with database.work() as work:
        yield work


async def _tenant_read(request: Request, caller: Signed) -> AsyncIterator[AsyncSession]:
    company_id = company_of(caller, request.path_params)
    database: Database = request.app.state.tenant_database
    async with database.tenant_read(company_id) as session:
        yield session


def company_of(caller: Caller, path: Mapping[str, Any]) -> UUID:
    """The tenant whose rows a request may see: the caller's own, or for an admin the path's.

    NotFoundError if the path names a company that is not the caller's, ForbiddenError if there is
    no company at all.
    """
    asked = _company_id(path["company_id"]) if "company_id" in path else None
    found = asked if caller.role is Role.ADMIN else caller.company_id
    if found is None:
        raise ForbiddenError
    if asked not in (None, found):
        raise NotFoundError
    return found


def _company_id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise NotFoundError from None


Read = Annotated[AsyncSession, Depends(_read, scope="function")]
"""A read-only transaction of the service's own login: all tenants."""

Write = Annotated[Work, Depends(_write, scope="function")]
"""A transaction and the events published in it; commits before the answer is sent."""

TenantRead = Annotated[AsyncSession, Depends(_tenant_read, scope="function")]
"""A read-only transaction that sees one company's rows only, by row-level security."""
