"""Writes what people allow; and the one condition on which a score counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.consent.decisions import Statement
from shared_utils.auth import Caller

_HOLD = text("SELECT FROM pii.persons WHERE person_id = :person FOR NO KEY UPDATE")

_STATEMENTS = text("""
    SELECT person_id, purpose, revision, state, effective_at, created_at FROM program.consents
    WHERE person_id = :person AND purpose = :purpose ORDER BY revision
""")

_ADD = text("""
    INSERT INTO program.consents
        (person_id, purpose, revision, state, effective_at, recorded_by, recorded_role, basis,
         text_version, created_at)
    VALUES (:person, :purpose, :revision, :state, :effective_at, :actor, :role, :basis,
        :text_version, clock_timestamp())
""")
"""Its own moment, not the transaction's start: a merge that ended meanwhile came before."""


async def hold_person(session: AsyncSession, person_id: UUID) -> None:
    """Let statements of one person follow each other."""
    await session.execute(_HOLD, {"person": person_id})


async def statements_of(session: AsyncSession, person_id: UUID, purpose: str) -> list[Statement]:
    """What a source person said of a purpose, in the order in which it was recorded."""
    found = await session.execute(_STATEMENTS, {"person": person_id, "purpose": purpose})
    return [Statement(*row) for row in found]


async def add_statement(
    session: AsyncSession,
    said: tuple[UUID, str, int, str, datetime],
    caller: Caller,
    basis: str,
    text_version: int,
) -> None:
    """Record (person, purpose, revision, state, effective at); triggers settle what it comes to."""
    person, purpose, revision, state, effective_at = said
    bound = {
        "person": person,
        "purpose": purpose,
        "revision": revision,
        "state": state,
        "effective_at": effective_at,
        "actor": caller.subject,
        "role": caller.role,
        "basis": basis,
        "text_version": text_version,
    }
    await session.execute(_ADD, bound)


def scores_that_count(score: str) -> str:
    """The condition, as SQL, that a score of the alias `score` counts in any figure or profile.

    A score of someone who refuses to be scored never does, nor one of a merged person of whom one
    part refuses. Who said nothing is scored (decision 0017). Every statement that reads
    `insight.outcome_scores` for a figure says it, also where row security would say it too.
    """
    return (
        "NOT EXISTS (SELECT FROM program.consents_in_force refused"
        f" WHERE refused.person_id = {score}.person_id AND refused.purpose = 'scoring'"
        " AND NOT refused.in_force)"
    )


def words_that_show(author: str) -> str:
    """The condition, as SQL, that words whose author is `author` may be shown to a company."""
    return (
        "EXISTS (SELECT FROM program.consents_in_force agreed"
        f" WHERE agreed.person_id = {author} AND agreed.purpose = 'evidence' AND agreed.in_force)"
    )
