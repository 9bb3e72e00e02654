"""Webhook secrets as an admin sees them: made, rotated, revoked."""

from uuid import UUID

from gateway_service import secret_words
from gateway_service.errors import UnknownWebhookSecretError
from gateway_service.repository import audit, webhook_secrets
from shared_schema.tables.auth import WebhookSecret
from shared_utils.auth import Caller
from shared_utils.correlation import current_id
from shared_utils.db import Database
from shared_utils.sealing import Seal, webhook_owner


class WebhookSecrets:
    """The use cases; each is one transaction with its audit entry.

    A signature is checked with the secret itself, so it is kept sealed and not as a hash.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def made(
        self, caller: Caller, source: str, overlap_seconds: int
    ) -> tuple[WebhookSecret, str]:
        """A new secret, shown this once; those before it end when the overlap has passed."""
        secret = secret_words.new_webhook_secret()
        async with self._database.work() as work:
            rotated = await webhook_secrets.let_expire(work.session, source, overlap_seconds)
            row = await webhook_secrets.added_secret(
                work.session,
                source=source,
                sealed_secret=self._seal.close(secret, webhook_owner(source)),
                created_by=caller.subject,
            )
            action = "webhook_secret.rotated" if rotated else "webhook_secret.made"
            await audit.note(
                work.session, caller, action, "webhook_secret", row.secret_id, current_id()
            )
        return row, secret

    async def revoked(self, caller: Caller, secret_id: UUID) -> WebhookSecret:
        """The secret, which verifies nothing from the next webhook on."""
        async with self._database.work() as work:
            row = await webhook_secrets.revoked_secret(work.session, secret_id)
            if row is None:
                raise UnknownWebhookSecretError
            await audit.note(
                work.session,
                caller,
                "webhook_secret.revoked",
                "webhook_secret",
                secret_id,
                current_id(),
            )
        return row
