"""A cursor leads to the next page and to nothing else; a wrong one is the caller's mistake."""

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.paging import (
    DEFAULT_LIMIT,
    Cursor,
    InvalidCursorError,
    Limit,
    Page,
    cursor_of,
    next_cursor,
    place_of,
)

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

ROWS = [(number // 3, UUID(int=number)) for number in range(100)]

router = APIRouter()


@router.get("/rows")
async def list_rows(cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[str]:
    """Answer a page of rows that share their first key in threes."""
    after = place_of(cursor, int, UUID)
    left = [row for row in ROWS if after is None or row > after][: limit + 1]
    return Page(
        items=[str(row[1]) for row in left[:limit]],
        next=next_cursor(left, limit, lambda row: row),
    )


@pytest.mark.parametrize("limit", [1, 7, 50, 99, 100, 200])
async def test_pages_hold_every_row_once_and_in_order(serve: Serve, limit: int) -> None:
    client = await serve(router)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = (await client.get("/v1/rows", params=query)).json()
        assert 0 < len(page["items"]) <= limit
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert seen == [str(row[1]) for row in ROWS]


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


GOOD = cursor_of(1, UUID(int=5))
BAD = {
    "empty": "",
    "nonsense": "nonsense!",
    "no JSON": _encoded("zz"),
    "no list": _encoded('{"a":1}'),
    "numbers": _encoded("[1,2]"),
    "one part": cursor_of(1),
    "three parts": cursor_of(1, 2, 3),
    "parts exchanged": cursor_of(UUID(int=5), 1),
    "padded": GOOD + "=",
    "cut": GOOD[:-1],
    "longer": GOOD + "A",
    "spaced": _encoded(f'["1", "{UUID(int=5)}"]'),
    "nested": _encoded('[["1"],["2"]]'),
    "another spelling of a number": cursor_of("01", UUID(int=5)),
    "a number with underscores": cursor_of("1_0", UUID(int=5)),
    "beyond 64 bits": cursor_of(2**63, UUID(int=5)),
    "digits without end": cursor_of("9" * 600, UUID(int=5)),
    "another spelling of an id": cursor_of(1, UUID(int=5).hex),
    "NUL": _encoded('["1","\\u0000"]'),
    "half a pair": _encoded('["1","\\ud800"]'),
    "not ASCII": "\u0436" * 10,
    "too long": "A" * 1001,
}


@pytest.mark.parametrize("cursor", BAD.values(), ids=BAD)
async def test_a_wrong_cursor_is_422(serve: Serve, cursor: str) -> None:
    client = await serve(router)

    answer = await client.get("/rows", params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e3", "many", ""])
async def test_a_wrong_limit_is_422(serve: Serve, limit: str) -> None:
    client = await serve(router)

    assert (await client.get("/rows", params={"limit": limit})).status_code == 422


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "2026-01-01", "now", ""])
def test_a_time_needs_its_zone(moment: str) -> None:
    with pytest.raises(InvalidCursorError):
        place_of(cursor_of(moment), datetime)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.integers(-(2**63), 2**63 - 1),
    st.datetimes(timezones=st.just(UTC)),
)
def test_a_key_survives_its_cursor(text: str, number: int, moment: datetime) -> None:
    assert place_of(cursor_of(text, number, moment), str, int, datetime) == (text, number, moment)


@given(st.uuids(), st.dates())
def test_ids_and_days_survive_too(some_id: UUID, day: date) -> None:
    assert place_of(cursor_of(some_id, day), UUID, date) == (some_id, day)


@given(st.text())
def test_no_cursor_raises_anything_else(cursor: str) -> None:
    try:
        place_of(cursor, int, datetime, UUID)
    except InvalidCursorError:
        return
