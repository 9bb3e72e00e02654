"""What partners sign their webhooks with, for admins."""

from uuid import UUID

from fastapi import APIRouter

from gateway_service.pages import after
from gateway_service.parts import InUse
from gateway_service.repository import webhook_secrets
from gateway_service.schemas import (
    NewWebhookSecret,
    Rotation,
    Sender,
    ShownWebhookSecret,
    WebhookSecretOut,
)
from shared_schema.tables.auth import WebhookSecret
from shared_utils.auth import Admin
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor

router = APIRouter(prefix="/webhook-secrets", tags=["webhook-secrets"])


@router.post("", status_code=201)
async def make_secret(new: NewWebhookSecret, caller: Admin, parts: InUse) -> ShownWebhookSecret:
    """A secret for a source; those before it verify until their overlap has passed."""
    return _shown(*await parts.webhook_secrets.made(caller, new.source, new.overlap_seconds))


@router.get("")
async def list_secrets(
    session: Read, _: Admin, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[WebhookSecretOut]:
    """Which secrets there are or were, and until when they verify; never the secrets themselves."""
    found = await webhook_secrets.secrets_page(session, after(cursor), limit + 1)
    following = next_cursor(found, limit, lambda row: (row.secret_id,))
    items = [WebhookSecretOut.model_validate(row) for row in found[:limit]]
    return Page(items=items, next=following)


@router.post("/{source}/rotate", status_code=201)
async def rotate_secret(
    source: Sender, caller: Admin, parts: InUse, rotation: Rotation | None = None
) -> ShownWebhookSecret:
    """A new secret for a source; the old ones verify for `overlap_seconds` more (a day)."""
    overlap = (rotation or Rotation()).overlap_seconds
    return _shown(*await parts.webhook_secrets.made(caller, source, overlap))


@router.delete("/{secret_id}")
async def revoke_secret(secret_id: UUID, caller: Admin, parts: InUse) -> WebhookSecretOut:
    """The secret verifies nothing from the next webhook on."""
    return WebhookSecretOut.model_validate(await parts.webhook_secrets.revoked(caller, secret_id))


def _shown(row: WebhookSecret, secret: str) -> ShownWebhookSecret:
    return ShownWebhookSecret(**WebhookSecretOut.model_validate(row).model_dump(), secret=secret)
