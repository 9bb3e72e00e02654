"""Sign in, refresh once, reuse detected, sign out; the same refusal for everything wrong."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any, Literal

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher
from services.gateway.tests.conftest import (
    HMAC_KEY,
    Gateway,
    Upstream,
    gateway_with,
    in_module,
    settings_for,
)

from gateway_service.errors import BadCredentialsError
from gateway_service.keyring import Keyring
from gateway_service.logins import Lifetimes, Logins
from gateway_service.passwords import MAX_AT_ONCE, Passwords
from gateway_service.rules import Service
from gateway_service.settings import Settings
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "/v1/auth/token"
ADMINS = "SELECT password_hash FROM auth.users WHERE role = 'admin'"
PROBLEM = "urn:waymark:problem:"


ADMIN_EMAIL, ADMIN_PASSWORD = "first.admin@example.org", "correct horse battery"
BOOTSTRAP = {"admin_email": ADMIN_EMAIL, "admin_password": ADMIN_PASSWORD}


@pytest.fixture(scope="module")
def settings(
    database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> Settings:
    """Settings that name a first admin."""
    return settings_for(database, keyset, upstreams, **BOOTSTRAP)


@in_module
async def first_hash(gateway: Gateway) -> str:
    """The first admin's password hash, as soon as there is one."""
    async with asyncio.timeout(20):
        while not stored(gateway.database, ADMINS):  # noqa: ASYNC110 - asks the database
            await asyncio.sleep(0.02)
    ((found,),) = stored(gateway.database, ADMINS)
    return str(found)


@pytest.fixture(autouse=True)
def first_admin(gateway: Gateway, first_hash: str) -> None:
    """The first admin, with the password of the settings."""
    with psycopg.connect(gateway.database.owner_url) as connection:
        connection.execute("UPDATE auth.users SET password_hash = %s", [first_hash])


async def signed_in(
    gateway: Gateway, username: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD
) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    return await gateway.anyone.post(TOKEN, data=form)


async def tokens(gateway: Gateway) -> dict[str, Any]:
    answered = await signed_in(gateway)
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


async def refreshed(gateway: Gateway, token: str) -> httpx.Response:
    return await gateway.anyone.post("/v1/auth/refresh", data={"refresh_token": token})


def stored(database: MigratedDatabase, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(query).fetchall()


async def test_a_login_gets_tokens_that_say_who_it_is(gateway: Gateway) -> None:
    found = await tokens(gateway)

    assert found["token_type"] == "Bearer"
    assert found["expires_in"] == 900
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    me = (await gateway.anyone.get("/v1/me", headers=bearer)).json()
    assert me == {"subject": me["subject"], "role": "admin"}


async def test_tokens_are_not_to_be_kept_on_the_way(gateway: Gateway) -> None:
    assert (await signed_in(gateway)).headers["cache-control"] == "no-store"


async def test_a_login_is_found_in_any_case(gateway: Gateway) -> None:
    assert (await signed_in(gateway, f" {ADMIN_EMAIL.upper()} ")).status_code == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        (ADMIN_EMAIL, "wrong"),
        (ADMIN_EMAIL, "nul\x00"),
        ("nobody@example.org", ADMIN_PASSWORD),
        ("nul\x00@example.org", "x"),
        ("ü@example.org", "x"),
    ],
)
async def test_every_wrong_sign_in_is_refused_alike(
    gateway: Gateway, username: str, password: str
) -> None:
    answered = await signed_in(gateway, username, password)

    problem = answered.json()
    assert answered.status_code == 401
    assert problem.pop("correlation_id")
    assert problem == {
        "type": "urn:waymark:problem:bad-credentials",
        "title": "Login or password is wrong",
        "status": 401,
        "detail": "Check both, or ask an admin.",
        "error": "invalid_grant",
    }


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "a"}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": ""}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
async def test_a_form_that_is_no_token_request_is_told_so(
    gateway: Gateway, form: dict[str, str], error: str
) -> None:
    answered = await gateway.anyone.post(TOKEN, data=form)

    assert (answered.status_code, answered.json()["error"]) == (400, error)


async def test_a_password_too_long_to_be_one_costs_no_hash(gateway: Gateway) -> None:
    answered = await signed_in(gateway, ADMIN_EMAIL, "x" * 2000)

    assert answered.status_code == 422
    assert "xxx" not in answered.text


