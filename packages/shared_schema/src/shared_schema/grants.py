"""Who may do what: the one list of table x role x privileges that the catalogue is held against."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from shared_schema.roles import RELAY, WORKERS

ALL = "SELECT INSERT UPDATE DELETE"
READ = "SELECT"
APPEND = "SELECT INSERT"
LEDGER = "SELECT INSERT DELETE"

_CONNECTORS, _PROFILE = "connectors_worker", "profile_worker"
_SAFETY, _Q2Q, _GATEWAY = "safety_worker", "q2q_ai_worker", "gateway_worker"
_PROFILE_TENANT, _CONNECTORS_TENANT = "profile_tenant", "connectors_tenant"
_Q2Q_TENANT, _GATEWAY_TENANT = "q2q_ai_tenant", "gateway_tenant"

_FACT = {_CONNECTORS: ALL, _PROFILE: READ, _PROFILE_TENANT: READ}
_PROFILES = {_PROFILE: ALL}
_UPLOADS = {_CONNECTORS: ALL}
_COMPANY_FIGURES = {_PROFILE: ALL, _PROFILE_TENANT: READ}
_SCORES = {_Q2Q: ALL, _Q2Q_TENANT: READ, _PROFILE: READ, _PROFILE_TENANT: READ}
_REVIEWS = {_SAFETY: ALL}
_AUTH = {_GATEWAY: ALL}

GRANTS: Mapping[str, Mapping[str, str]] = {
    "pii.persons": {_PROFILE: ALL},
    "pii.external_ids": {_PROFILE: ALL},
    "pii.duplicate_candidates": {_PROFILE: ALL},
    "pii.erased_identifiers": {_PROFILE: ALL, _CONNECTORS: READ},
    "pii.erasure_identifiers": {_PROFILE: LEDGER, _CONNECTORS: READ},
    "pii.platform_accounts": {_CONNECTORS: ALL, _PROFILE: READ},
    "pii.texts": {
        _CONNECTORS: LEDGER,
        _SAFETY: READ,
        _Q2Q: READ,
        _Q2Q_TENANT: READ,
        _PROFILE: READ,
        _PROFILE_TENANT: READ,
    },
    "pii.text_embeddings": {_Q2Q: ALL, _Q2Q_TENANT: READ},
    "pii.fact_details": {_CONNECTORS: ALL, _PROFILE: READ},
    "pii.raw_uploads": {_CONNECTORS: ALL, _CONNECTORS_TENANT: READ, _PROFILE: READ},
    "pii.raw_upload_chunks": _UPLOADS,
    "pii.refused_rows": {_CONNECTORS: ALL, _CONNECTORS_TENANT: READ},
    "pii.before_images": _UPLOADS,
    "pii.webhook_bodies": _UPLOADS,
    "pii.webhook_rows": _UPLOADS,
    "program.canonical_persons": {
        _PROFILE: ALL,
        _CONNECTORS: READ,
        _PROFILE_TENANT: READ,
        _Q2Q: READ,
    },
    "program.person_merges": {_PROFILE: ALL},
    "program.consents": {_PROFILE: LEDGER, _Q2Q: READ, _SAFETY: READ},
    "program.consents_in_force": {
        _PROFILE: ALL,
        _PROFILE_TENANT: READ,
        _Q2Q: READ,
        _Q2Q_TENANT: READ,
    },
    "program.companies": {
        _CONNECTORS: ALL,
        _CONNECTORS_TENANT: READ,
        _PROFILE: READ,
        _PROFILE_TENANT: READ,
        _GATEWAY: READ,
        _GATEWAY_TENANT: READ,
    },
    "program.company_users": _FACT,
    "program.program_enrollments": _FACT,
    "program.kintell_sessions": _FACT,
    "program.kintell_ratings": _FACT,
    "program.buddy_matches": _FACT,
    "program.buddy_events": _FACT,
    "program.buddy_checkins": _FACT,
    "program.buddy_feedback": _FACT,
    "program.learning_progress": _FACT,
    "program.credentials": _FACT,
    "program.program_costs": _FACT,
    "program.attributions": {
        _PROFILE: ALL,
        _CONNECTORS: READ,
        _PROFILE_TENANT: READ,
        _Q2Q: READ,
        _Q2Q_TENANT: READ,
    },
    "insight.projection_state": _PROFILES,
    "insight.profile_facts": _PROFILES,
    "insight.profiles": _PROFILES,
    "insight.profile_flags": _PROFILES,
    "insight.milestones": _PROFILES,
    "insight.access_log": {_PROFILE: LEDGER},
    "insight.released_figures": {_PROFILE: LEDGER},
    "insight.suppression_plans": _PROFILES,
    "insight.stale_months": _COMPANY_FIGURES,
    "insight.metrics_company_period": _COMPANY_FIGURES,
    "insight.company_periods": _COMPANY_FIGURES,
    "insight.reference_values": _COMPANY_FIGURES,
    "insight.models": {_Q2Q: ALL, _PROFILE: READ},
    "insight.model_assignments": {
        _Q2Q: ALL,
        _Q2Q_TENANT: READ,
        _PROFILE: READ,
        _PROFILE_TENANT: READ,
    },
    "insight.outcome_scores": _SCORES,
    "insight.score_overrides": _SCORES,
    "insight.evidence_snippets": _SCORES,
    "auth.users": _AUTH,
    "auth.refresh_tokens": _AUTH,
    "auth.revoked_tokens": _AUTH,
    "auth.login_attempts": _AUTH,
    "auth.api_keys": _AUTH,
    "auth.webhook_secrets": {_GATEWAY: ALL, _CONNECTORS: READ},
    "ops.imports": {
        _CONNECTORS: ALL,
        _CONNECTORS_TENANT: READ,
        _PROFILE: READ,
        _PROFILE_TENANT: READ,
    },
    "ops.import_rows": {_CONNECTORS: ALL, _CONNECTORS_TENANT: READ, _PROFILE: READ},
    "ops.undone_facts": {_CONNECTORS: ALL, _CONNECTORS_TENANT: READ},
    "ops.mappings": _UPLOADS,
    "ops.sources": _UPLOADS,
    "ops.schema_drift": _UPLOADS,
    "ops.outbox": {
        **dict.fromkeys(WORKERS, APPEND),
        RELAY: "SELECT UPDATE(published_at) UPDATE(stream_seq) DELETE",
    },
    "ops.inbox": {**dict.fromkeys(WORKERS, LEDGER), RELAY: READ},
    "ops.inbox_exceptions": dict.fromkeys(WORKERS, LEDGER),
    "ops.delivery_attempts": dict.fromkeys(WORKERS, ALL),
    "ops.dead_letters": dict.fromkeys(WORKERS, ALL),
    "ops.audit_log": dict.fromkeys(WORKERS, APPEND),
    "ops.idempotency_keys": {_GATEWAY: ALL},
    "ops.erasures": {**dict.fromkeys(WORKERS, READ), _PROFILE: ALL},
    "ops.erasure_steps": {_PROFILE: ALL},
    "ops.erased_persons": {**dict.fromkeys(WORKERS, READ), _PROFILE: ALL},
    "ops.erasure_work": dict.fromkeys(WORKERS, ALL),
    "ops.erasure_facts": _UPLOADS,
    "ops.erasure_rows": _UPLOADS,
    "ops.erased_texts": {_CONNECTORS: LEDGER, _SAFETY: READ, _Q2Q: READ},
    "ops.erasure_certificates": {_GATEWAY: ALL, _PROFILE: READ},
    "ops.policy_versions": _REVIEWS,
    "ops.screenings": _REVIEWS,
    "ops.review_items": _REVIEWS,
    "ops.review_decisions": _REVIEWS,
}

FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "program.current_company()": (
        _CONNECTORS_TENANT,
        _PROFILE_TENANT,
        _Q2Q_TENANT,
        _GATEWAY_TENANT,
    ),
    "ops.current_service()": WORKERS,
    "pii.folded(text, text)": (_CONNECTORS, _PROFILE),
    "pii.resolve_people(text[], text[])": (_CONNECTORS,),
    "pii.known_people(text[], text[])": (_CONNECTORS,),
    "pii.companies_by_address(uuid[])": (_CONNECTORS,),
    "pii.set_display_names(uuid[], text[])": (_CONNECTORS,),
    "pii.refuse_text_update()": (),
    "pii.as_json(bytea)": (),
    "pii.held_elsewhere(uuid[])": (_PROFILE,),
    "program.settle_consents(uuid[])": (_PROFILE,),
    "program.consents_were_said()": (),
    "program.people_were_regrouped()": (),
    "pii.mark_erased(uuid, uuid[], bytea[], text, text, timestamp with time zone)": (_PROFILE,),
}


class Grant(NamedTuple):
    """One privilege of a role on an object; `column` is empty for a whole table."""

    object: str
    role: str
    privilege: str
    column: str = ""


def table_grants() -> Iterator[Grant]:
    """Yield each declared privilege on a table or on one of its columns."""
    for table, roles in GRANTS.items():
        for role, privileges in roles.items():
            for privilege in privileges.split():
                name, _, column = privilege.rstrip(")").partition("(")
                yield Grant(table, role, name, column)


def function_grants() -> Iterator[Grant]:
    """Yield each declared EXECUTE."""
    for function, roles in FUNCTIONS.items():
        yield from (Grant(function, role, "EXECUTE") for role in roles)


def schema_grants() -> set[Grant]:
    """USAGE of each schema for the roles that may use anything in it."""
    grants = (*table_grants(), *function_grants())
    return {Grant(grant.object.partition(".")[0], grant.role, "USAGE") for grant in grants}


def writers(table: str) -> tuple[str, ...]:
    """The roles that may change a table."""
    changing = {"INSERT", "UPDATE", "DELETE"}
    return tuple(
        role for role, privileges in GRANTS[table].items() if changing & set(privileges.split())
    )
