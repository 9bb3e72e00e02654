"""Everything that is held about a person, store by store, each as rows of JSON."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.facts import Json

_OF_PERSON = """
    SELECT to_jsonb(t) FROM {table} t WHERE t.{column} = {mine}
"""

_OF_TWO = """
    SELECT to_jsonb(t) FROM {table} t WHERE t.{column} = {mine} OR t.{other} = {mine}
"""

_OF_MATCH = """
    SELECT to_jsonb(t) FROM {table} t JOIN program.buddy_matches m USING (match_id)
    WHERE m.participant_id = {mine} OR m.buddy_id = {mine}
"""

_RATINGS = """
    SELECT to_jsonb(t) FROM {table} t JOIN program.kintell_sessions s USING (session_id)
    WHERE s.participant_id = {mine} OR s.volunteer_id = {mine}
"""

_OF_FACT = """
    SELECT to_jsonb(t) FROM insight.profile_facts f
    JOIN insight.projection_state s ON s.name = 'profile' AND s.active_generation = f.generation
    JOIN {table} t ON t.fact_type = f.fact_type AND t.fact_id = f.fact_id
    WHERE f.participant_id = {mine} OR f.volunteer_id = {mine}
"""

_OF_SCORE = """
    SELECT to_jsonb(t) FROM {table} t JOIN insight.outcome_scores o USING (score_id)
    WHERE o.person_id = {mine}
"""

_EVIDENCE = """
    SELECT to_jsonb(t) || jsonb_build_object('dimension', o.dimension,
        'sentence', substr(w.body, t.start_at + 1, t.end_at - t.start_at))
    FROM {table} t JOIN insight.outcome_scores o USING (score_id)
    LEFT JOIN pii.texts w ON w.text_id = t.text_id
    WHERE o.person_id = {mine}
"""

_PROFILE_FACTS = """
    SELECT to_jsonb(t) FROM {table} t
    JOIN insight.projection_state s ON s.name = 'profile' AND s.active_generation = t.generation
    WHERE t.participant_id = {mine} OR t.volunteer_id = {mine}
"""


def _query(shape: str, table: str, column: str = "person_id", other: str = "") -> TextClause:
    mine = "ANY(CAST(:sources AS uuid[]))"
    return text(shape.format(table=table, column=column, other=other, mine=mine))


STORES: Mapping[str, TextClause] = {
    "persons": _query(_OF_PERSON, "pii.persons"),
    "external_ids": _query(_OF_PERSON, "pii.external_ids"),
    "platform_accounts": _query(_OF_PERSON, "pii.platform_accounts"),
    "enrollments": _query(_OF_PERSON, "program.program_enrollments"),
    "company_memberships": _query(_OF_PERSON, "program.company_users"),
    "sessions": _query(_OF_TWO, "program.kintell_sessions", "participant_id", "volunteer_id"),
    "session_ratings": _query(_RATINGS, "program.kintell_ratings"),
    "buddy_matches": _query(_OF_TWO, "program.buddy_matches", "participant_id", "buddy_id"),
    "buddy_events": _query(_OF_MATCH, "program.buddy_events"),
    "buddy_checkins": _query(_OF_MATCH, "program.buddy_checkins"),
    "buddy_feedback": _query(_OF_MATCH, "program.buddy_feedback"),
    "courses": _query(_OF_PERSON, "program.learning_progress"),
    "credentials": _query(_OF_PERSON, "program.credentials"),
    "fact_details": _query(_OF_FACT, "pii.fact_details"),
    "counts_for_companies": _query(_OF_FACT, "program.attributions"),
    "texts": _query(_OF_PERSON, "pii.texts"),
    "scores": _query(_OF_PERSON, "insight.outcome_scores"),
    "score_overrides": _query(_OF_SCORE, "insight.score_overrides"),
    "evidence": _query(_EVIDENCE, "insight.evidence_snippets"),
    "profile_facts": _query(_PROFILE_FACTS, "insight.profile_facts"),
    "profiles": _query(_OF_PERSON, "insight.profiles"),
    "flags": _query(_OF_PERSON, "insight.profile_flags"),
    "milestones": _query(_OF_PERSON, "insight.milestones"),
    "consents": _query(_OF_PERSON, "program.consents"),
    "consents_in_force": _query(_OF_PERSON, "program.consents_in_force"),
    "merged_into": _query(_OF_PERSON, "program.canonical_persons", "source_id"),
    "merges": _query(_OF_TWO, "program.person_merges", "keep_id", "merged_id"),
    "possible_duplicates": _query(_OF_TWO, "pii.duplicate_candidates", "left_id", "right_id"),
    "access_log": _query(_OF_PERSON, "insight.access_log"),
}
"""The stores that profile itself may read, by the name of their file."""

_ELSEWHERE = text("""
    SELECT store, item FROM pii.held_elsewhere(CAST(:sources AS uuid[])) ORDER BY store
""")


async def rows_of(session: AsyncSession, store: str, sources: Sequence[UUID]) -> list[Json]:
    """What one store holds about source persons."""
    return list((await session.execute(STORES[store], {"sources": list(sources)})).scalars())


async def rows_elsewhere(session: AsyncSession, sources: Sequence[UUID]) -> dict[str, list[Json]]:
    """What other services hold about source persons, by store."""
    found: dict[str, list[Json]] = {}
    for store, item in await session.execute(_ELSEWHERE, {"sources": list(sources)}):
        found.setdefault(store, []).append(item)
    return found
