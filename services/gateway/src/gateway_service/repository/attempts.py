"""Failed sign-ins by login *and* address, both as keyed hashes."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gateway_service.throttle import FORGET_AFTER, Guess
from shared_schema.tables.auth import LoginAttempt


async def seconds_blocked(session: AsyncSession, guess: Guess) -> float:
    """How long this address still has to wait before it may try this login again; 0 if not."""
    left = func.extract("epoch", LoginAttempt.blocked_until - func.clock_timestamp())
    seconds = (await session.execute(select(left).where(_same(guess)))).scalar_one_or_none()
    return max(0.0, float(seconds or 0))


async def failures_counted(session: AsyncSession, guess: Guess) -> int:
    """How often this address failed at this login in a row, this time included."""
    statement = insert(LoginAttempt).values(
        login_hmac=guess.login, address_hmac=guess.address, failures=1
    )
    again = case(
        (LoginAttempt.last_at < func.now() - FORGET_AFTER, 1), else_=LoginAttempt.failures + 1
    )
    counted = statement.on_conflict_do_update(
        index_elements=[LoginAttempt.login_hmac, LoginAttempt.address_hmac],
        set_={"failures": again, "last_at": func.now()},
    ).returning(LoginAttempt.failures)
    return int((await session.execute(counted)).scalar_one())


async def block(session: AsyncSession, guess: Guess, seconds: float) -> None:
    """Let this address wait before it tries this login again."""
    until = func.clock_timestamp() + timedelta(seconds=seconds)
    await session.execute(update(LoginAttempt).where(_same(guess)).values(blocked_until=until))


async def forget_failures(session: AsyncSession, guess: Guess) -> None:
    """Start counting anew, and drop what is too old to count for anyone."""
    await session.execute(delete(LoginAttempt).where(_same(guess)))
    await session.execute(
        delete(LoginAttempt).where(LoginAttempt.last_at < func.now() - FORGET_AFTER)
    )


def _same(guess: Guess) -> ColumnElement[bool]:
    return and_(LoginAttempt.login_hmac == guess.login, LoginAttempt.address_hmac == guess.address)
