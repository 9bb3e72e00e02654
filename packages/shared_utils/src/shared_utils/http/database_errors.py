"""What a failure of the database means to whoever sent the request."""

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared_utils.errors import (
    ConflictError,
    UnavailableError,
    UnprocessableError,
    WaymarkError,
)

RETRY_AFTER_SECONDS = 2

_CONFLICTS = frozenset({"23503", "23505", "23P01"})
_CHECK_VIOLATION = "23514"


class DatabaseUnavailableError(UnavailableError):
    """The database is down, restarting, overloaded, or asks to try again."""

    type = "database-unavailable"
    title = "The database is unavailable for the moment"
    default_retry_after = RETRY_AFTER_SECONDS


class OutOfRangeError(UnprocessableError):
    """A value passed every rule but is more than the database can hold."""

    type = "value-out-of-range"
    title = "A value is out of range"
    default_detail = "A value is too large, too long, or holds characters that cannot be stored."


class AlreadyExistsError(ConflictError):
    """Someone else wrote the same thing at the same time, or removed what this refers to."""

    type = "concurrent-change"
    title = "This was changed at the same time"
    default_detail = "Read the present state and try again."


def translated(failure: SQLAlchemyError | psycopg.Error) -> WaymarkError | None:
    """The expected failure behind a database error, or None if it is a defect of ours."""
    if isinstance(failure, PoolTimeoutError):
        return DatabaseUnavailableError()
    if isinstance(failure, DBAPIError) and failure.connection_invalidated:
        return DatabaseUnavailableError()
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    return _of_cause(cause) if isinstance(cause, psycopg.Error) else None


def _of_cause(cause: psycopg.Error) -> WaymarkError | None:
    state = cause.sqlstate or ""
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnavailableError()
    if state in _CONFLICTS:
        return AlreadyExistsError()
    # psycopg itself refuses NUL in a text, without a state.
    if isinstance(cause, psycopg.DataError) or state == _CHECK_VIOLATION:
        return OutOfRangeError()
    return None
