"""The access table: every row, every seat, own and foreign; and the paths that find a row."""

from uuid import UUID

import pytest

from gateway_service.access import TABLE
from gateway_service.errors import (
    UnclearTargetError,
    UnknownRouteError,
    WrongMethodError,
)
from gateway_service.matching import Routes
from gateway_service.rules import Door, Rule, Seat, Service, Tenant, decide, seat_of
from shared_utils.auth import Caller, Role
from shared_utils.errors import ForbiddenError, NotFoundError, UnauthenticatedError, WaymarkError

OWN = UUID("0198f0a2-7c3e-7d11-9a4b-3f5e6d7c8b9a")
FOREIGN = UUID("0198f0a2-7c3e-7d11-9a4b-3f5e6d7c8b9b")
ROUTES = Routes(TABLE)

# Written out by hand from the design, apart from the table: who may, route by route.
A, C, R = Seat.ADMIN, Seat.COORDINATOR, Seat.REVIEWER
MANAGER, MEMBER = Seat.COMPANY_MANAGER, Seat.COMPANY_MEMBER
PERSON, PARTNER = {Seat.PARTICIPANT, Seat.VOLUNTEER}, Seat.PARTNER
IMPORTING = {A, C, MANAGER, PARTNER}
DESIGN: dict[str, set[Seat]] = {
    "GET /v1/me": set(Seat),
    "GET /v1/users": {A},
    "POST /v1/users": {A},
    "POST /v1/api-keys": {A},
    "GET /v1/webhook-secrets": {A},
    "POST /v1/webhook-secrets": {A},
    "POST /v1/webhook-secrets/kintell/rotate": {A},
    "DELETE /v1/webhook-secrets/{id}": {A},
    "GET /v1/webhooks/drift": {A, C},
    "GET /v1/webhooks/deliveries": {A, C},
    "GET /v1/audit": {A},
    "POST /v1/import/kintell-sessions": IMPORTING,
    "GET /v1/import/datasets": IMPORTING,
    "GET /v1/import/datasets/kintell-sessions": IMPORTING,
    "GET /v1/import/mappings/schema": IMPORTING,
    "GET /v1/import/kintell-sessions/mappings": IMPORTING,
    "GET /v1/import/kintell-sessions/template.csv": IMPORTING,
    "GET /v1/import/kintell-sessions/template.xlsx": IMPORTING,
    "GET /v1/imports": IMPORTING,
    "GET /v1/imports/{id}": IMPORTING,
    "GET /v1/imports/{id}/errors": IMPORTING,
    "GET /v1/imports/{id}/errors.csv": IMPORTING,
    "GET /v1/imports/{id}/errors.xlsx": IMPORTING,
    "GET /v1/imports/{id}/undo": IMPORTING,
    "GET /v1/imports/{id}/undo.csv": IMPORTING,
    "GET /v1/imports/{id}/progress": IMPORTING,
    "POST /v1/imports/{id}/undo": IMPORTING,
    "POST /v1/imports/{id}/replay": IMPORTING,
    "POST /v1/imports/{id}/cancel": IMPORTING,
    "GET /v1/profile/{id}": {A, C, *PERSON},
    "GET /v1/profile": {A, C, *PERSON},
    "GET /v1/profile/{id}/timeline": {A, C, *PERSON},
    "GET /v1/profile/{id}/access-log": {A, C, *PERSON},
    "POST /v1/profile/{id}/export": {A, C, *PERSON},
    "PUT /v1/profile/{id}/consent": {A, C, *PERSON},
    "PUT /v1/profile/{id}": {A, C},
    "POST /v1/profile/mapping": {A, C},
    "GET /v1/profile/duplicates": {A, C},
    "POST /v1/profile/merge": {A, C},
    "POST /v1/profile/unmerge": {A, C},
    "DELETE /v1/profile/{id}": {A},
    "GET /v1/reference-data": {A},
    "POST /v1/companies/{id}/periods/2026-Q1/close": {A},
    "GET /v1/companies/{id}/metrics": {A, MANAGER, MEMBER},
    "GET /v1/companies/{id}/metrics/vis_score/trace": {A, MANAGER, MEMBER},
    "GET /v1/companies/{id}/restatements": {A, MANAGER, MEMBER},
    "GET /v1/companies/{id}/evidence": {A, MANAGER, MEMBER},
    "GET /v1/companies/{id}/programs": {A, MANAGER, MEMBER},
    "POST /v1/q2q/score": {A, R},
    "GET /v1/q2q/taxonomy": {A, R},
    "GET /v1/q2q/models": {A, R},
    "POST /v1/q2q/models/baseline-1/promote": {A},
    "GET /v1/q2q/outcomes": {A, R},
    "POST /v1/q2q/outcomes/{id}/review": {A, R},
    "GET /v1/q2q/evidence/search": {A, R},
    "POST /v1/safety/screen": {A, R},
    "GET /v1/safety/policy": {A, R},
    "POST /v1/safety/policy/3/activate": {A},
    "GET /v1/safety/reviews": {A, R},
    "POST /v1/safety/reviews/{id}/claim": {A, R},
    "POST /v1/safety/reviews/{id}/release": {A, R},
    "POST /v1/safety/reviews/{id}/skip": {A, R},
    "POST /v1/safety/reviews/{id}/decide": {A, R},
    "POST /v1/safety/reviews/{id}/appeal": {A, R},
    "POST /v1/safety/policy/backtest": {A, R},
}


