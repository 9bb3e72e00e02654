"""What the gateway refuses, and what can go wrong behind it."""

import math
from collections.abc import Sequence

from shared_utils.errors import (
    BadGatewayError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    GatewayTimeoutError,
    MethodNotAllowedError,
    NotFoundError,
    TooLargeError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)


class UnclearTargetError(BadRequestError):
    type = "unclear-target"
    title = "The address of the request can be read in more than one way"
    default_detail = (
        "Write the path plainly: lower case as documented, no percent-encoding, no `.` or `..`, "
        "no empty segment or slash at the end, no `;` and no backslash."
    )


class AmbiguousFramingError(BadRequestError):
    type = "ambiguous-framing"
    title = "Where the request's body ends can be read in more than one way"
    default_detail = "Send either one Content-Length or `Transfer-Encoding: chunked`."


class AmbiguousCredentialsError(BadRequestError):
    type = "ambiguous-credentials"
    title = "The request brings more than one proof of who is calling"
    default_detail = "Send one Authorization header or one X-API-Key, not several."


class UnknownRouteError(NotFoundError):
    type = "unknown-route"
    title = "There is no such address"
    default_detail = "See /docs for the addresses there are."


class WrongMethodError(MethodNotAllowedError):
    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("Use one of the methods named in Allow.")
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class BodyTooLargeError(TooLargeError):
    """The limit in bytes is told."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Send at most {limit} bytes here.", limit_bytes=limit)


class ClientLeftError(Exception):
    """The client hung up; there is nobody to answer."""


class UpstreamDownError(UnavailableError):
    type = "service-down"
    title = "The service behind this address is not reachable for the moment"

    def __init__(self, service: str) -> None:
        super().__init__(None, 3, service=service)


class UpstreamBrokenError(BadGatewayError):
    type = "service-broke-off"
    title = "The service behind this address broke off before it answered"
    default_detail = "Whether the request took effect is unknown: look before you repeat it."

    def __init__(self, service: str) -> None:
        super().__init__(None, service=service)


class UpstreamSlowError(GatewayTimeoutError):
    type = "service-too-slow"
    default_detail = "Whether the request took effect is unknown: look before you repeat it."

    def __init__(self, service: str) -> None:
        super().__init__(None, service=service)


class BadCredentialsError(UnauthenticatedError):
    """The same for an unknown login, a wrong password and a disabled user (RFC 6749 `error`)."""

    type = "bad-credentials"
    title = "Login or password is wrong"
    default_detail = "Check both, or ask an admin."

    def __init__(self) -> None:
        super().__init__(None, error="invalid_grant")


class BadRefreshTokenError(UnauthenticatedError):
    type = "bad-refresh-token"
    title = "This refresh token is not good any more"
    default_detail = "Sign in again; each refresh token works once."

    def __init__(self) -> None:
        super().__init__(None, error="invalid_grant")


class BadGrantError(BadRequestError):
    """The form of RFC 6749 is not met; `error` is its code."""

    type = "bad-grant"
    title = "The token request is not one that is understood"

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail, error=error)


class TooManyAttemptsError(TooManyRequestsError):
    type = "too-many-attempts"
    title = "Too many failed attempts from this address for this login"
    default_detail = "Wait as long as Retry-After says."

    def __init__(self, seconds: float) -> None:
        super().__init__(None, math.ceil(seconds))


class WrongPasswordError(ForbiddenError):
    type = "wrong-password"
    title = "The current password is wrong"
    default_detail = "Send the password you sign in with now."


class EmailTakenError(ConflictError):
    type = "email-taken"
    title = "There is a login with this e-mail already"


class LastAdminError(ConflictError):
    type = "last-admin"
    title = "This is the last admin who can sign in"
    default_detail = "Make somebody else an admin first."


class UnknownCompanyError(UnprocessableError):
    type = "unknown-company"
    title = "There is no such company"
    default_detail = "Import the company first, then tie logins and keys to its id."


class UnknownUserError(NotFoundError):
    """There is no user with this id."""


class UnknownApiKeyError(NotFoundError):
    """There is no key with this id."""


class UnknownWebhookSecretError(NotFoundError):
    """There is no webhook secret with this id."""


class UnknownServiceError(NotFoundError):
    """The gateway stands before no service of this name."""