class CountingHasher(PasswordHasher):
    """Hashes as ever, and counts how often it compared."""

    compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.compared += 1
        return super().verify(hash, password)


@pytest.mark.parametrize("login", [ADMIN_EMAIL, "nobody@example.org", "", "nul\x00"])
async def test_an_unknown_login_costs_the_same_work_as_a_wrong_password(
    gateway: Gateway, login: str
) -> None:
    hasher = CountingHasher()
    database = Database(gateway.database.url("gateway_worker"), application_name="gateway")
    lifetimes = Lifetimes(timedelta(minutes=1), timedelta(days=1))
    logins = Logins(
        database, Keyring(gateway.keyset.path), Passwords(hasher), KeyedHash(HMAC_KEY), lifetimes
    )

    with pytest.raises(BadCredentialsError):
        await logins.by_password(login, "wrong", "127.0.0.1")
    await database.close()

    assert hasher.compared == 1


async def test_guessing_is_slowed_down_for_the_guesser_alone(gateway: Gateway) -> None:
    for _ in range(6):
        assert (await signed_in(gateway, ADMIN_EMAIL, "wrong")).status_code == 401

    blocked = await signed_in(gateway)
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(base_url=gateway.url, transport=elsewhere) as owner:
        form = {"username": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
        let_in = await owner.post(TOKEN, data=form)
    other_login = await signed_in(gateway, "nobody@example.org", "wrong")

    assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "2")
    assert let_in.status_code == 200
    assert other_login.status_code == 401


async def test_many_guesses_at_once_are_slowed_down_too(gateway: Gateway) -> None:
    answered = await asyncio.gather(*(signed_in(gateway, ADMIN_EMAIL, "no") for _ in range(20)))

    statuses = [response.status_code for response in answered]
    assert statuses.count(401) <= 5 + MAX_AT_ONCE
    assert set(statuses) == {401, 429}


async def test_an_address_that_is_made_up_does_not_help_to_guess_on(gateway: Gateway) -> None:
    form = {"username": ADMIN_EMAIL, "password": "wrong"}
    for number in range(8):
        forwarded = {"X-Forwarded-For": f"10.0.0.{number}"}
        answered = await gateway.anyone.post(TOKEN, data=form, headers=forwarded)

    assert answered.status_code == 429


async def test_a_right_password_forgets_the_failures(gateway: Gateway) -> None:
    for _ in range(4):
        for _ in range(3):
            await signed_in(gateway, ADMIN_EMAIL, "wrong")
        assert (await signed_in(gateway)).status_code == 200


async def test_neither_login_nor_address_is_kept_with_a_failure(gateway: Gateway) -> None:
    await signed_in(gateway, "someone@example.org", "wrong")

    row = str(stored(gateway.database, "SELECT a::text FROM auth.login_attempts a"))

    assert "someone" not in row
    assert b"someone".hex() not in row
    assert "127.0.0.1" not in row


async def test_a_refresh_token_works_once(gateway: Gateway) -> None:
    first = await tokens(gateway)

    second = await refreshed(gateway, first["refresh_token"])

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    assert (await refreshed(gateway, second.json()["refresh_token"])).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_whole_session(gateway: Gateway) -> None:
    stolen = (await tokens(gateway))["refresh_token"]
    newer = (await refreshed(gateway, stolen)).json()["refresh_token"]

    reused = await refreshed(gateway, stolen)
    then = await refreshed(gateway, newer)

    assert (reused.status_code, reused.json()["error"]) == (401, "invalid_grant")
    assert then.status_code == 401


async def test_another_session_of_the_same_login_goes_on(gateway: Gateway) -> None:
    stolen = (await tokens(gateway))["refresh_token"]
    other = (await tokens(gateway))["refresh_token"]
    await refreshed(gateway, stolen)
    await refreshed(gateway, stolen)

    assert (await refreshed(gateway, other)).status_code == 200


