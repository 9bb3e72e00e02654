"""Which headers cross the gateway, and which request framings are refused; pure functions."""

from collections.abc import Iterable, Sequence

from gateway_service.errors import AmbiguousFramingError

RawHeaders = Sequence[tuple[bytes, bytes]]

# An allow-list: hop-by-hop headers, X-Forwarded-*, cookies, credentials and whatever a service
# might one day trust never reach it from outside, because they are not named here.
_TO_SERVICE = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"content-encoding",
        b"content-language",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-unmodified-since",
        b"last-event-id",
        b"prefer",
        b"range",
        b"traceparent",
        b"tracestate",
        b"user-agent",
        b"webhook-id",
        b"webhook-signature",
        b"webhook-timestamp",
    }
)
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Said by the gateway's own layers on every response, or nobody's business outside.
_NOT_TO_CLIENT = _HOP_BY_HOP | {b"date", b"server", b"set-cookie", b"x-correlation-id"}


def to_service(headers: RawHeaders) -> list[tuple[str, str]]:
    """The client's headers that a service may see, without those its Connection header names.

    A value that is not ASCII has no one reading and stays here.
    """
    named = _named_by_connection(headers)
    return [
        (name.decode("ascii"), value.decode("ascii"))
        for name, value in headers
        if name in _TO_SERVICE and name not in named and value.isascii()
    ]


def to_client(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """A service's response headers as the client gets them: lower case, end-to-end ones only."""
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = _NOT_TO_CLIENT | _named_by_connection(lowered)
    return [(name, value) for name, value in lowered if name not in dropped]


def values_of(headers: RawHeaders, name: bytes) -> list[bytes]:
    """Every value of a header, in order."""
    return [value for key, value in headers if key == name]


def body_length(headers: RawHeaders) -> int | None:
    """The announced length in bytes: 0 without a body, None when chunked.

    Raises `AmbiguousFramingError` where two parsers could disagree about where the body ends.
    """
    lengths = values_of(headers, b"content-length")
    codings = values_of(headers, b"transfer-encoding")
    if codings:
        _refuse_unless(not lengths and [coding.lower() for coding in codings] == [b"chunked"])
        return None
    _refuse_unless(len(lengths) <= 1 and all(_is_length(value) for value in lengths))
    return int(lengths[0]) if lengths else 0


def may_have_body(headers: RawHeaders) -> bool:
    """Whether the client may be sending a body, however it says so."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= 15


def _refuse_unless(unambiguous: bool) -> None:
    if not unambiguous:
        raise AmbiguousFramingError


def _named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    return frozenset(
        token.strip().lower()
        for name, value in headers
        if name == b"connection"
        for token in value.split(b",")
    )
