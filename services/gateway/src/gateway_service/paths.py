"""Request targets plain enough to decide about: whatever has a second reading is refused."""

import re
from collections.abc import Mapping
from typing import Any

from gateway_service.errors import UnclearTargetError

MAX_PATH = 1024
MAX_QUERY = 8192

# No percent sign, semicolon, backslash or colon: what is matched is byte for byte what is
# forwarded, so no upstream can decode it into something else.
_SEGMENT = re.compile(rb"[A-Za-z0-9._~-]+")
_QUERY = re.compile(rb"[\x21-\x7e]*")


def segments_of(raw_path: bytes) -> tuple[str, ...]:
    """Split a raw path into its segments; raises `UnclearTargetError` for anything but plain ones.

    Refused are percent-encoding of any kind, dot segments, empty segments (so also a trailing
    slash), matrix parameters, backslashes, control characters and overlong paths.
    """
    if raw_path == b"/":
        return ()
    if len(raw_path) > MAX_PATH or not raw_path.startswith(b"/"):
        raise UnclearTargetError
    return tuple(_plain(segment) for segment in raw_path[1:].split(b"/"))


def plain_query(query: bytes) -> bytes:
    """The query string as it came; raises `UnclearTargetError` unless short, printable ASCII."""
    if len(query) > MAX_QUERY or _QUERY.fullmatch(query) is None:
        raise UnclearTargetError
    return query


def raw_path_of(scope: Mapping[str, Any]) -> bytes:
    """The path's bytes as the client sent them; a server that hides them gets no guess."""
    raw = scope.get("raw_path")
    if not isinstance(raw, bytes):
        raise UnclearTargetError
    return raw


def _plain(segment: bytes) -> str:
    if segment in (b".", b"..") or _SEGMENT.fullmatch(segment) is None:
        raise UnclearTargetError
    return segment.decode("ascii")
