"""Row-level security: which rows of a table a role sees, for companies and for services."""

from collections.abc import Iterator
from typing import NamedTuple

from shared_schema.grants import GRANTS
from shared_schema.roles import OWNER, RELAY, TENANTS, WORKERS

_OWN_COMPANY = "company_id = program.current_company()"


def _attributed(table: str, fact_type: str, fact_id: str) -> str:
    return (
        "EXISTS (SELECT FROM program.attributions a"
        " WHERE a.company_id = program.current_company()"
        f" AND a.fact_type = {fact_type} AND a.fact_id = {table}.{fact_id})"
    )


def _fact(table: str, fact_type: str, fact_id: str) -> str:
    return _attributed(table, f"'{fact_type}'", fact_id)


def _of_fact(table: str) -> str:
    return _attributed(table, f"{table}.fact_type", "fact_id")


def _parent(table: str, parent: str, key: str) -> str:
    return f"EXISTS (SELECT FROM {parent} p WHERE p.{key} = {table}.{key})"


def _consents(person_id: str, purpose: str, in_force: str) -> str:
    return (
        "EXISTS (SELECT FROM program.consents_in_force c"
        f" WHERE c.person_id = {person_id} AND c.purpose = '{purpose}' AND {in_force})"
    )


def _shown_words(person_id: str) -> str:
    return _consents(person_id, "evidence", "c.in_force")


def _scored(person_id: str) -> str:
    return f"NOT {_consents(person_id, 'scoring', 'NOT c.in_force')}"


TENANT_ROWS = {
    "program.companies": _OWN_COMPANY,
    "program.company_users": _OWN_COMPANY,
    "program.program_enrollments": _OWN_COMPANY,
    "program.program_costs": _OWN_COMPANY,
    "program.attributions": _OWN_COMPANY,
    "program.kintell_sessions": _fact("kintell_sessions", "kintell_session", "session_id"),
    "program.kintell_ratings": _fact("kintell_ratings", "kintell_rating", "rating_id"),
    "program.buddy_matches": _fact("buddy_matches", "buddy_match", "match_id"),
    "program.buddy_events": _fact("buddy_events", "buddy_event", "buddy_event_id"),
    "program.buddy_checkins": _fact("buddy_checkins", "buddy_checkin", "checkin_id"),
    "program.buddy_feedback": _fact("buddy_feedback", "buddy_feedback", "feedback_id"),
    "program.learning_progress": _fact("learning_progress", "learning_progress", "progress_id"),
    "program.credentials": _fact("credentials", "credential", "credential_id"),
    "insight.metrics_company_period": _OWN_COMPANY,
    "insight.company_periods": _OWN_COMPANY,
    "insight.suppression_plans": _OWN_COMPANY,
    "insight.stale_months": _OWN_COMPANY,
    "insight.outcome_scores": (
        f"{_of_fact('outcome_scores')} AND {_scored('outcome_scores.person_id')}"
    ),
    "insight.score_overrides": _parent("score_overrides", "insight.outcome_scores", "score_id"),
    "insight.evidence_snippets": (
        "EXISTS (SELECT FROM insight.outcome_scores p"
        f" WHERE p.score_id = evidence_snippets.score_id AND {_shown_words('p.person_id')})"
    ),
    "pii.texts": f"{_of_fact('texts')} AND {_shown_words('texts.person_id')}",
    "pii.text_embeddings": _parent("text_embeddings", "pii.texts", "text_id"),
    "pii.raw_uploads": _parent("raw_uploads", "ops.imports", "import_id"),
    "pii.refused_rows": _parent("refused_rows", "ops.imports", "import_id"),
    "ops.imports": _OWN_COMPANY,
    "ops.import_rows": _parent("import_rows", "ops.imports", "import_id"),
    "ops.undone_facts": _parent("undone_facts", "ops.imports", "import_id"),
}
"""What a company's request sees of each table that it may reach.

A session or match that does not count itself stays hidden though a fact that hangs on it counts:
a membership that began later must not show what was before. Whose fact it is, its attribution says.
Words and evidence show only with their author's consent, scores unless the author objects.
"""

SHARED_WITH_TENANTS = {
    "program.canonical_persons": "Pairs of pseudonyms: a merged person counts once.",
    "program.consents_in_force": "Pseudonyms with yes or no: what it decides is what stays hidden.",
    "insight.reference_values": "The assumptions are public: they are printed with each figure.",
    "insight.model_assignments": "Which model scores is the same for every company.",
}
"""Tables that a company's request reads whole, and why that tells nothing of another's."""

_BY_CONSUMER = "split_part(consumer, '-', 1) = ops.current_service()"

SERVICE_ROWS = {
    "ops.outbox": "producer = ops.current_service()",
    "ops.inbox": _BY_CONSUMER,
    "ops.inbox_exceptions": _BY_CONSUMER,
    "ops.delivery_attempts": _BY_CONSUMER,
    "ops.dead_letters": _BY_CONSUMER,
    "ops.audit_log": "service = ops.current_service()",
    "ops.erasure_work": "service = ops.current_service()",
}
"""What a service's worker sees, and writes, of the tables that all services share."""


class Policy(NamedTuple):
    """A row-level security policy; `command` is ALL or SELECT."""

    table: str
    name: str
    roles: tuple[str, ...]
    using: str
    command: str = "ALL"


EXTRA_POLICIES = (
    Policy("ops.outbox", "relay", (RELAY,), "true"),
    Policy("ops.inbox", "relay", (RELAY,), "true", "SELECT"),
    Policy("ops.outbox", "replay", ("profile_worker",), "true", "SELECT"),
    Policy("ops.audit_log", "audit", ("gateway_worker",), "true", "SELECT"),
)


def protected_tables() -> tuple[str, ...]:
    """The tables under forced row-level security."""
    return (*TENANT_ROWS, *SERVICE_ROWS)


def policies() -> Iterator[Policy]:
    """Yield every policy; the owner, whom no service can become, sees all rows."""
    for table in protected_tables():
        yield Policy(table, "owner", (OWNER,), "true")
    for table, rows in TENANT_ROWS.items():
        yield Policy(table, "worker", _granted(table, WORKERS), "true")
        if tenants := _granted(table, TENANTS):
            yield Policy(table, "tenant", tenants, rows, "SELECT")
    for table, rows in SERVICE_ROWS.items():
        yield Policy(table, "own_rows", WORKERS, rows)
    yield from EXTRA_POLICIES


def _granted(table: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(role for role in roles if role in GRANTS[table])
