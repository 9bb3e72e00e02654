"""Webhook secrets: shown once, kept sealed, rotated with an overlap, audited, admins' alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from services.gateway.tests.conftest import HMAC_KEY, Gateway
from standardwebhooks import Webhook

from shared_utils.sealing import Seal, webhook_owner

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def made(
    admin: httpx.AsyncClient, path: str = "/v1/webhook-secrets", **body: Any
) -> dict[str, Any]:
    answered = await admin.post(path, json=body)
    assert answered.status_code == 201, answered.text
    secret: dict[str, Any] = answered.json()
    return secret


async def listed(admin: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await admin.get("/v1/webhook-secrets")).json()["items"]
    return items


def stored(gateway: Gateway, query: str) -> list[Any]:
    with psycopg.connect(gateway.database.owner_url) as connection:
        return connection.execute(query.encode()).fetchall()


async def test_a_secret_signs_and_is_shown_once_and_kept_sealed(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    secret = await made(admin, source="kintell")

    ((sealed, audit),) = stored(
        gateway, "SELECT s.sealed_secret, a::text FROM auth.webhook_secrets s, ops.audit_log a"
    )
    assert Webhook(secret["secret"]).sign("m", datetime.now(UTC), "{}").startswith("v1,")
    assert Seal(HMAC_KEY).open(bytes(sealed), webhook_owner("kintell")) == secret["secret"]
    assert secret["secret"].removeprefix("whsec_").encode() not in bytes(sealed)
    assert secret["secret"] not in str(audit) + str(await listed(admin))
    assert ("webhook_secret.made" in str(audit), secret["secret_id"] in str(audit)) == (True, True)


async def test_a_rotation_leaves_the_old_secret_its_overlap(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    old = await made(admin, source="buddy")
    foreign = await made(admin, source="kintell")

    new = await made(admin, "/v1/webhook-secrets/buddy/rotate", overlap_seconds=3600)

    ends = {row["secret_id"]: row["expires_at"] for row in await listed(admin)}
    left = datetime.fromisoformat(ends[old["secret_id"]]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    assert (ends[new["secret_id"]], ends[foreign["secret_id"]]) == (None, None)
    assert new["secret"] != old["secret"]
    actions = stored(gateway, "SELECT action FROM ops.audit_log ORDER BY audit_id")
    assert actions[-1] == ("webhook_secret.rotated",)


async def test_a_later_rotation_never_gives_an_old_secret_more_time(
    admin: httpx.AsyncClient,
) -> None:
    old = await made(admin, source="buddy")
    await made(admin, source="buddy", overlap_seconds=0)

    await made(admin, source="buddy", overlap_seconds=86_400)

    ends = {row["secret_id"]: row["expires_at"] for row in await listed(admin)}
    assert datetime.fromisoformat(ends[old["secret_id"]]) <= datetime.now(UTC)


async def test_rotations_at_once_leave_one_secret_that_stays(admin: httpx.AsyncClient) -> None:
    await asyncio.gather(*(admin.post("/v1/webhook-secrets/upskilling/rotate") for _ in range(6)))

    assert [row["expires_at"] for row in await listed(admin)].count(None) == 1


async def test_a_secret_can_be_revoked_at_once(admin: httpx.AsyncClient) -> None:
    secret = await made(admin, source="kintell")

    answered = await admin.delete(f"/v1/webhook-secrets/{secret['secret_id']}")

    assert answered.json()["revoked_at"]
    absent = await admin.delete(f"/v1/webhook-secrets/{secret['secret_id'][:-12]}{'0' * 12}")
    assert absent.status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/webhook-secrets", {"source": "kintel"}),
        ("/v1/webhook-secrets", {}),
        ("/v1/webhook-secrets", {"source": "kintell", "overlap_seconds": -1}),
        ("/v1/webhook-secrets", {"source": "kintell", "secret": "whsec_mine"}),
        ("/v1/webhook-secrets/nobody/rotate", {}),
        ("/v1/webhook-secrets/kintell/rotate", {"overlap_seconds": 10**9}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    admin: httpx.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answered = await admin.post(path, json=body)

    assert answered.status_code == 422
    assert await listed(admin) == []
