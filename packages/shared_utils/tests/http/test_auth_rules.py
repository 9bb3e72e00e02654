"""Who may call what: a table of callers against rules, and the same through a real app."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter

from shared_utils.auth import (
    Admin,
    AdminOrCoordinator,
    AdminOrReviewer,
    AdminOrSelf,
    Caller,
    CompanyScope,
    Role,
    Rule,
    Signed,
    allow,
    bearer_token,
    refusal,
)
from shared_utils.deps import company_of
from shared_utils.errors import ForbiddenError, NotFoundError, UnauthenticatedError, WaymarkError

Serve = Callable[..., Awaitable[httpx.AsyncClient]]

MINE = UUID("0197f3a2-7c11-7d5e-9d6b-1f4a3c2b1a09")
OTHER = UUID("0197f3a2-7c11-7d5e-9d6b-1f4a3c2b1a10")

CALLERS = {
    "admin": Caller("a", Role.ADMIN),
    "coordinator": Caller("c", Role.COORDINATOR),
    "reviewer": Caller("r", Role.REVIEWER),
    "manager": Caller("m", Role.COMPANY_USER, company_id=MINE, position="manager"),
    "member": Caller("e", Role.COMPANY_USER, company_id=MINE, position="member"),
    "participant": Caller("p", Role.PARTICIPANT, person_id=MINE),
    "volunteer": Caller("v", Role.VOLUNTEER, person_id=MINE),
    "nobody's participant": Caller("n", Role.PARTICIPANT),
    "partner": Caller("k", Role.PARTNER, scopes=frozenset({"import:kintell-sessions"})),
    "scoped admin": Caller("s", Role.REVIEWER, scopes=frozenset({"import:kintell-sessions"})),
}

RULES = {
    "staff": Rule(frozenset({Role.ADMIN, Role.COORDINATOR})),
    "nobody": Rule(),
    "self": Rule(frozenset({Role.ADMIN}), self_param="person_id"),
    "company": Rule(frozenset({Role.ADMIN}), company_param="company_id"),
    "import": Rule(frozenset({Role.ADMIN}), scope="import:{dataset}", managers=True),
}

PATHS = {
    "mine": {"person_id": str(MINE), "company_id": str(MINE), "dataset": "kintell-sessions"},
    "other": {"person_id": str(OTHER), "company_id": str(OTHER), "dataset": "kintell-users"},
}

ALLOWED = {
    ("staff", "mine"): {"admin", "coordinator"},
    ("staff", "other"): {"admin", "coordinator"},
    ("nobody", "mine"): set(),
    ("nobody", "other"): set(),
    ("self", "mine"): {"admin", "participant", "volunteer"},
    ("self", "other"): {"admin"},
    ("company", "mine"): {"admin", "manager", "member"},
    ("company", "other"): {"admin"},
    ("import", "mine"): {"admin", "manager", "partner"},
    ("import", "other"): {"admin", "manager"},
}

ABSENT = {
    "self": {"participant", "volunteer", "nobody's participant"},
    "company": {"manager", "member"},
}


@pytest.mark.parametrize(("rule", "path"), ALLOWED)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_rule_lets_in_whom_it_names_and_hides_what_is_foreign(
    rule: str, path: str, caller: str
) -> None:
    expected: type[WaymarkError] | None = ForbiddenError
    if caller in ALLOWED[rule, path]:
        expected = None
    elif caller in ABSENT.get(rule, ()):
        expected = NotFoundError

    found = refusal(RULES[rule], CALLERS[caller], PATHS[path])

    assert (None if found is None else type(found)) is expected


@pytest.mark.parametrize("asked", [str(MINE) + " ", MINE.hex, "", "null", "None", f"{{{MINE}}}"])
def test_another_spelling_of_an_id_opens_nothing(asked: str) -> None:
    path = {"person_id": asked, "company_id": asked}

    assert refusal(RULES["self"], CALLERS["participant"], path) is not None
    assert refusal(RULES["company"], CALLERS["member"], path) is not None


def test_a_rule_whose_parameter_the_path_lacks_opens_nothing() -> None:
    assert refusal(RULES["self"], CALLERS["participant"], {}) is not None
    assert refusal(RULES["self"], CALLERS["nobody's participant"], {}) is not None


HEADERS: dict[str, list[str]] = {
    "none": [],
    "two": ["Bearer a.b.c", "Bearer a.b.c"],
    "empty": [""],
    "basic": ["Basic YTpi"],
    "scheme alone": ["Bearer"],
    "scheme and space": ["Bearer "],
    "two tokens": ["Bearer a b"],
    "two spaces": ["Bearer  a"],
    "token alone": ["a.b.c"],
    "list": ["Bearer a, Bearer b"],
}


@pytest.mark.parametrize("values", HEADERS.values(), ids=HEADERS)
def test_only_one_bearer_token_is_taken(values: list[str]) -> None:
    with pytest.raises(UnauthenticatedError):
        bearer_token(values)


def test_the_scheme_is_read_in_any_case() -> None:
    assert bearer_token(["bearer a.b.c"]) == bearer_token(["BEARER a.b.c"]) == "a.b.c"


TENANTS: list[tuple[str, dict[str, str], UUID | type[WaymarkError]]] = [
    ("member", {}, MINE),
    ("member", {"company_id": str(MINE)}, MINE),
    ("member", {"company_id": str(OTHER)}, NotFoundError),
    ("member", {"company_id": "acme"}, NotFoundError),
    ("admin", {"company_id": str(OTHER)}, OTHER),
    ("admin", {"company_id": "acme"}, NotFoundError),
    ("admin", {}, ForbiddenError),
    ("coordinator", {"company_id": str(OTHER)}, ForbiddenError),
    ("participant", {"company_id": str(MINE)}, ForbiddenError),
]


@pytest.mark.parametrize(("caller", "path", "expected"), TENANTS)
def test_a_tenant_read_is_for_one_company(
    caller: str, path: dict[str, str], expected: UUID | type[WaymarkError]
) -> None:
    if isinstance(expected, UUID):
        assert company_of(CALLERS[caller], path) == expected
        return
    with pytest.raises(expected):
        company_of(CALLERS[caller], path)


router = APIRouter()
Importer = Annotated[
    Caller, allow(Role.ADMIN, Role.COORDINATOR, scope="import:{dataset}", managers=True)
]


@router.get("/signed")
async def show_signed(caller: Signed) -> str:
    return caller.subject


@router.get("/admin")
async def show_admin(caller: Admin) -> str:
    return caller.subject


@router.get("/staff")
async def show_staff(caller: AdminOrCoordinator) -> str:
    return caller.subject


@router.get("/review")
async def show_review(caller: AdminOrReviewer) -> str:
    return caller.subject


@router.get("/profile/{person_id}")
async def show_profile(person_id: UUID, caller: AdminOrSelf) -> str:
    return caller.subject


@router.get("/companies/{company_id}")
async def show_company(company_id: UUID, caller: CompanyScope) -> str:
    return caller.subject


@router.get("/import/{dataset}")
async def show_import(dataset: str, caller: Importer) -> str:
    return caller.subject


MATRIX: dict[str, dict[str, int]] = {
    "/signed": dict.fromkeys(Role, 200),
    "/admin": {Role.ADMIN: 200},
    "/staff": {Role.ADMIN: 200, Role.COORDINATOR: 200},
    "/review": {Role.ADMIN: 200, Role.REVIEWER: 200},
    f"/profile/{MINE}": {
        Role.ADMIN: 200,
        Role.COORDINATOR: 200,
        Role.PARTICIPANT: 200,
        Role.VOLUNTEER: 200,
    },
    f"/profile/{OTHER}": {
        Role.ADMIN: 200,
        Role.COORDINATOR: 200,
        Role.PARTICIPANT: 404,
        Role.VOLUNTEER: 404,
    },
    f"/companies/{MINE}": {Role.ADMIN: 200, Role.COMPANY_USER: 200},
    f"/companies/{OTHER}": {Role.ADMIN: 200, Role.COMPANY_USER: 404},
    "/import/kintell-sessions": {Role.ADMIN: 200, Role.COORDINATOR: 200, Role.PARTNER: 200},
    "/import/kintell-users": {Role.ADMIN: 200, Role.COORDINATOR: 200},
}


@pytest.mark.parametrize("path", MATRIX)
async def test_each_role_meets_each_route_as_declared(
    serve: Serve, signing: Any, path: str
) -> None:
    client = await serve(router)

    for role in Role:
        about = {
            "company_id": MINE,
            "person_id": MINE,
            "position": "member",
            "scopes": frozenset({"import:kintell-sessions"}),
        }
        answer = await client.get(f"/v1{path}", headers=signing.headers(role, **about))
        assert answer.status_code == MATRIX[path].get(role, 403), role


@pytest.mark.parametrize("path", MATRIX)
async def test_without_a_token_nothing_opens_not_even_a_wrong_id(serve: Serve, path: str) -> None:
    client = await serve(router)

    for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"X-User": "admin", "X-Role": "admin"}):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_what_is_foreign_looks_exactly_like_what_is_absent(
    serve: Serve, signing: Any
) -> None:
    client = await serve(router)
    headers = signing.headers(Role.COMPANY_USER, company_id=MINE)

    foreign = await client.get(f"/companies/{OTHER}", headers=headers)
    absent = await client.get(f"/companies/{uuid4()}", headers=headers)
    nonsense = await client.get("/companies/acme", headers=headers)

    told = [{**answer.json(), "correlation_id": None} for answer in (foreign, absent, nonsense)]
    assert told[0] == told[1] == told[2]
