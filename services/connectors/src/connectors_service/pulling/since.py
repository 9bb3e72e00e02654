"""The incremental cursor: the greatest value seen, and what to ask for the next time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors_service.pulling.definition import Incremental
from connectors_service.pulling.paging import at

AHEAD = timedelta(days=1)
"""How far in the future a time may lie to count: one wrong date must not end all later pulls."""

_MAX_CHARS = 200


def greatest(
    rule: Incremental, records: Iterable[dict[str, Any]], seen: str | None, now: datetime
) -> str | None:
    """Return the greatest value among the records and `seen`; values that cannot be are passed."""
    best = comparable(rule, seen, now)
    for record in records:
        value = comparable(rule, at(record, rule.field), now)
        if value is not None and (best is None or value > best):
            best = value
    return None if best is None else _written(best)


def comparable(rule: Incremental, value: Any, now: datetime) -> Any:
    """Return a value in the form in which it compares; None if it is none of its kind."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    text = str(value).strip()[:_MAX_CHARS]
    if rule.kind in ("time", "date"):
        moment = _moment(text)
        return moment if moment and moment <= now + AHEAD else None
    return _number(text) if rule.kind == "number" else text or None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 40 else None


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def asked_since(rule: Incremental, seen: str | None, now: datetime) -> str | None:
    """Return what to send: the greatest value seen less the overlap, else the initial one."""
    value = comparable(rule, seen, now)
    if value is None:
        return rule.initial
    if isinstance(value, datetime):
        earlier = _earlier(value, rule.overlap)
        return earlier.date().isoformat() if rule.kind == "date" else _written(earlier)
    return _written(value - rule.overlap if isinstance(value, Decimal) else value)


def _earlier(moment: datetime, seconds: int) -> datetime:
    try:
        return moment - timedelta(seconds=seconds)
    except OverflowError:
        return moment
