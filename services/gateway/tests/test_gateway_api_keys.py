"""Partners' keys: shown once, exchanged for a minute's token, over when they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from services.gateway.tests.conftest import Gateway, Upstream

from gateway_service.rules import Service
from shared_utils.auth import TokenSigner, TokenVerifier

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROBLEM = "urn:waymark:problem:"


async def me(gateway: Gateway, headers: dict[str, str]) -> httpx.Response:
    return await gateway.anyone.get("/v1/me", headers=headers)


async def key_for(admin: httpx.AsyncClient, *scopes: str, **more: Any) -> dict[str, Any]:
    answered = await admin.post(
        "/v1/api-keys", json={"name": "Kintell", "scopes": list(scopes)} | more
    )
    assert answered.status_code == 201, answered.text
    key: dict[str, Any] = answered.json()
    return key


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
async def test_a_key_is_exchanged_for_a_minutes_token_that_services_get(
    gateway: Gateway,
    admin: httpx.AsyncClient,
    upstreams: dict[Service, Upstream],
    header: str,
) -> None:
    key = await key_for(admin, "import:kintell-sessions")
    value = key["secret"] if header == "X-API-Key" else f"Bearer {key['secret']}"

    answered = await gateway.anyone.get("/v1/imports", headers={header: value})

    (seen,) = upstreams[Service.CONNECTORS].seen
    scheme, _, bearer = (seen.header("authorization") or "").partition(" ")
    caller = await TokenVerifier(TokenSigner(gateway.keyset.path).key_source()).verify(bearer)
    assert (answered.status_code, scheme) == (200, "Bearer")
    assert (caller.subject, caller.role) == (key["key_id"], "partner")
    assert caller.scopes == {"import:kintell-sessions"}
    assert caller.expires_at is not None
    assert caller.expires_at - datetime.now(UTC) <= timedelta(seconds=60)
    assert seen.header("x-api-key") is None
    assert key["secret"] not in str(seen.headers)


async def test_a_keys_secret_is_shown_once_and_kept_as_a_hash(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    key = await key_for(admin, "import:kintell-sessions")

    assert "secret" not in (await admin.get(f"/v1/api-keys/{key['key_id']}")).json()
    with psycopg.connect(gateway.database.owner_url) as connection:
        kept = str(connection.execute("SELECT k::text FROM auth.api_keys k").fetchall())
        (entry,) = connection.execute("SELECT a::text FROM ops.audit_log a").fetchall()
    assert key["secret"] not in kept + str(entry)
    assert key["secret"].removeprefix("wmk_").encode().hex() not in kept


async def test_a_key_shows_when_it_was_used(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    key = await key_for(admin, "import:kintell-sessions")

    answered = await me(gateway, {"X-API-Key": key["secret"]})

    shown = (await admin.get(f"/v1/api-keys/{key['key_id']}")).json()
    assert key["last_used_at"] is None
    assert shown["last_used_at"] is not None
    assert answered.json() == {
        "subject": key["key_id"],
        "role": "partner",
        "scopes": ["import:kintell-sessions"],
    }


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    key = await key_for(admin, "import:kintell-sessions")
    assert (await me(gateway, {"X-API-Key": key["secret"]})).status_code == 200

    revoked = await admin.delete(f"/v1/api-keys/{key['key_id']}")

    assert revoked.json()["revoked_at"]
    assert (await me(gateway, {"X-API-Key": key["secret"]})).status_code == 401


async def test_an_expired_key_opens_nothing(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    key = await key_for(admin, "import:kintell-sessions", expires_at=past)

    assert (await me(gateway, {"X-API-Key": key["secret"]})).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "wmk_" + "A" * 43},
        {"X-API-Key": "wmk_"},
        {"X-API-Key": ""},
        {"X-API-Key": "plain"},
        {"Authorization": "Bearer wmk_" + "A" * 43},
        {"Authorization": "Bearer wmk_é"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a b"},
        {"Authorization": ""},
    ],
)
async def test_what_is_no_key_is_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    answered = await gateway.anyone.get("/v1/me", headers=raw)

    assert answered.status_code == 401
    assert answered.headers["www-authenticate"] == "Bearer"


async def test_two_proofs_at_once_are_refused(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    key = await key_for(admin, "import:kintell-sessions")

    answered = await admin.get("/v1/me", headers={"X-API-Key": key["secret"]})

    assert answered.status_code == 400
    assert answered.json()["type"] == PROBLEM + "ambiguous-credentials"


@pytest.mark.parametrize(
    "scopes", [[], ["import:*"], ["*"], ["admin"], ["import:"], ["import:A"], ["import:a b"]]
)
async def test_a_scope_is_one_dataset_or_source(
    admin: httpx.AsyncClient, scopes: list[str]
) -> None:
    answered = await admin.post("/v1/api-keys", json={"name": "x", "scopes": scopes})

    assert answered.status_code == 422


async def test_a_key_of_a_company_is_the_companys(
    gateway: Gateway, admin: httpx.AsyncClient, company_id: str
) -> None:
    key = await key_for(admin, "import:kintell-sessions", company_id=company_id)

    assert (await me(gateway, {"X-API-Key": key["secret"]})).json()["company_id"] == company_id
