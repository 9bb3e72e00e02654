"""A webhook comes in: verified, stored with its id in one transaction, answered at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors_service.repository import webhook_secrets, webhooks
from connectors_service.repository.webhooks import Received
from connectors_service.webhooks.errors import ReusedWebhookIdError
from connectors_service.webhooks.payload import items_of
from connectors_service.webhooks.shape import Shape
from connectors_service.webhooks.signatures import (
    SenderSecret,
    check_age,
    sender_of,
    signed_headers,
)
from shared_utils.correlation import current_id
from shared_utils.db import Database
from shared_utils.errors import WaymarkError
from shared_utils.metrics import counter
from shared_utils.sealing import Seal, webhook_owner

_KEPT_HEADERS = ("content-type", "webhook-timestamp", "user-agent")
_TAKEN = counter("waymark_webhooks_total", "Webhooks by what became of them", ("webhook", "fate"))


@dataclass(frozen=True, slots=True)
class Taken:
    """A stored webhook; `repeated` says that it was there before and has no further effect."""

    webhook_id: str
    repeated: bool


class WebhookIntake:
    """Takes webhooks of all shapes; `wake` is called for each new one."""

    def __init__(self, database: Database, seal: Seal, wake: Callable[[], None]) -> None:
        self._database = database
        self._seal = seal
        self._wake = wake

    async def take(self, shape: Shape, headers: Mapping[str, str], body: bytes) -> Taken:
        """Store a webhook unless it is there; raises why it is not taken, and keeps nothing then.

        UnsignedWebhookError, StaleWebhookError, BadSignatureError, then BadWebhookError and
        ReusedWebhookIdError.
        """
        try:
            taken = await self._take(shape, headers, body)
        except WaymarkError as refusal:
            _TAKEN.labels(shape.name, refusal.type).inc()
            raise
        _TAKEN.labels(shape.name, "repeated" if taken.repeated else "stored").inc()
        if not taken.repeated:
            self._wake()
        return taken

    async def _take(self, shape: Shape, headers: Mapping[str, str], body: bytes) -> Taken:
        signed = signed_headers(headers)
        check_age(signed)
        sender = sender_of(signed, body, await self._secrets(shape))
        items_of(shape, body)
        kept = {name: headers[name][:200] for name in _KEPT_HEADERS if name in headers}
        received = Received(sender, signed.webhook_id, shape.name, body, kept, current_id())
        return Taken(signed.webhook_id, not await self._is_new(received))

    async def _secrets(self, shape: Shape) -> list[SenderSecret]:
        async with self._database.read() as session:
            found = await webhook_secrets.valid_secrets(session, shape.senders)
        return [
            SenderSecret(sender, self._seal.open(sealed, webhook_owner(sender)))
            for sender, sealed in found
        ]

    async def _is_new(self, received: Received) -> bool:
        async with self._database.work() as work:
            if await webhooks.stored_webhook(work.session, received):
                return True
            same = await webhooks.says_the_same(work.session, received)
        if not same:
            raise ReusedWebhookIdError
        return False
