"""The secrets that senders sign with; the gateway writes them, this service reads."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared_schema.tables.auth import WebhookSecret


async def valid_secrets(session: AsyncSession, senders: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return (sender, sealed secret) of all that verify now, the newest first."""
    query = (
        select(WebhookSecret.source, WebhookSecret.sealed_secret)
        .where(
            WebhookSecret.source.in_(senders),
            WebhookSecret.revoked_at.is_(None),
            or_(WebhookSecret.expires_at.is_(None), WebhookSecret.expires_at > func.now()),
        )
        .order_by(WebhookSecret.secret_id.desc())
    )
    return [(source, sealed) for source, sealed in await session.execute(query)]
