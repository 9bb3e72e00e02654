"""Periods are calendar months, quarters and years in the programme's time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from profile_service.errors import UnknownPeriodError
from profile_service.periods import parse_period

UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("label", "first_day", "next_day"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-03", date(2026, 3, 1), date(2026, 4, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
    ],
)
def test_a_label_names_its_days(label: str, first_day: date, next_day: date) -> None:
    period = parse_period(label)

    assert (period.first_day, period.next_day) == (first_day, next_day)
    assert period.is_quarter is ("Q" in label)


@pytest.mark.parametrize(
    "label",
    [
        *("", "26", "latest", "2026-01-01", "2026W05", "٢٠٢٦"),
        *("2026-Q5", "2026-Q0", "2026-q1", "2026-Q1 ", "2026-Q1\n"),
        *("2026-13", "2026-00", "2026-1", "0000", "0999-01", "9999"),
    ],
)
def test_what_is_no_period_is_refused(label: str) -> None:
    with pytest.raises(UnknownPeriodError):
        parse_period(label)


def test_a_period_begins_at_midnight_of_the_programmes_zone() -> None:
    start, end = parse_period("2026-03").bounds(ZoneInfo("Europe/Oslo"))

    assert start.astimezone(UTC) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 3, 31, 22, tzinfo=UTC)


def test_a_period_closes_by_itself_thirty_days_after_its_end() -> None:
    march, end = parse_period("2026-03"), datetime(2026, 4, 1, tzinfo=UTC)
    almost = end + timedelta(days=30) - timedelta(microseconds=1)

    assert not march.is_over(end - timedelta(microseconds=1), UTC_ZONE)
    assert march.is_over(end, UTC_ZONE)
    assert not march.closes_by_itself(almost, UTC_ZONE)
    assert march.closes_by_itself(end + timedelta(days=30), UTC_ZONE)
