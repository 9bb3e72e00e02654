"""Targets that can be read in two ways are refused before anything is decided about them."""

import pytest

from gateway_service.errors import UnclearTargetError
from gateway_service.paths import plain_query, raw_path_of, segments_of


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/", ()),
        (b"/v1/me", ("v1", "me")),
        (b"/.well-known/jwks.json", (".well-known", "jwks.json")),
        (b"/v1/import/buddy-events/template.csv", ("v1", "import", "buddy-events", "template.csv")),
        (b"/v1/x/metrics/outcome.belonging", ("v1", "x", "metrics", "outcome.belonging")),
    ],
)
def test_a_plain_path_is_split(raw: bytes, segments: tuple[str, ...]) -> None:
    assert segments_of(raw) == segments


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"v1/me",
        b"//v1/me",
        b"/v1//me",
        b"/v1/me/",
        b"/v1/./me",
        b"/v1/../v1/me",
        b"/v1/users/..",
        b"/v1/%6de",
        b"/v1/companies%2Fx",
        b"/v1/%2e%2e/users",
        b"/v1/%252e%252e/users",
        b"/v1/me%00",
        b"/v1/me%0d%0aX-Role:admin",
        b"/v1/me;role=admin",
        b"/v1\\me",
        b"/v1/me\x00",
        b"/v1/me ",
        b"/v1/m\xc3\xa9",
        b"/v1/me:80",
        b"/v1/" + b"a" * 2000,
        b"http://elsewhere/v1/me",
        b"*",
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(UnclearTargetError):
        segments_of(raw)


@pytest.mark.parametrize("query", [b"a=\x00", b"a=\xc3\xa9", b"a=b c", b"q=" + b"x" * 9000])
def test_a_query_that_is_not_printable_or_overlong_is_refused(query: bytes) -> None:
    with pytest.raises(UnclearTargetError):
        plain_query(query)


def test_a_query_passes_as_it_came() -> None:
    assert plain_query(b"provider=kintell&external_id=a%2Fb&x=%2e%2e") == (
        b"provider=kintell&external_id=a%2Fb&x=%2e%2e"
    )


def test_a_server_that_hides_the_raw_path_is_not_trusted_to_guess() -> None:
    with pytest.raises(UnclearTargetError):
        raw_path_of({"path": "/v1/me"})
