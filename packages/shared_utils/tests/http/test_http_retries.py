"""Whether to call again, after how long, and when to leave a host alone: tables and a clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_utils.client import Breaker, CircuitOpenError, State
from shared_utils.client.retries import may_repeat, retry_after_seconds

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)

RETRY_AFTER = {
    "0": 0.0,
    "7": 7.0,
    " 7 ": 7.0,
    "120": 120.0,
    "9" * 400: 999_999_999.0,
    "Fri, 20 Nov 2026 12:00:30 GMT": 30.0,
    "Fri, 20 Nov 2026 11:00:00 GMT": 0.0,
    "Fri, 20 Nov 2026 13:00:30 +0100": 30.0,
    "Fri, 20 Nov 2026 12:00:30 -0000": 30.0,
    "Friday, 20-Nov-26 12:00:30 GMT": 30.0,
    "": None,
    "-1": None,
    "1.5": None,
    "soon": None,
    "\u0667": None,
    "Fri, 99 Nov 2026 12:00:30 GMT": None,
    "Fri, 20 Nov 99999999999 12:00:30 GMT": None,
}


@pytest.mark.parametrize(("value", "expected"), RETRY_AFTER.items())
def test_retry_after_is_read_in_both_forms(value: str, expected: float | None) -> None:
    assert retry_after_seconds(value, NOW) == expected


def test_no_header_asks_for_nothing() -> None:
    assert retry_after_seconds(None, NOW) is None


@given(st.text())
def test_no_header_raises(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", {}, True),
        ("get", {}, True),
        ("PUT", {}, True),
        ("DELETE", {}, True),
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("POST", {"IDEMPOTENCY-KEY": "k"}, True),
        ("POST", {"X-Idempotency-Key": "k"}, False),
    ],
)
def test_only_what_may_happen_twice_is_repeated(
    method: str, headers: dict[str, str], expected: bool
) -> None:
    assert may_repeat(method, headers) is expected


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_opens_at_the_limit_of_failures_in_a_row() -> None:
    breaker = Breaker(failures=3, open_seconds=5.0, clock=Clock())
    for _ in range(2):
        breaker.admit()
        breaker.failed()
    breaker.admit()
    breaker.succeeded()
    for _ in range(2):
        breaker.admit()
        breaker.failed()
    assert breaker.state.value == "closed"

    breaker.failed()

    assert breaker.state.value == "open"
    with pytest.raises(CircuitOpenError):
        breaker.admit()


def test_a_trial_decides_whether_it_closes_or_opens_for_as_long_again() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, open_seconds=5.0, clock=clock)
    breaker.admit()
    breaker.failed()
    clock.now += 5.0
    assert breaker.state.value == "half_open"
    breaker.admit()
    with pytest.raises(CircuitOpenError):
        breaker.admit()
    breaker.failed()
    assert breaker.state.value == "open"

    clock.now += 5.0
    breaker.admit()
    breaker.succeeded()

    assert breaker.state is State.CLOSED
    breaker.admit()


def test_late_failures_of_earlier_calls_do_not_open_it_longer() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, open_seconds=5.0, clock=clock)
    breaker.failed()
    clock.now += 4.0
    breaker.failed()
    clock.now += 1.0

    assert breaker.state is State.HALF_OPEN
