"""Logins and partners' keys as an admin keeps them, and the trail that leaves."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from services.gateway.tests.conftest import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a long enough password"
PROBLEM = "urn:waymark:problem:"


async def invited(admin: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    body = {"email": f"{uuid4().hex}@example.org", "role": "reviewer", "password": PASSWORD} | more
    answered = await admin.post("/v1/users", json=body)
    assert answered.status_code == 201, answered.text
    user: dict[str, Any] = answered.json()
    return user


async def signed_in(gateway: Gateway, email: str, password: str = PASSWORD) -> httpx.Response:
    form = {"username": email, "password": password}
    return await gateway.anyone.post("/v1/auth/token", data=form)


async def me(gateway: Gateway, headers: dict[str, str]) -> httpx.Response:
    return await gateway.anyone.get("/v1/me", headers=headers)


async def test_an_invited_user_signs_in_with_the_password_shown_once(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    user = await invited(admin, password=None)

    let_in = await signed_in(gateway, user["email"], user["initial_password"])
    shown = await admin.get(f"/v1/users/{user['user_id']}")

    assert let_in.status_code == 200
    assert "initial_password" not in shown.json()
    assert user["initial_password"] not in (await admin.get("/v1/users")).text


async def test_a_given_password_is_not_sent_back(admin: httpx.AsyncClient) -> None:
    user = await invited(admin)

    assert "initial_password" not in user
    assert PASSWORD not in str(user)


async def test_a_company_user_carries_their_company_in_the_token(
    gateway: Gateway, admin: httpx.AsyncClient, company_id: str
) -> None:
    user = await invited(admin, role="company_user", company_id=company_id, position="manager")

    found = (await signed_in(gateway, user["email"])).json()

    answered = await me(gateway, {"Authorization": f"Bearer {found['access_token']}"})
    assert answered.json() == {
        "subject": user["user_id"],
        "role": "company_user",
        "company_id": company_id,
        "position": "manager",
    }


@pytest.mark.parametrize(
    "standing",
    [
        {"role": "partner"},
        {"role": "company_user"},
        {"role": "company_user", "position": "manager"},
        {"role": "company_user", "company_id": str(uuid4())},
        {"role": "coordinator", "company_id": str(uuid4())},
        {"role": "admin", "position": "manager"},
        {"role": "participant"},
        {"role": "reviewer", "person_id": str(uuid4())},
        {"role": "root"},
        {"role": "admin", "surprise": 1},
    ],
)
async def test_a_role_has_just_the_ties_it_needs(
    admin: httpx.AsyncClient, standing: dict[str, Any]
) -> None:
    answered = await admin.post("/v1/users", json={"email": "a@example.org"} | standing)

    assert answered.status_code == 422
    assert answered.json()["type"] == PROBLEM + "invalid-request"


async def test_a_company_must_exist(admin: httpx.AsyncClient) -> None:
    body = {"email": "a@b.org", "role": "company_user", "position": "member"}

    answered = await admin.post("/v1/users", json=body | {"company_id": str(uuid4())})

    assert (answered.status_code, answered.json()["type"]) == (422, PROBLEM + "unknown-company")


@pytest.mark.parametrize(
    "email", ["", "x", "a@", "@b.org", "a b@c.org", "ü@b.org", "a@b..org\n", "a\x00@b.org", "a@-b"]
)
async def test_a_login_is_a_plain_address_and_never_echoed(
    admin: httpx.AsyncClient, email: str
) -> None:
    answered = await admin.post("/v1/users", json={"email": email, "role": "reviewer"})

    assert answered.status_code in (400, 422)
    assert len(email) < 4 or email not in answered.text


async def test_one_login_an_address_in_any_case(admin: httpx.AsyncClient) -> None:
    user = await invited(admin)

    body = {"email": user["email"].upper(), "role": "admin"}
    again = await admin.post("/v1/users", json=body)

    assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "email-taken")
    assert user["email"] not in again.text.lower()


async def test_users_are_listed_in_whole_pages(admin: httpx.AsyncClient) -> None:
    made = [(await invited(admin))["user_id"] for _ in range(5)]

    listed, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/v1/users", params=params)).json()
        assert len(page["items"]) <= 2
        listed += [user["user_id"] for user in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert [user_id for user_id in listed if user_id in made] == made


@pytest.mark.parametrize("path", ["/v1/users", "/v1/api-keys", "/v1/audit"])
@pytest.mark.parametrize("params", [{"cursor": "x"}, {"limit": "0"}, {"limit": "1e9"}])
async def test_a_cursor_or_limit_that_no_page_gave_is_refused(
    admin: httpx.AsyncClient, path: str, params: dict[str, str]
) -> None:
    assert (await admin.get(path, params=params)).status_code == 422


async def held_by(gateway: Gateway, user: dict[str, Any]) -> dict[str, str]:
    """The form that renews a session of this user."""
    return {"refresh_token": (await signed_in(gateway, user["email"])).json()["refresh_token"]}


async def test_a_disabled_user_is_out_and_an_enabled_one_signs_in_anew(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    user = await invited(admin)
    held = await held_by(gateway, user)

    disabled = await admin.post(f"/v1/users/{user['user_id']}/disable")
    refused = await signed_in(gateway, user["email"])
    await admin.post(f"/v1/users/{user['user_id']}/enable")

    assert disabled.json()["disabled_at"]
    assert refused.status_code == 401
    assert (await signed_in(gateway, user["email"])).status_code == 200
    assert (await gateway.anyone.post("/v1/auth/refresh", data=held)).status_code == 401


async def test_a_disabled_user_renews_nothing_however_they_were_disabled(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    held = await held_by(gateway, await invited(admin))
    with psycopg.connect(gateway.database.owner_url) as connection:
        connection.execute("UPDATE auth.users SET disabled_at = now()")

    assert (await gateway.anyone.post("/v1/auth/refresh", data=held)).status_code == 401


async def test_a_changed_role_ends_the_sessions_with_the_old_one(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    user = await invited(admin)
    held = (await signed_in(gateway, user["email"])).json()["refresh_token"]

    body = {"role": "coordinator", "reason": "moved"}
    changed = await admin.patch(f"/v1/users/{user['user_id']}", json=body)

    assert changed.json()["role"] == "coordinator"
    form = {"refresh_token": held}
    assert (await gateway.anyone.post("/v1/auth/refresh", data=form)).status_code == 401
    newer = (await signed_in(gateway, user["email"])).json()["access_token"]
    answered = await me(gateway, {"Authorization": f"Bearer {newer}"})
    assert answered.json()["role"] == "coordinator"


async def test_the_last_admin_cannot_be_taken_away(admin: httpx.AsyncClient) -> None:
    one, two = [await invited(admin, role="admin") for _ in range(2)]

    first = await admin.post(f"/v1/users/{one['user_id']}/disable")
    second = await admin.post(f"/v1/users/{two['user_id']}/disable")
    demoted = await admin.patch(f"/v1/users/{two['user_id']}", json={"role": "reviewer"})

    assert first.status_code == 200
    assert (second.status_code, demoted.status_code) == (409, 409)
    assert second.json()["type"] == PROBLEM + "last-admin"


async def test_two_admins_cannot_disable_each_other_at_once(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    pair = [await invited(admin, role="admin") for _ in range(2)]

    answered = await asyncio.gather(
        *(admin.post(f"/v1/users/{user['user_id']}/disable") for user in pair)
    )

    assert sorted(response.status_code for response in answered) == [200, 409]


@pytest.mark.parametrize("action", ["", "/disable", "/enable"])
async def test_an_unknown_user_is_not_found(admin: httpx.AsyncClient, action: str) -> None:
    path = f"/v1/users/{uuid4()}{action}"

    answered = await (admin.post(path) if action else admin.get(path))

    assert answered.status_code == 404


async def test_the_audit_log_tells_who_did_what(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    user = await invited(admin)
    body = {"role": "coordinator", "reason": "moved to the programme"}
    changed = await admin.patch(f"/v1/users/{user['user_id']}", json=body)
    await admin.post(f"/v1/users/{user['user_id']}/disable")

    page = (await admin.get("/v1/audit", params={"object_id": user["user_id"]})).json()

    entries = page["items"]
    assert [entry["action"] for entry in entries] == [
        "user.disabled",
        "user.role_changed",
        "user.invited",
    ]
    assert entries[1]["reason"] == "moved to the programme"
    assert entries[1]["actor"] == "test-admin"
    assert entries[1]["correlation_id"] == changed.headers["x-correlation-id"]
    assert user["email"] not in str(entries)


async def test_a_refused_deed_leaves_no_trail(admin: httpx.AsyncClient) -> None:
    await admin.post(f"/v1/users/{uuid4()}/disable")

    assert (await admin.get("/v1/audit")).json() == {"items": [], "next": None}
