"""Partners' API keys as an admin sees them: made, listed, revoked."""

from uuid import UUID

from gateway_service import secret_words
from gateway_service.errors import UnknownApiKeyError, UnknownCompanyError
from gateway_service.repository import api_keys, audit, companies
from gateway_service.schemas import NewApiKey
from shared_schema.tables.auth import ApiKey
from shared_utils.auth import Caller
from shared_utils.correlation import current_id
from shared_utils.db import Database


class ApiKeys:
    """The use cases; each is one transaction with its audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def made(self, caller: Caller, new: NewApiKey) -> tuple[ApiKey, str]:
        """The key and its secret, which is kept as a hash only and cannot be shown again."""
        secret = secret_words.new_api_key()
        async with self._database.work() as work:
            if new.company_id and not await companies.company_exists(work.session, new.company_id):
                raise UnknownCompanyError
            key = await api_keys.added_api_key(
                work.session,
                name=new.name,
                secret_hash=secret_words.digest(secret),
                scopes=sorted(set(new.scopes)),
                company_id=new.company_id,
                created_by=caller.subject,
                expires_at=new.expires_at,
            )
            await audit.note(
                work.session, caller, "api_key.made", "api_key", key.key_id, current_id()
            )
        return key, secret

    async def revoked(self, caller: Caller, key_id: UUID) -> ApiKey:
        """The key, which opens nothing from the next request on."""
        async with self._database.work() as work:
            key = await api_keys.revoked_api_key(work.session, key_id)
            if key is None:
                raise UnknownApiKeyError
            await audit.note(
                work.session, caller, "api_key.revoked", "api_key", key_id, current_id()
            )
        return key