async def test_of_many_uses_at_once_one_wins_and_the_session_ends(gateway: Gateway) -> None:
    token = (await tokens(gateway))["refresh_token"]

    answered = await asyncio.gather(*(refreshed(gateway, token) for _ in range(8)))

    won = [response for response in answered if response.status_code == 200]
    assert len(won) == 1
    assert (await refreshed(gateway, won[0].json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["wmr_" + "x" * 43, "x", "a" * 512])
async def test_a_made_up_refresh_token_is_refused(gateway: Gateway, token: str) -> None:
    assert (await refreshed(gateway, token)).status_code == 401


async def test_a_refresh_token_is_taken_as_json_and_by_the_token_route(gateway: Gateway) -> None:
    first = (await tokens(gateway))["refresh_token"]

    second = await gateway.anyone.post("/v1/auth/refresh", json={"refresh_token": first})
    form = {"grant_type": "refresh_token", "refresh_token": second.json()["refresh_token"]}
    third = await gateway.anyone.post(TOKEN, data=form)

    assert (second.status_code, third.status_code) == (200, 200)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"refresh_token": 1}', b'{"refresh_token": ""}', b"1e400"]
)
async def test_a_refresh_without_a_token_is_a_bad_request(gateway: Gateway, body: bytes) -> None:
    json = {"Content-Type": "application/json"}

    answered = await gateway.anyone.post("/v1/auth/refresh", content=body, headers=json)

    assert answered.status_code == 400
    assert answered.headers["content-type"] == "application/problem+json"


async def test_signing_out_ends_the_session_and_tells_nothing(gateway: Gateway) -> None:
    token = (await tokens(gateway))["refresh_token"]

    ended = await gateway.anyone.post("/v1/auth/logout", data={"refresh_token": token})
    unknown = await gateway.anyone.post("/v1/auth/logout", data={"refresh_token": "wmr_no"})

    assert (ended.status_code, unknown.status_code) == (204, 204)
    assert (await refreshed(gateway, token)).status_code == 401


async def test_what_is_stored_signs_nobody_in(gateway: Gateway) -> None:
    found = await tokens(gateway)

    ((password_hash,),) = stored(gateway.database, "SELECT password_hash FROM auth.users")
    ((token_hash,),) = stored(gateway.database, "SELECT token_hash FROM auth.refresh_tokens")

    assert password_hash.startswith("$argon2id$")
    assert token_hash == sha256(found["refresh_token"].encode()).digest()


async def test_a_weak_old_hash_is_renewed_at_the_next_sign_in(gateway: Gateway) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(ADMIN_PASSWORD)
    with psycopg.connect(gateway.database.owner_url) as connection:
        connection.execute("UPDATE auth.users SET password_hash = %s", [weak])

    assert (await signed_in(gateway)).status_code == 200

    ((password_hash,),) = stored(gateway.database, "SELECT password_hash FROM auth.users")
    assert not PasswordHasher().check_needs_rehash(password_hash)


async def test_a_new_password_ends_the_old_sessions(gateway: Gateway) -> None:
    found = await tokens(gateway)
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    new = {"current_password": ADMIN_PASSWORD, "new_password": "another long password"}

    changed = await gateway.anyone.put("/v1/me/password", json=new, headers=bearer)

    assert changed.status_code == 204
    assert (await signed_in(gateway)).status_code == 401
    assert (await signed_in(gateway, ADMIN_EMAIL, "another long password")).status_code == 200
    assert (await refreshed(gateway, found["refresh_token"])).status_code == 401


async def test_a_new_password_needs_the_old_one(gateway: Gateway) -> None:
    found = await tokens(gateway)
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    new = {"current_password": "wrong", "new_password": "another long password"}

    refused = await gateway.anyone.put("/v1/me/password", json=new, headers=bearer)

    assert (refused.status_code, refused.json()["type"]) == (403, PROBLEM + "wrong-password")
    assert (await signed_in(gateway)).status_code == 200


async def test_the_first_admin_is_made_once_and_only_if_there_is_none(
    gateway: Gateway, upstreams: dict[Service, Upstream]
) -> None:
    other = settings_for(
        gateway.database,
        gateway.keyset,
        upstreams,
        **BOOTSTRAP | {"admin_email": "second@example.org"},
    )

    async with gateway_with(other, gateway.database, gateway.keyset) as again:
        refused = await signed_in(again, "second@example.org")

    assert refused.status_code == 401
    assert stored(gateway.database, "SELECT email FROM auth.users") == [(ADMIN_EMAIL,)]