def caller_at(seat: Seat, scopes: frozenset[str] = frozenset()) -> Caller:
    company = {Seat.COMPANY_MANAGER: "manager", Seat.COMPANY_MEMBER: "member"}
    if seat in company:
        return Caller("u", Role.COMPANY_USER, company_id=OWN, position=company[seat])
    if seat in PERSON:
        return Caller("u", Role(seat.value), person_id=OWN)
    return Caller("u", Role(seat.value), scopes=scopes)


def params_of(rule: Rule, subject: UUID) -> dict[str, str]:
    return {
        part[1:-1]: str(subject) if part.endswith("_id}") else "kintell"
        for part in rule.path.split("/")
        if part.startswith("{")
    }


def verdict(rule: Rule, params: dict[str, str], caller: Caller | None) -> int:
    try:
        decide(rule, params, caller)
    except WaymarkError as error:
        return error.status
    return 200


def guarded() -> list[Rule]:
    return [rule for rule in TABLE if rule.door is Door.SIGNED_IN]


@pytest.mark.parametrize("seat", Seat)
@pytest.mark.parametrize("request_line", DESIGN)
def test_the_table_says_what_the_design_says(request_line: str, seat: Seat) -> None:
    method, path = request_line.replace("{id}", str(OWN)).split()
    match = ROUTES.find(method, tuple(path[1:].split("/")))
    scoped = frozenset({"import:kintell-sessions"})

    status = verdict(match.rule, match.params, caller_at(seat, scoped))

    assert status == (200 if seat in DESIGN[request_line] else 403)


@pytest.mark.parametrize("seat", Seat)
@pytest.mark.parametrize("rule", guarded(), ids=lambda rule: f"{rule.method} {rule.path}")
def test_foreign_things_look_absent_and_forbidden_ones_forbidden(rule: Rule, seat: Seat) -> None:
    scopes = frozenset({(rule.scope or "none:x").format(**params_of(rule, OWN)).replace("*", "x")})
    caller = caller_at(seat, scopes)
    tied = (rule.tenant is Tenant.COMPANY and seat in (MANAGER, MEMBER)) or (
        rule.tenant is Tenant.PERSON and seat in PERSON
    )

    own = verdict(rule, params_of(rule, OWN), caller)
    foreign = verdict(rule, params_of(rule, FOREIGN), caller)

    assert own == (200 if seat in rule.who else 403)
    assert foreign == (404 if tied and seat in rule.who else own)


@pytest.mark.parametrize("rule", guarded(), ids=lambda rule: f"{rule.method} {rule.path}")
def test_nobody_signed_in_gets_nothing(rule: Rule) -> None:
    with pytest.raises(UnauthenticatedError):
        decide(rule, params_of(rule, OWN), None)


def test_every_guarded_row_names_somebody_and_every_open_row_nobody() -> None:
    for rule in TABLE:
        assert bool(rule.who) == (rule.door in (Door.SIGNED_IN, Door.WEBHOOK)), rule.key


def test_a_partners_row_names_a_scope_and_no_other_row_does() -> None:
    for rule in TABLE:
        assert (rule.scope is not None) == (PARTNER in rule.who), rule.key


def test_only_the_gateway_answers_without_a_sign_in() -> None:
    open_rows = [rule for rule in TABLE if rule.door in (Door.PUBLIC, Door.INTERNAL)]

    assert {rule.service for rule in open_rows} == {Service.GATEWAY}


