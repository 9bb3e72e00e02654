"""Retention looks back at the period before."""

from datetime import date

from profile_service.periods import Period


def before(period: Period) -> Period:
    """The period of the same length that ends where this one begins."""
    first = period.first_day
    months = first.year * 12 + first.month - 1 - period.months
    begins = date(months // 12, months % 12 + 1, 1)
    return Period(f"before {period.label}", period.months, begins, first)
