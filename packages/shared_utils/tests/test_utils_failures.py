"""What is tried again without counting, and what is said of a failure."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared_utils.bus import BusUnavailableError
from shared_utils.consume.failures import back_off, is_transient, reason
from shared_utils.errors import ConflictError, UnavailableError


def wrapped(failure: psycopg.Error) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, failure)


@pytest.mark.parametrize(
    ("failure", "transient"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (PoolTimeoutError(), True),
        (BusUnavailableError(), True),
        (UnavailableError(), True),
        (psycopg.OperationalError("server closed the connection"), True),
        (errors.SerializationFailure(), True),
        (errors.DeadlockDetected(), True),
        (errors.AdminShutdown(), True),
        (errors.DiskFull(), True),
        (errors.TooManyConnections(), True),
        (errors.ReadOnlySqlTransaction(), True),
        (wrapped(errors.DeadlockDetected()), True),
        (wrapped(psycopg.OperationalError()), True),
        (errors.QueryCanceled(), False),
        (errors.LockNotAvailable(), False),
        (errors.UniqueViolation(), False),
        (wrapped(errors.UniqueViolation()), False),
        (errors.NumericValueOutOfRange(), False),
        (FileNotFoundError(), False),
        (ValueError(), False),
        (KeyError(), False),
        (ConflictError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_failures_of_the_moment_are_not_counted(failure: Exception, transient: bool) -> None:
    assert is_transient(failure) is transient


def test_a_reason_says_class_code_and_place_and_no_words() -> None:
    def handle() -> None:
        raise errors.UniqueViolation("Key (email)=(ann) already exists")

    with pytest.raises(errors.UniqueViolation) as caught:
        handle()

    said = reason(caught.value)
    assert said.startswith("UniqueViolation 23505 in ")
    assert "handle" in said
    assert "ann" not in said


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0.1), (1, 0.1), (2, 0.2), (4, 0.8), (5, 1.0), (10_000, 1.0)]
)
def test_pauses_grow_to_a_limit(failures: int, seconds: float) -> None:
    assert back_off(failures) == pytest.approx(seconds)
