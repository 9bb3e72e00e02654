"""Which failures say something about an event, and which only about the moment."""

import asyncio

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared_utils.errors import TemporaryError, WaymarkError
from shared_utils.log import error_name

_OF_THE_MOMENT = (
    ConnectionError,
    TimeoutError,
    asyncio.TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    psycopg.InterfaceError,
    TemporaryError,
)

_SQLSTATES = ("08", "40", "53", "57P", "58", "25006")
"""Connection, serialization and deadlock, resources, shutdown, system, a server in recovery.

A statement that was cancelled (57014) or waited too long for a lock (55P03) is not among them: an
event that is too heavy fails so each time.
"""


def is_transient(failure: BaseException) -> bool:
    """Whether the same event may well succeed in a moment, so that trying is not counted."""
    if isinstance(failure, _OF_THE_MOMENT):
        return True
    if isinstance(failure, DBAPIError):
        return failure.connection_invalidated or is_transient(failure.orig or Exception())
    if isinstance(failure, psycopg.Error):
        return _is_transient_state(failure)
    return False


def _is_transient_state(failure: psycopg.Error) -> bool:
    if failure.sqlstate is None:
        return isinstance(failure, psycopg.OperationalError)
    return failure.sqlstate.startswith(_SQLSTATES)


def reason(failure: BaseException) -> str:
    """A failure in words that hold nothing of the event: its class, code, and place in our code."""
    place = failure.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" in {place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else ""
    said = f": {failure.detail}" if isinstance(failure, WaymarkError) and failure.detail else ""
    return f"{error_name(failure)}{said}{where}"


def back_off(failures: int, *, first: float = 0.1, most: float = 1.0) -> float:
    """Seconds to wait after so many failures in a row: doubling from `first`, never over `most`."""
    return min(most, first * float(2 ** min(max(failures - 1, 0), 20)))
