"""Why a webhook is not taken; no message repeats what it holds."""

from shared_utils.errors import (
    ConflictError,
    NotFoundError,
    UnauthenticatedError,
    UnprocessableError,
)


class UnknownWebhookError(NotFoundError):
    """No webhook is known by that source and kind."""

    type = "unknown-webhook"
    title = "There is no such webhook"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"Webhooks: {', '.join(known)}.", webhooks=list(known))


class UnsignedWebhookError(UnauthenticatedError):
    """One of the three headers is missing or malformed."""

    type = "webhook-unsigned"
    title = "The webhook is not signed as it has to be"
    default_detail = (
        "Send webhook-id (1-200 printable characters but dots), webhook-timestamp (Unix seconds)"
        " and webhook-signature (`v1,` and base64, several separated by spaces), as Standard"
        " Webhooks describes."
    )


class StaleWebhookError(UnauthenticatedError):
    """It was signed too long ago, or for a time to come."""

    type = "webhook-stale"
    title = "The webhook's timestamp is too far from now"
    default_detail = (
        "webhook-timestamp may be at most 5 minutes off: check your clock, and sign a repeated"
        " delivery anew."
    )


class BadSignatureError(UnauthenticatedError):
    """None of its signatures is made with a secret of this source."""

    type = "webhook-bad-signature"
    title = "The webhook's signature is wrong"
    default_detail = (
        "Sign `{webhook-id}.{webhook-timestamp}.{body}`, the body byte for byte as sent, with the"
        " secret of this source; an old secret ends some time after its rotation."
    )


class BadWebhookError(UnprocessableError):
    """The body is not JSON, or not an object."""

    type = "bad-webhook"
    title = "The webhook's body cannot be read"


class ReusedWebhookIdError(ConflictError):
    """The id was used for another webhook, which stays as it is."""

    type = "webhook-id-reused"
    title = "Another webhook had this id"
    default_detail = (
        "An id stands for one body. Repeat a delivery with its body unchanged, or give a new"
        " webhook an id of its own."
    )


class BrokenShapeError(Exception):
    """A shipped shape does not fit its mappings: the service refuses to start."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"webhook shape {name}: {problem}")
