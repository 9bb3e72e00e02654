"""The correlation id that ties a request to its rows, events, logs and answers."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Correlation-ID"
"""The header, in HTTP and NATS alike, that carries the id."""

MAX_LENGTH = 64

_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PHONE = re.compile(r"(?:[._-]?[0-9]){7,15}", re.ASCII)
_TRACEPARENT = re.compile(
    r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII
)

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def new_id() -> str:
    """A fresh correlation id: 32 hexadecimal digits, the form of a W3C trace id."""
    return uuid.uuid4().hex


def current_id() -> str:
    """The id of the work at hand; outside any, a new one that stays set from now on."""
    found = correlation_id.get()
    if found is None:
        found = new_id()
        correlation_id.set(found)
    return found


def accepted(value: str | None) -> str | None:
    """`value` if it may be used as a correlation id, else None.

    Up to 64 ASCII letters, digits, `.`, `_`, `-`: safe in a header, a log line and a file name.
    """
    return value if value is not None and _ACCEPTED.fullmatch(value) else None


def told_id(value: str | None) -> str | None:
    """`value` if a stranger may name a request so, else None: it is kept where no person may be.

    It must hold a digit, as names of people don't, end in no domain, and be no phone number.
    """
    found = accepted(value)
    if found is None or not any(sign.isdigit() for sign in found):
        return None
    return None if _PHONE.fullmatch(found) or _ends_in_domain(found) else found


def _ends_in_domain(value: str) -> bool:
    _, dot, last = value.rpartition(".")
    return bool(dot) and len(last) > 1 and last.isalpha()


def trace_id(traceparent: str | None) -> str | None:
    """The trace id of a W3C `traceparent` header, or None if it is malformed or all zero."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None or not _is_valid_trace(match):
        return None
    return match[2]


def _is_valid_trace(match: re.Match[str]) -> bool:
    version, trace, parent, _, tail = match.groups()
    if version == "ff" or (version == "00" and tail):
        return False
    return bool(trace.strip("0")) and bool(parent.strip("0"))


def chosen_id(header: str | None, traceparent: str | None) -> str:
    """The id for an incoming request: its own if it tells of nobody, its trace's, or a new one."""
    return told_id(header) or trace_id(traceparent) or new_id()


@contextmanager
def correlated(value: str | None = None) -> Iterator[str]:
    """Bind `value`, or a new id where it is missing or unacceptable, for the block."""
    chosen = accepted(value) or new_id()
    token = correlation_id.set(chosen)
    try:
        yield chosen
    finally:
        correlation_id.reset(token)
