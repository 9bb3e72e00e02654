"""Which headers cross the gateway, and which framings of a body are refused."""

import pytest

from gateway_service.errors import AmbiguousFramingError
from gateway_service.headers import body_length, to_client, to_service

SPOOFED = [
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"forwarded",
    b"x-real-ip",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-http-method-override",
    b"x-waymark-caller",
    b"x-correlation-id",
    b"x-api-key",
    b"authorization",
    b"cookie",
    b"host",
    b"x_forwarded_for",
]
HOP_BY_HOP = [
    b"connection",
    b"keep-alive",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"expect",
]


@pytest.mark.parametrize("name", SPOOFED + HOP_BY_HOP)
def test_what_a_client_may_not_tell_a_service_does_not_reach_it(name: bytes) -> None:
    assert to_service([(name, b"admin")]) == []


def test_what_describes_the_request_reaches_the_service() -> None:
    described = [
        (b"accept", b"text/event-stream"),
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"content-length", b"12"),
        (b"idempotency-key", b"k1"),
        (b"last-event-id", b"7"),
        (b"traceparent", b"00-1-2-01"),
    ]

    assert to_service(described) == [(name.decode(), value.decode()) for name, value in described]


def test_a_header_named_by_connection_ends_here() -> None:
    passed = to_service([(b"connection", b"close, Idempotency-Key"), (b"idempotency-key", b"k")])

    assert passed == []


def test_a_value_that_could_be_read_in_two_ways_ends_here() -> None:
    assert to_service([(b"user-agent", b"caf\xe9"), (b"accept", b"*/*")]) == [("accept", "*/*")]


def test_an_answer_loses_its_hop_by_hop_headers_and_its_cookies() -> None:
    answer = [
        (b"Content-Type", b"application/json"),
        (b"Connection", b"x-secret"),
        (b"X-Secret", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Server", b"uvicorn"),
        (b"Set-Cookie", b"a=b"),
        (b"ETag", b'"1"'),
    ]

    assert to_client(answer) == [(b"content-type", b"application/json"), (b"etag", b'"1"')]


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ([], 0),
        ([(b"content-length", b"17")], 17),
        ([(b"transfer-encoding", b"chunked")], None),
        ([(b"transfer-encoding", b"Chunked")], None),
    ],
)
def test_a_body_ends_where_one_header_says(
    headers: list[tuple[bytes, bytes]], length: int | None
) -> None:
    assert body_length(headers) == length


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
        [(b"content-length", b"1"), (b"content-length", b"1")],
        [(b"content-length", b"1"), (b"content-length", b"2")],
        [(b"content-length", b"1, 1")],
        [(b"content-length", b"+1")],
        [(b"content-length", b"-1")],
        [(b"content-length", b"0x10")],
        [(b"content-length", b"")],
        [(b"content-length", b"\xb2")],
        [(b"content-length", b"9" * 30)],
        [(b"transfer-encoding", b"gzip, chunked")],
        [(b"transfer-encoding", b"identity")],
        [(b"transfer-encoding", b"\x0bchunked")],
        [(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")],
    ],
)
def test_a_body_that_could_end_in_two_places_is_refused(
    headers: list[tuple[bytes, bytes]],
) -> None:
    with pytest.raises(AmbiguousFramingError):
        body_length(headers)
