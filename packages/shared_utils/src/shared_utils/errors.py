"""Failures that are expected: each class knows its HTTP status and holds no personal data."""

from collections.abc import Mapping
from typing import Any, ClassVar

PROBLEM_PREFIX = "urn:waymark:problem:"


class WaymarkError(Exception):
    """An expected failure, answered as RFC 9457 problem details.

    A subclass sets `status`, `type` (a stable slug) and `title`. `detail` says plainly what to do;
    like `extra` (members added to the problem) it must never repeat what the caller sent.

    WaymarkError
    ├── BadRequestError 400
    ├── UnauthenticatedError 401
    ├── ForbiddenError 403
    ├── NotFoundError 404
    ├── MethodNotAllowedError 405
    ├── ConflictError 409
    ├── GoneError 410
    ├── TooLargeError 413
    ├── UnsupportedMediaTypeError 415
    ├── UnprocessableError 422
    ├── TooManyRequestsError 429
    ├── BadGatewayError 502
    ├── UnavailableError 503
    └── GatewayTimeoutError 504
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    default_detail: ClassVar[str | None] = None

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.default_detail or self.title)
        self.detail = detail or self.default_detail
        self.extra: Mapping[str, Any] = extra

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the failure."""
        return {}


class BadRequestError(WaymarkError):
    """The request itself is malformed."""

    status = 400
    type = "bad-request"
    title = "The request could not be read"


class UnauthenticatedError(WaymarkError):
    """There is no valid proof of who is calling."""

    status = 401
    type = "unauthenticated"
    title = "Sign in to do this"
    default_detail = "Send a valid access token as `Authorization: Bearer …`."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class ForbiddenError(WaymarkError):
    """The caller is known and may not do this."""

    status = 403
    type = "forbidden"
    title = "You may not do this"
    default_detail = "Your role or scopes do not cover this operation."


class NotFoundError(WaymarkError):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    type = "not-found"
    title = "There is nothing here"
    default_detail = "No such resource exists, or you may not see it."


class MethodNotAllowedError(WaymarkError):
    """The resource does not know this method; `Allow` names those it does."""

    status = 405
    type = "method-not-allowed"
    title = "This method is not allowed here"


class ConflictError(WaymarkError):
    """The request contradicts the present state."""

    status = 409
    type = "conflict"
    title = "This contradicts the present state"


class GoneError(WaymarkError):
    """What was there has been removed for good."""

    status = 410
    type = "gone"
    title = "This has been removed"


class TooLargeError(WaymarkError):
    """The body exceeds a limit; the detail says which."""

    status = 413
    type = "too-large"
    title = "The request body is too large"


class UnsupportedMediaTypeError(WaymarkError):
    """The body's media type is not one that this operation reads."""

    status = 415
    type = "unsupported-media-type"
    title = "This media type is not accepted here"


class UnprocessableError(WaymarkError):
    """The request is well formed, but its values cannot be used."""

    status = 422
    type = "unprocessable"
    title = "The request's values cannot be used"


class TemporaryError(WaymarkError):
    """A failure that passes: `retry_after` seconds are told in Retry-After."""

    default_retry_after: ClassVar[int] = 5

    def __init__(self, detail: str | None = None, retry_after: int | None = None, **extra: Any):
        super().__init__(detail, **extra)
        self.retry_after = self.default_retry_after if retry_after is None else retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class TooManyRequestsError(TemporaryError):
    """The caller exceeded a rate."""

    status = 429
    type = "too-many-requests"
    title = "Too many requests"
    default_retry_after = 1


class BadGatewayError(WaymarkError):
    """A service behind this one gave an unusable answer."""

    status = 502
    type = "bad-gateway"
    title = "A service behind this one answered wrongly"


class UnavailableError(TemporaryError):
    """Something this needs is down for the moment."""

    status = 503
    type = "unavailable"
    title = "This is unavailable for the moment"
    default_detail = "Try again after the time named in Retry-After."


class GatewayTimeoutError(WaymarkError):
    """A service behind this one did not answer in time."""

    status = 504
    type = "gateway-timeout"
    title = "A service behind this one took too long"
