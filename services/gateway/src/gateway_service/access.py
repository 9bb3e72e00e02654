"""Who may what: the one table of every route the gateway lets through, its own and proxied alike.

A route that is not here does not exist for the outside. Checks, the documentation and the tests'
matrix are read from it. `{…_id}` takes a UUID in its canonical form, other parameters one plain
segment.
"""

from collections.abc import Iterator
from typing import Any

from gateway_service.rules import ANY_SCOPE, Body, Door, Rule, Seat, Service, Tenant

_A, _C, _R = Seat.ADMIN, Seat.COORDINATOR, Seat.REVIEWER
EVERYONE = frozenset(Seat)
ADMIN = frozenset({_A})
STAFF = frozenset({_A, _C})
REVIEW = frozenset({_A, _R})
COMPANY = frozenset({_A, Seat.COMPANY_MANAGER, Seat.COMPANY_MEMBER})
SELF = frozenset({_A, _C, Seat.PARTICIPANT, Seat.VOLUNTEER})
PEOPLE_WITH_LOGINS = EVERYONE - {Seat.PARTNER}
IMPORTERS = frozenset({_A, _C, Seat.COMPANY_MANAGER, Seat.PARTNER})


def _rows(
    service: Service, methods: str, paths: str, who: frozenset[Seat] = frozenset(), **more: Any
) -> Iterator[Rule]:
    """One rule for each method and each path of the two space-separated lists."""
    for path in paths.split():
        for method in methods.split():
            yield Rule(method, path, service, who=who, **more)


def _gateway() -> Iterator[Rule]:
    own, public = Service.GATEWAY, Door.PUBLIC
    yield from _rows(own, "POST", "/v1/auth/token /v1/auth/refresh /v1/auth/logout", door=public)
    yield from _rows(own, "GET", "/.well-known/jwks.json /openapi.json /docs", door=public)
    yield from _rows(own, "GET", "/docs/oauth2-redirect /static-offline-docs/{asset}", door=public)
    yield from _rows(own, "GET", "/health /health/live /health/ready /health/startup", door=public)
    yield from _rows(own, "GET", "/health/all /health/{service}", door=public)
    yield from _rows(own, "GET", "/metrics", door=Door.INTERNAL)
    yield from _rows(own, "GET", "/v1/me", EVERYONE, scope=ANY_SCOPE)
    yield from _rows(own, "PUT", "/v1/me/password", PEOPLE_WITH_LOGINS)
    yield from _rows(own, "GET POST", "/v1/users", ADMIN)
    yield from _rows(own, "GET PATCH", "/v1/users/{user_id}", ADMIN)
    yield from _rows(own, "POST", "/v1/users/{user_id}/disable /v1/users/{user_id}/enable", ADMIN)
    yield from _rows(own, "GET POST", "/v1/api-keys", ADMIN)
    yield from _rows(own, "GET DELETE", "/v1/api-keys/{key_id}", ADMIN)
    yield from _rows(own, "GET POST", "/v1/webhook-secrets", ADMIN)
    yield from _rows(own, "POST", "/v1/webhook-secrets/{source}/rotate", ADMIN)
    yield from _rows(own, "DELETE", "/v1/webhook-secrets/{secret_id}", ADMIN)
    yield from _rows(own, "GET", "/v1/audit", ADMIN)


def _imports() -> Iterator[Rule]:
    service, any_import = Service.CONNECTORS, {"scope": "import:*", "tenant": Tenant.SERVICE}
    yield from _rows(
        service,
        "POST",
        "/v1/import/{dataset}",
        IMPORTERS,
        scope="import:{dataset}",
        tenant=Tenant.SERVICE,
        body=Body.IMPORT,
        streams=True,
    )
    own = {"scope": "import:{dataset}"}
    templates = "/v1/import/{dataset}/template.csv /v1/import/{dataset}/template.xlsx"
    yield from _rows(service, "GET", templates, IMPORTERS, **own)
    mappings = "/v1/import/{dataset}/mappings"
    yield from _rows(service, "GET", mappings, IMPORTERS, tenant=Tenant.SERVICE, **own)
    facts = "/v1/import/datasets /v1/import/datasets/{dataset} /v1/import/mappings/schema"
    yield from _rows(service, "GET", facts, IMPORTERS, scope="import:*")
    one = "/v1/imports/{import_id}"
    yield from _rows(
        service, "GET", f"/v1/imports {one} {one}/errors {one}/errors.csv", IMPORTERS, **any_import
    )
    yield from _rows(service, "GET", f"{one}/errors.xlsx", IMPORTERS, **any_import)
    yield from _rows(service, "GET", f"{one}/undo {one}/undo.csv", IMPORTERS, **any_import)
    yield from _rows(service, "GET", f"{one}/progress", IMPORTERS, streams=True, **any_import)
    yield from _rows(
        service, "POST", f"{one}/undo {one}/replay {one}/cancel", IMPORTERS, **any_import
    )
    source = "/v1/sources/{source}"
    yield from _rows(service, "GET POST", "/v1/sources", STAFF)
    yield from _rows(service, "GET PUT PATCH DELETE", source, STAFF)
    yield from _rows(service, "POST", f"{source}/pull {source}/test", STAFF)


