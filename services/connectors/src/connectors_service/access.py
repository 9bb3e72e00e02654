"""Imports as callers may see them: company users read with the tenant login, by row policy."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from connectors_service.callers import visible_to
from connectors_service.errors import UnknownImportError
from connectors_service.repository import imports
from connectors_service.repository.imports import Visible
from shared_schema.tables.imports import Import
from shared_utils.auth import Caller, Role, allow
from shared_utils.db import Database

_IMPORTERS = (Role.ADMIN, Role.COORDINATOR)
Uploading = Annotated[Caller, allow(*_IMPORTERS, scope="import:{dataset}", managers=True)]
"""Who may send a file of the path's dataset."""

Following = Annotated[Caller, allow(*_IMPORTERS, Role.PARTNER, managers=True)]
"""Who may look at imports, each at their own."""


class Imports:
    """The imports that one caller may see, each question in a transaction of its own."""

    def __init__(self, database: Database, tenant: Database, caller: Caller) -> None:
        self.caller = caller
        self.visible: Visible = visible_to(caller)
        self.database = database
        self._tenant = tenant

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Open a read-only transaction that sees no more than the caller may."""
        if self.visible.company_id is not None:
            return self._tenant.tenant_read(self.visible.company_id)
        return self.database.read()

    async def get(self, import_id: UUID) -> Import:
        """Return an import; raises UnknownImportError for one that the caller may not see."""
        async with self.read() as session:
            found = await imports.import_by_id(session, import_id, self.visible)
        if found is None:
            raise UnknownImportError
        return found


async def _imports(request: Request, caller: Following) -> AsyncIterator[Imports]:
    state = request.app.state
    yield Imports(state.database, state.tenant_database, caller)


VisibleImports = Annotated[Imports, Depends(_imports)]