def test_a_tenant_rule_has_its_parameter() -> None:
    for rule in TABLE:
        assert (rule.tenant is not Tenant.COMPANY) or "{company_id}" in rule.path
        assert (rule.tenant is not Tenant.PERSON) or "{person_id}" in rule.path


def test_a_company_users_path_always_carries_a_tenant_rule() -> None:
    """Where a company user may go, the gateway or the service must narrow; never nobody."""
    free = {"/v1/me", "/v1/me/password", "/v1/import/datasets"}
    free |= {"/v1/import/{dataset}/template.csv", "/v1/import/{dataset}/template.xlsx"}
    free |= {"/v1/import/datasets/{dataset}", "/v1/import/mappings/schema"}
    for rule in guarded():
        if rule.who & {MANAGER, MEMBER, *PERSON} and rule.path not in free:
            assert rule.tenant is not Tenant.NONE, rule.key


@pytest.mark.parametrize(
    ("scopes", "dataset", "status"),
    [
        ({"import:kintell-sessions"}, "kintell-sessions", 200),
        ({"import:kintell-sessions"}, "kintell-users", 403),
        ({"import:kintell"}, "kintell-sessions", 403),
        ({"webhook:kintell-sessions"}, "kintell-sessions", 403),
        ({"import:*"}, "kintell-sessions", 403),
        (set(), "kintell-sessions", 403),
    ],
)
def test_a_partners_scope_is_one_dataset(scopes: set[str], dataset: str, status: int) -> None:
    match = ROUTES.find("POST", ("v1", "import", dataset))

    found = verdict(match.rule, match.params, caller_at(PARTNER, frozenset(scopes)))

    assert found == status


@pytest.mark.parametrize(("source", "status"), [("kintell", 200), ("buddy", 403)])
def test_a_partners_webhook_scope_is_one_source(source: str, status: int) -> None:
    match = ROUTES.find("POST", ("v1", "webhooks", source, "session"))

    found = verdict(match.rule, match.params, caller_at(PARTNER, frozenset({"webhook:kintell"})))

    assert found == status


def test_a_company_user_without_a_position_is_a_member() -> None:
    assert seat_of(Caller("u", Role.COMPANY_USER, company_id=OWN)) is MEMBER


def test_a_company_user_whose_token_names_no_company_owns_none() -> None:
    match = ROUTES.find("GET", ("v1", "companies", str(OWN), "metrics"))

    with pytest.raises(NotFoundError):
        decide(match.rule, match.params, Caller("u", Role.COMPANY_USER, position="manager"))


def test_an_id_in_capitals_is_the_same_company() -> None:
    match = ROUTES.find("GET", ("v1", "companies", str(OWN).upper(), "metrics"))

    decide(match.rule, match.params, caller_at(MEMBER))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v2/me",
        "/",
        "/metrics/x",
        "/v1",
        "/v1/me/x",
        "/v1/profile/not-an-id",
        f"/v1/profile/{{{OWN}}}",
        f"/v1/profile/{OWN.hex}",
        f"/v1/profile/urn:uuid:{OWN}",
    ],
)
def test_what_is_not_in_the_table_does_not_exist(path: str) -> None:
    with pytest.raises(UnknownRouteError):
        ROUTES.find("GET", tuple(path[1:].split("/")) if path != "/" else ())


@pytest.mark.parametrize("path", ["/V1/me", "/v1/ME", "/v1/Users", f"/v1/COMPANIES/{OWN}/metrics"])
def test_another_case_is_refused_not_folded(path: str) -> None:
    with pytest.raises(UnclearTargetError):
        ROUTES.find("GET", tuple(path[1:].split("/")))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "get", "TRACE", "CONNECT"])
def test_another_method_is_refused_with_those_there_are(method: str) -> None:
    with pytest.raises(WrongMethodError) as refusal:
        ROUTES.find(method, ("v1", "users"))

    assert refusal.value.headers["Allow"] == "GET, POST"


def test_two_rows_for_one_route_are_an_error() -> None:
    with pytest.raises(ValueError, match="two rows"):
        Routes([*TABLE, TABLE[0]])


def test_the_right_seat_without_the_scope_is_forbidden() -> None:
    match = ROUTES.find("GET", ("v1", "imports"))

    with pytest.raises(ForbiddenError):
        decide(match.rule, match.params, caller_at(PARTNER, frozenset({"webhook:kintell"})))
