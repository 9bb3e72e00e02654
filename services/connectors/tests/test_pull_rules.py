"""The decisions of a pull by their values: next page, cursor, records, schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError

from connectors_service.pulling.definition import Definition, Incremental
from connectors_service.pulling.errors import (
    LeadsElsewhereError,
    PullTooLargeError,
    SourceRepeatsError,
    UnreadablePageError,
)
from connectors_service.pulling.fetching import Answer
from connectors_service.pulling.pages import step
from connectors_service.pulling.paging import (
    Page,
    Place,
    at,
    first_place,
    next_link,
    next_place,
    parameters,
)
from connectors_service.pulling.schedule import RETRIES, next_due, retry_at
from connectors_service.pulling.since import asked_since, greatest
from connectors_service.pulling.state import Cursor, Pull

BASE = "https://api.partner.example"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def defined(**members: Any) -> Definition:
    return Definition.model_validate({"base_url": BASE, **members})


def page(records: int = 1, body: Any = None, link: str = "", url: str = BASE + "/a") -> Page:
    return Page([{"n": n} for n in range(records)], body, link, httpx.URL(url))


NUMBERED: dict[str, Any] = {"style": "page"}
CURSOR = {"style": "cursor", "next": "/next"}
LINK = {"style": "link"}
IN_BODY = {"style": "link", "next": "/links/next"}


@pytest.mark.parametrize(
    ("pages", "place", "found", "expected"),
    [
        ({"style": "none"}, Place(), page(), None),
        (NUMBERED, Place(1), page(5), Place(2)),
        (NUMBERED, Place(1), page(0), None),
        ({**NUMBERED, "step": 50, "first": 0}, Place(50), page(1), Place(100)),
        ({**NUMBERED, "ends": "short", "size": 5}, Place(1), page(5), Place(2)),
        ({**NUMBERED, "ends": "short", "size": 5}, Place(1), page(4), None),
        ({**NUMBERED, "ends": "missing"}, Place(3), page(1), Place(4)),
        ({**NUMBERED, "last_page": "/p"}, Place(1), page(1, {"p": 2}), Place(2)),
        ({**NUMBERED, "last_page": "/p"}, Place(2), page(1, {"p": "2"}), None),
        ({**NUMBERED, "more": "/m"}, Place(1), page(1, {"m": True}), Place(2)),
        ({**NUMBERED, "more": "/m"}, Place(1), page(1, {"m": False}), None),
        ({**NUMBERED, "more": "/m"}, Place(1), page(1, {}), None),
        (CURSOR, Place(), page(1, {"next": "abc"}), Place(token="abc")),
        (CURSOR, Place(), page(1, {"next": 17}), Place(token="17")),
        (CURSOR, Place(), page(0, {"next": "abc"}), Place(token="abc")),
        (CURSOR, Place(), page(1, {"next": None}), None),
        (CURSOR, Place(), page(1, {"next": ""}), None),
        (CURSOR, Place(), page(1, {"next": False}), None),
        (CURSOR, Place(), page(1, {}), None),
        (CURSOR, Place(), page(1, ["x"]), None),
        ({**CURSOR, "more": "/more"}, Place(), page(1, {"next": "a", "more": "false"}), None),
        (LINK, Place(), page(link='</b?x=1>; rel="next"'), Place(token=BASE + "/b?x=1")),
        (
            LINK,
            Place(),
            page(link='</a>; rel=prev, </c>; rel="last next"'),
            Place(token=BASE + "/c"),
        ),
        (LINK, Place(), page(link='</a>; rel="prev"'), None),
        (LINK, Place(), page(), None),
        (IN_BODY, Place(), page(1, {"links": {"next": BASE + "/d#x"}}), Place(token=BASE + "/d")),
        (IN_BODY, Place(), page(1, {"links": {"next": None}}), None),
    ],
)
def test_what_page_comes_next(
    pages: dict[str, Any], place: Place, found: Page, expected: Place | None
) -> None:
    assert next_place(defined(pagination=pages), place, found) == expected


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://api.partner.example/",
        BASE + ":444/",
        "http://[",
    ],
)
def test_the_next_page_lies_on_the_same_host(target: str) -> None:
    with pytest.raises(LeadsElsewhereError):
        next_place(defined(pagination=LINK), Place(), page(link=f'<{target}>; rel="next"'))


def test_the_secret_is_not_kept_in_a_link() -> None:
    definition = defined(pagination=LINK, auth={"kind": "query", "parameter": "api_key"})

    found = next_place(definition, Place(), page(link='</b?api_key=s3cret&p=2>; rel="next"'))

    assert found == Place(token=BASE + "/b?p=2")


@pytest.mark.parametrize(
    ("pages", "body"),
    [
        ({**NUMBERED, "last_page": "/p"}, {"p": "many"}),
        ({**NUMBERED, "last_page": "/p"}, {}),
        (CURSOR, {"next": {"a": 1}}),
        (CURSOR, {"next": "x" * 9000}),
    ],
)
def test_an_answer_that_says_no_next_page_is_a_problem(pages: dict[str, Any], body: Any) -> None:
    with pytest.raises(UnreadablePageError):
        next_place(defined(pagination=pages), Place(1), page(1, body))


def test_what_is_sent_for_a_page() -> None:
    sized = defined(
        params={"fields": "all"}, pagination={**NUMBERED, "size_parameter": "n", "size": 9}
    )
    cursor = defined(pagination={**CURSOR, "parameter": "after"})

    assert parameters(sized, first_place(sized)) == {"fields": "all", "page": 1, "n": 9}
    assert parameters(cursor, Place()) == {}
    assert parameters(cursor, Place(token="t")) == {"after": "t"}
    assert parameters(defined(pagination=LINK, params={"a": "b"}), Place(token=BASE)) == {}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [("", {"a": [1, {"b/c": 2, "~": 3}]}), ("/a/0", 1), ("/a/1/b~1c", 2), ("/a/1/~0", 3)]
    + [
        (pointer, "none") for pointer in ("/b", "/a/2", "/a/x", "/a/-1", "/a/0/0", "/a/99999999999")
    ],
)
def test_a_json_pointer_leads_where_it_says(pointer: str, expected: Any) -> None:
    assert at({"a": [1, {"b/c": 2, "~": 3}]}, pointer, "none") == expected


def test_link_headers_are_read() -> None:
    assert next_link("") is None
    assert next_link('<https://a/>; title="x, y"; rel="next"') == "https://a/"


def rule(kind: str, **more: Any) -> Incremental:
    return Incremental.model_validate({"field": "/at", "parameter": "since", "kind": kind, **more})


@pytest.mark.parametrize(
    ("kind", "values", "seen", "expected"),
    [
        (
            "time",
            ["2026-01-02T00:00:00Z", "2026-01-02T03:00:00+05:00"],
            None,
            "2026-01-02T00:00:00Z",
        ),
        ("time", ["2026-01-02", "nonsense", None, True, {}], None, "2026-01-02T00:00:00Z"),
        ("time", ["2025-01-01"], "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("time", ["2999-01-01", "2026-11-22T11:00:00Z"], None, "2026-11-22T11:00:00Z"),
        ("time", [], None, None),
        ("number", [9, "10", 2.5], None, "10"),
        ("number", [1], "12345678901234567890123", "12345678901234567890123"),
        ("number", ["NaN", "Infinity", "1e999"], None, None),
        ("text", ["b", "a"], None, "b"),
    ],
)
def test_the_greatest_value_is_remembered(
    kind: str, values: list[Any], seen: str | None, expected: str | None
) -> None:
    assert greatest(rule(kind), [{"at": value} for value in values], seen, NOW) == expected


@pytest.mark.parametrize(
    ("incremental", "seen", "expected"),
    [
        (rule("time"), "2026-01-02T00:00:00Z", "2026-01-01T23:55:00Z"),
        (rule("time", overlap=0), "2026-01-02T00:00:00.250Z", "2026-01-02T00:00:00.250000Z"),
        (rule("date", overlap=86400), "2026-01-02T09:00:00Z", "2026-01-01"),
        (rule("number", overlap=5), "100", "95"),
        (rule("text"), "abc", "abc"),
        (rule("time"), None, None),
        (rule("time", initial="2020-01-01"), None, "2020-01-01"),
        (rule("time", initial="2020-01-01"), "nonsense", "2020-01-01"),
        (rule("time"), "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_the_next_pull_asks_a_little_before(
    incremental: Incremental, seen: str | None, expected: str | None
) -> None:
    assert asked_since(incremental, seen, NOW) == expected


@pytest.mark.parametrize(
    ("every", "passed", "expected"),
    [(None, 5, None), (60, 0, 60), (60, 59, 60), (60, 60, 120), (60, 3601, 3660), (60, -10, 60)],
)
def test_missed_runs_are_not_made_up(every: int | None, passed: int, expected: int | None) -> None:
    due = next_due(NOW, every, NOW + timedelta(seconds=passed))

    assert due == (None if expected is None else NOW + timedelta(seconds=expected))


def test_a_failed_pull_waits_longer_each_time_and_not_for_ever() -> None:
    waits = [retry_at(failures, None, NOW) for failures in range(1, RETRIES + 2)]

    assert waits[-1] is None
    seconds = [(wait - NOW).total_seconds() for wait in waits if wait]
    for wait, expected in zip(seconds, (60, 120, 240, 480, 960), strict=True):
        assert 0.8 * expected <= wait <= 1.2 * expected
    assert retry_at(1, 30.0, NOW) == NOW + timedelta(seconds=30)
    assert retry_at(1, 1e9, NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", "new"),
        ("undone", "new"),
        ("failed", "old"),
        ("cancelled", "old"),
        (None, "old"),
    ],
)
def test_only_a_completed_import_moves_the_cursor(status: str | None, expected: str) -> None:
    waiting = Cursor("old", None, UUID(int=1), "new")

    assert waiting.settled(status) == Cursor(expected)


def answer(records: str) -> Answer:
    return Answer("application/json", "", records.encode(), httpx.URL(BASE))


def test_what_slid_to_the_next_page_is_kept_once() -> None:
    definition, begun = defined(pagination=NUMBERED), Pull(UUID(int=1), Place(1), None, None)

    first = step(definition, begun, answer('[{"n": 4}, {"n": 3}]'), NOW, 1000).pull
    second = step(definition, first, answer('[{"n": 3}, {"n": 2}]'), NOW, 1000).pull

    assert (first.records, second.records, second.asked) == (2, 3, 2)


def test_a_page_that_comes_again_is_kept_once_and_not_for_ever() -> None:
    definition, begun = defined(pagination=NUMBERED), Pull(UUID(int=1), Place(1), None, None)
    same = answer('[{"n": 1}]')

    again = step(definition, step(definition, begun, same, NOW, 1000).pull, same, NOW, 1000)

    assert (again.pull.records, again.pieces, again.pull.place) == (1, [], Place(3))
    with pytest.raises(SourceRepeatsError):
        step(definition, again.pull, same, NOW, 1000)


def test_all_pages_together_have_a_limit() -> None:
    with pytest.raises(PullTooLargeError, match="WAYMARK_IMPORT_MAX_BYTES"):
        step(defined(), Pull(UUID(int=1), Place(), None, None), answer('[{"n": 1}]'), NOW, 5)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("path", "no-slash"),
        ("path", "//evil.example"),
        ("path", "/a?b=c"),
        ("records", "data"),
        ("records", "/a~2"),
        ("headers", {"Host": "x"}),
        ("headers", {"authorization": "x"}),
        ("headers", {"X A": "x"}),
        ("headers", {"X": "a\r\nb"}),
        ("auth", {"kind": "header", "name": "Host"}),
        ("auth", {"kind": "header", "name": "a b"}),
        ("auth", {"kind": "basic", "username": "a:b"}),
        ("auth", {"kind": "magic"}),
        ("pagination", {"style": "page", "ends": "short"}),
        ("pagination", {"style": "cursor", "next": ""}),
        ("pagination", {"style": "cursor", "next": "/n", "size_parameter": "n"}),
        ("pagination", {"style": "page", "unknown": 1}),
        ("incremental", {"field": "", "parameter": "since"}),
        ("per_second", 0),
        ("timeout_seconds", 0.1),
        ("method", "DELETE"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(member: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        defined(**{member: value})


def test_a_definition_is_kept_as_it_was_given() -> None:
    definition = defined(path="/a b/ü", auth={"kind": "bearer"}, pagination=NUMBERED)

    assert definition.path == "/a%20b/%C3%BC"
    assert Definition.model_validate(definition.stored()) == definition
