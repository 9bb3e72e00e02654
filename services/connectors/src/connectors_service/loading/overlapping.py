"""Costs of one company and programme whose periods overlap would be counted twice."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from connectors_service.loading.judging import Objection
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Accepted
from connectors_service.rules.codes import Code, Reason
from connectors_service.rules.periods import Period

Group = tuple[Any, ...]
Spans = dict[Group, dict[str, tuple[date, date]]]
"""The days [start, end) of each period, by name, of what must not overlap among each other."""


def overlapping(
    plan: Plan, field: str, group_of: Callable[[Any], Group | None], spans: Spans
) -> Objection:
    """Object to rows whose period overlaps another of their group; the first claim holds.

    New periods are added to `spans`: of a dry run, whose chunks leave no trace, they outlast a
    chunk. The same period again is no overlap: it replaces what was stated.
    """
    header = plan.header_of(field)

    def objection(row: Accepted) -> Reason | None:
        period: Period = getattr(row.record, field)
        group = group_of(row.record)
        if group is None:
            return None
        known = spans.setdefault(group, {})
        others = (
            name for name, days in known.items() if name != period.name and _meet(period, days)
        )
        if other := min(others, default=None):
            message = (
                f"{header} overlaps {other}, for which costs of this company and programme are"
                " stated already; they would count twice. Take one of the two out."
            )
            return Reason(Code.OVERLAP, header, message)
        known[period.name] = period.starts_on, period.ends_on
        return None

    return objection


def _meet(period: Period, days: tuple[date, date]) -> bool:
    return period.starts_on < days[1] and days[0] < period.ends_on


def costs_of(companies: Mapping[str, UUID]) -> Callable[[Any], Group | None]:
    """Group costs by company and programme; None where the company is not known."""

    def group(record: Any) -> Group | None:
        company = companies.get(record.company_id)
        return (company, str(record.program)) if company else None

    return group


def by_group(rows: list[tuple[UUID, str, str, date, date]]) -> Spans:
    """Return stored periods by company and programme."""
    found: Spans = defaultdict(dict)
    for company, program, name, start, end in rows:
        found[company, program][name] = start, end
    return found
