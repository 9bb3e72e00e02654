"""Lists in pages by keyset: a cursor holds the last row's key, so pages stay whole as rows come."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar, overload
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from shared_utils import strict_json
from shared_utils.errors import UnprocessableError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_MAX_CURSOR_CHARS = 1000

T = TypeVar("T")
A = TypeVar("A", str, int, UUID, date, datetime)
B = TypeVar("B", str, int, UUID, date, datetime)
C = TypeVar("C", str, int, UUID, date, datetime)

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The most items in a page.")]
"""`limit: Limit = DEFAULT_LIMIT` in a route."""

Cursor = Annotated[
    str | None,
    Query(max_length=_MAX_CURSOR_CHARS, description="`next` of the page before; opaque."),
]
"""`cursor: Cursor = None` in a route; read it with `place_of`."""


class InvalidCursorError(UnprocessableError):
    """A cursor that no page of this list gave out."""

    type = "invalid-cursor"
    title = "The cursor cannot be used"
    default_detail = "Use `next` of an earlier page as it is, or start without a cursor."


class Page(BaseModel, Generic[T]):
    """One page: its items, and the cursor of the next page or null at the end."""

    items: list[T]
    next: str | None


def next_cursor(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> str | None:
    """The cursor after the first `limit` of `rows`, or None if there are no more.

    Ask the database for `limit + 1` rows: the one too many tells that another page follows.
    """
    return cursor_of(*key(rows[limit - 1])) if len(rows) > limit else None


def cursor_of(*key: Any) -> str:
    """A key of texts, whole numbers, UUIDs, dates and times as an opaque cursor."""
    text = json.dumps([_written(part) for part in key], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@overload
def place_of(cursor: str | None, first: type[A], /) -> tuple[A] | None: ...
@overload
def place_of(cursor: str | None, first: type[A], second: type[B], /) -> tuple[A, B] | None: ...
@overload
def place_of(
    cursor: str | None, first: type[A], second: type[B], third: type[C], /
) -> tuple[A, B, C] | None: ...
def place_of(cursor: str | None, *kinds: type[Any]) -> tuple[Any, ...] | None:
    """The key in a cursor, each part of its kind: `place_of(cursor, datetime, UUID)`.

    None without a cursor; InvalidCursorError (422) for one that no page gave out.
    """
    if cursor is None:
        return None
    parts = _parts(cursor, len(kinds))
    return tuple(_read(kind, part) for kind, part in zip(kinds, parts, strict=True))


def _written(part: Any) -> str:
    return part.isoformat() if isinstance(part, date) else str(part)


def _parts(cursor: str, count: int) -> list[str]:
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        parts = strict_json.loads(raw, max_depth=1)
    except (UnicodeError, binascii.Error, strict_json.StrictJsonError):
        raise InvalidCursorError from None
    if not isinstance(parts, list) or len(parts) != count or cursor_of(*parts) != cursor:
        raise InvalidCursorError
    return parts


def _read(kind: type[Any], text: str) -> Any:
    try:
        value = _reader(kind)(text)
    except (ValueError, TypeError, AttributeError):
        raise InvalidCursorError from None
    # One spelling a value, times with their zone, whole numbers that a bigint holds.
    if _written(value) != text or _is_unusable(value):
        raise InvalidCursorError
    return value


def _reader(kind: type[Any]) -> Callable[[str], Any]:
    return kind.fromisoformat if issubclass(kind, date) else kind


def _is_unusable(value: Any) -> bool:
    if isinstance(value, datetime):
        return value.tzinfo is None
    return isinstance(value, int) and not -(2**63) <= value < 2**63