def _webhooks() -> Iterator[Rule]:
    service = Service.CONNECTORS
    yield from _rows(
        service,
        "POST",
        "/v1/webhooks/{source}/{kind}",
        frozenset({_A, _C, Seat.PARTNER}),
        door=Door.WEBHOOK,
        scope="webhook:{source}",
    )
    yield from _rows(
        service, "GET", "/v1/webhooks", frozenset({_A, _C, Seat.PARTNER}), scope="webhook:*"
    )
    yield from _rows(service, "GET", "/v1/webhooks/deliveries /v1/webhooks/drift", STAFF)


def _profiles() -> Iterator[Rule]:
    service, one = Service.PROFILE, "/v1/profile/{person_id}"
    own = {"tenant": Tenant.PERSON}
    yield from _rows(service, "GET", "/v1/profile", SELF, tenant=Tenant.SERVICE)
    yield from _rows(service, "GET POST", "/v1/profile/replay", ADMIN)
    yield from _rows(service, "GET", f"{one} {one}/timeline {one}/access-log", SELF, **own)
    yield from _rows(service, "POST", f"{one}/export", SELF, **own)
    yield from _rows(service, "PUT", f"{one}/consent", SELF, **own)
    yield from _rows(service, "PUT", one, STAFF)
    yield from _rows(service, "DELETE", one, ADMIN)
    erasure = "/v1/profile/erasures/{erasure_id}"
    yield from _rows(service, "GET", f"/v1/profile/erasures {erasure}", ADMIN)
    yield from _rows(service, "POST", f"{erasure}/lift", ADMIN)
    yield from _rows(
        service, "POST", "/v1/profile/mapping /v1/profile/merge /v1/profile/unmerge", STAFF
    )
    yield from _rows(service, "GET", "/v1/profile/duplicates", STAFF)
    yield from _rows(service, "GET POST", "/v1/profile/duplicates/scan", STAFF)
    yield from _rows(service, "POST", "/v1/profile/duplicates/{duplicate_id}/decide", STAFF)


def _companies() -> Iterator[Rule]:
    service, one = Service.PROFILE, "/v1/companies/{company_id}"
    yield from _rows(
        service,
        "GET",
        f"{one}/metrics {one}/metrics/{{metric}}/trace {one}/restatements {one}/evidence"
        f" {one}/programs",
        COMPANY,
        tenant=Tenant.COMPANY,
    )
    yield from _rows(service, "POST", f"{one}/periods/{{period}}/close", ADMIN)
    yield from _rows(service, "GET", "/v1/companies", STAFF | COMPANY, tenant=Tenant.SERVICE)
    yield from _rows(service, "GET POST", "/v1/reference-data", ADMIN)
    yield from _rows(service, "GET PUT DELETE", "/v1/reference-data/{reference_id}", ADMIN)


def _q2q() -> Iterator[Rule]:
    service = Service.Q2Q_AI
    yield from _rows(service, "POST", "/v1/q2q/score", REVIEW)
    yield from _rows(service, "GET", "/v1/q2q/taxonomy /v1/q2q/models /v1/q2q/outcomes", REVIEW)
    yield from _rows(service, "GET", "/v1/q2q/evidence/search", REVIEW)
    yield from _rows(service, "POST", "/v1/q2q/outcomes/{score_id}/review", REVIEW)
    yield from _rows(
        service, "POST", "/v1/q2q/models/{model}/compare /v1/q2q/models/{model}/promote", ADMIN
    )


def _safety() -> Iterator[Rule]:
    service, one = Service.SAFETY, "/v1/safety/reviews/{flag_id}"
    yield from _rows(service, "POST", "/v1/safety/screen", REVIEW)
    yield from _rows(service, "GET", f"/v1/safety/reviews {one} /v1/safety/policy", REVIEW)
    yield from _rows(
        service, "POST", f"{one}/claim {one}/release {one}/skip {one}/decide {one}/appeal", REVIEW
    )
    yield from _rows(service, "POST", "/v1/safety/policy/backtest", REVIEW)
    yield from _rows(service, "POST", "/v1/safety/policy", ADMIN)
    yield from _rows(
        service,
        "POST",
        "/v1/safety/policy/{version}/shadow /v1/safety/policy/{version}/activate",
        ADMIN,
    )


TABLE: tuple[Rule, ...] = (
    *_gateway(),
    *_imports(),
    *_webhooks(),
    *_profiles(),
    *_companies(),
    *_q2q(),
    *_safety(),
)
