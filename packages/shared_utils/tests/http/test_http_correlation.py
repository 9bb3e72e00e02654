"""A correlation id goes in and comes out, if it is one; hostile ones are replaced."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import APIRouter

from shared_utils.correlation import (
    accepted,
    chosen_id,
    correlated,
    correlation_id,
    current_id,
    new_id,
    trace_id,
)

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"

router = APIRouter()


@router.get("/id")
async def show_id() -> str:
    """Answer the id that the work at hand has."""
    return current_id()


@router.get("/id-in-a-thread")
def show_id_in_a_thread() -> str:
    """Answer the id as a plain function sees it."""
    return current_id()


async def test_an_id_goes_in_and_comes_out(serve: Serve) -> None:
    client = await serve(router)

    for path in ("/v1/id", "/id-in-a-thread"):
        answer = await client.get(path, headers={"X-Correlation-ID": "import-7.a_b"})
        assert answer.headers["x-correlation-id"] == "import-7.a_b"
        assert answer.json() == "import-7.a_b"
    assert correlation_id.get() is None


async def test_a_trace_gives_its_id_unless_there_is_an_own_one(serve: Serve) -> None:
    client = await serve(router)

    traced = await client.get("/id", headers={"traceparent": PARENT})
    both = await client.get("/id", headers={"traceparent": PARENT, "X-Correlation-ID": "mine-1"})

    assert (traced.json(), both.json()) == (TRACE, "mine-1")


async def test_without_an_id_each_request_gets_its_own(serve: Serve) -> None:
    client = await serve(router)

    answers = [await client.get(path) for path in ("/id", "/id", "/nowhere", "/health/live")]

    found = {answer.headers["x-correlation-id"] for answer in answers}
    assert len(found) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in found)


HOSTILE = [
    "",
    " ",
    "a" * 65,
    "a b",
    "a\tb",
    "zoe@example.org",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "-rf",
    ".hidden",
    "a;b",
    "a,b",
    'a"b',
    "a%0d%0aSet-Cookie: x",
    "${jndi:ldap://x}",
    "\u0661\u0662",
    "caf\u00e9",
    "anna.schmidt",
    "Anna-Schmidt",
    "zoe",
    "anna.schmidt1990-example.org",
    "anna1_at_example.org",
    "0170-123-45-67",
    "491701234567",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_id_is_replaced(serve: Serve, value: str) -> None:
    client = await serve(router)

    answer = await client.get("/id", headers=[(b"x-correlation-id", value.encode())])

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-correlation-id"])
    assert answer.json() == answer.headers["x-correlation-id"]


async def test_two_ids_are_none(serve: Serve) -> None:
    client = await serve(router)

    answer = await client.get("/id", headers=[("X-Correlation-ID", "a"), ("X-Correlation-ID", "b")])

    assert answer.json() not in ("a", "b", "a, b")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\0", "\x0b"])
def test_nothing_may_follow_an_id(ending: str) -> None:
    assert accepted("abc") == "abc"
    assert accepted(f"abc{ending}") is None
    assert trace_id(PARENT + ending) is None


PARENTS = {
    PARENT: TRACE,
    f"00-{TRACE}-00f067aa0ba902b7-00": TRACE,
    f"cc-{TRACE}-00f067aa0ba902b7-01-later": TRACE,
    f"00-{TRACE}-00f067aa0ba902b7-01-later": None,
    f"ff-{TRACE}-00f067aa0ba902b7-01": None,
    f"00-{'0' * 32}-00f067aa0ba902b7-01": None,
    f"00-{TRACE}-{'0' * 16}-01": None,
    f"00-{TRACE.upper()}-00f067aa0ba902b7-01": None,
    f"00-{TRACE[:-1]}-00f067aa0ba902b7-01": None,
    f"00-{TRACE}-00f067aa0ba902b7": None,
    "": None,
    "00": None,
}


@pytest.mark.parametrize(("parent", "expected"), PARENTS.items())
def test_a_traceparent_is_read_as_the_standard_says(parent: str, expected: str | None) -> None:
    assert trace_id(parent) == expected


def test_a_block_has_its_id_and_gives_the_outer_one_back() -> None:
    with correlated("outer"):
        with correlated("in ner") as inner:
            assert current_id() == inner
            assert inner not in ("in ner", "outer")
        assert current_id() == "outer"
    assert correlation_id.get() is None


def test_what_is_made_is_acceptable() -> None:
    assert accepted(new_id())
    assert chosen_id(None, None) != chosen_id(None, None)
