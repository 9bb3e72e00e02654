"""Standard Webhooks signatures: `{id}.{timestamp}.{raw body}` under any of a sender's secrets."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest

from standardwebhooks import Webhook

from connectors_service.webhooks.errors import (
    BadSignatureError,
    StaleWebhookError,
    UnsignedWebhookError,
)

TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 16
_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,200}")
"""No dot: it parts what is signed, which could then be read in two ways."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers, well formed; `signatures` are those of version 1."""

    webhook_id: str
    timestamp: int
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SenderSecret:
    """A secret and whose it is."""

    sender: str
    secret: str


def signed_headers(headers: Mapping[str, str]) -> Signed:
    """Read the headers; raises UnsignedWebhookError."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    first = tuple(text for text in signatures if text.startswith("v1,") and text.isascii())
    if not (_ID.fullmatch(webhook_id) and _TIMESTAMP.fullmatch(timestamp) and first):
        raise UnsignedWebhookError
    return Signed(webhook_id, int(timestamp), first)


def check_age(signed: Signed) -> None:
    """Raise StaleWebhookError unless it was signed within five minutes of now."""
    if abs(time.time() - signed.timestamp) > TOLERANCE_SECONDS:
        raise StaleWebhookError


def sender_of(signed: Signed, body: bytes, secrets: Iterable[SenderSecret]) -> str:
    """Return whose secret signed the body; raises BadSignatureError."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignatureError from None
    at = datetime.fromtimestamp(signed.timestamp, UTC)
    for known in secrets:
        expected = Webhook(known.secret).sign(signed.webhook_id, at, text)
        if any(compare_digest(expected, given) for given in signed.signatures):
            return known.sender
    raise BadSignatureError
