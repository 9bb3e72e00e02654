"""Log lines: one JSON object each, tied to a request, and without what people wrote."""

import json
import logging
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from shared_utils import log
from shared_utils.correlation import correlated


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    log.configure("profile", "INFO")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield read
    log.configure("test", "WARNING")


def written(lines: Any, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lines()
    assert len(found) == count
    return found


def test_a_line_says_who_when_what_and_for_which_request(lines: Any) -> None:
    with correlated("request-1"):
        log.get_logger("profile_service.routes").info("served", ms=3)

    [line] = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "served",
        "level": "info",
        "logger": "profile_service.routes",
        "service": "profile",
        "correlation_id": "request-1",
        "ms": 3,
    }


@pytest.mark.parametrize(
    "value",
    [
        "ann@example.org",
        "<Ann.B+tag@Example.ORG>, hi",
        "user%40example.org",
        "ann\uff20example.org",
        "nats://user:secret@127.0.0.1:4222",
        ["fine", {"deep": "ann@example.org"}],
        {"ann@example.org": 1},
        ("a", {"ann@example.org"}),
        b"ann@example.org",
    ],
)
def test_nothing_that_looks_like_an_address_is_written(lines: Any, value: Any) -> None:
    log.get_logger("x").info("seen", value=value)
    logging.getLogger("other.library").warning("seen %s", value)

    for line in written(lines, 2):
        said = json.dumps(line, ensure_ascii=False)
        assert "example" not in said.lower()
        assert "secret@" not in said


def test_a_failure_is_written_as_class_and_places_without_its_words(lines: Any) -> None:
    try:
        raise ValueError("Ann wrote a poem")
    except ValueError:
        log.get_logger("x").exception("failed")
        logging.getLogger("other.library").exception("failed too")

    for line in written(lines, 2):
        assert line["error"] == "ValueError"
        assert line["trace"][-1].endswith("without_its_words")
        assert "poem" not in json.dumps(line)


def test_a_database_failure_is_written_with_its_code(lines: Any) -> None:
    failure = psycopg.errors.UniqueViolation("Key (email)=(ann) already exists")

    log.get_logger("x").warning("failed", exc_info=failure)

    [line] = lines()
    assert line["error"] == "UniqueViolation 23505"
    assert "ann" not in json.dumps(line)


def test_what_is_below_the_level_is_not_written(lines: Any) -> None:
    log.get_logger("x").debug("noise")
    logging.getLogger("httpx").info("GET http://x/?q=ann")

    assert lines() == []


def test_a_long_value_is_cut(lines: Any) -> None:
    log.get_logger("x").info("seen", value="x" * 1_000_000)

    [line] = lines()
    assert len(line["value"]) < 5000


UNCONFIGURED = """
from shared_utils.log import get_logger
def fail(planted):
    raise ValueError(planted)
try:
    fail("Anna")
except ValueError:
    get_logger("x").exception("not loaded", sent_to="zoe@example.org")
"""


def test_a_process_that_configured_nothing_shows_no_locals() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCONFIGURED], capture_output=True, text=True, check=True
    )

    assert "not loaded" in done.stdout
    assert "ValueError" in done.stdout
    assert "Anna" not in done.stdout + done.stderr
    assert "zoe" not in done.stdout + done.stderr
