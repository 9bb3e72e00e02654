"""Safety over HTTP: screening, the policy, the queue, and who looked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from event_contracts import uuid7
from safety_service.app import build
from safety_service.settings import Settings
from shared_schema.tables.ops import AuditEntry, ReviewItem
from shared_schema.tables.pii import StoredText
from shared_utils.auth import Caller, Role, TokenSigner, TokenVerifier, generate_keyset
from shared_utils.db import Database
from waymark.testing.databases import MigratedDatabase


@pytest.fixture
def signer(tmp_path: Path) -> TokenSigner:
    generate_keyset(tmp_path / "keys.json")
    return TokenSigner(tmp_path / "keys.json")


@pytest.fixture
async def app(database: MigratedDatabase, signer: TokenSigner) -> AsyncIterator[FastAPI]:
    settings = Settings(
        database_url=database.url("safety_worker"),
        nats_url="nats://127.0.0.1:1",
        jwks_url="http://127.0.0.1:1/jwks.json",
        hmac_key="00" * 32,
    )
    app = build(settings)
    app.state.token_verifier = TokenVerifier(signer.key_source())
    yield app
    await app.state.database.close()


@pytest.fixture
async def client(app: FastAPI, signer: TokenSigner) -> AsyncIterator[httpx.AsyncClient]:
    token = signer.access_token(
        Caller(subject=str(uuid7()), role=Role.REVIEWER), timedelta(minutes=5)
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://safety",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client


@pytest.fixture
async def owner(database: MigratedDatabase) -> AsyncIterator[Database]:
    db = Database(database.owner_url, application_name="safety")
    yield db
    await db.close()


async def flagged(owner: Database, severity: int, minute: int) -> str:
    text_id, fact_id, flag_id = uuid7(), uuid7(), uuid7()
    at = datetime(2026, 3, 2, 10, minute, tzinfo=UTC)
    async with owner.work() as work:
        work.session.add(
            StoredText(
                text_id=text_id,
                fact_type="buddy_checkin",
                fact_id=fact_id,
                field="notes",
                body=f"words of {minute}",
                body_hmac=b"\0" * 32,
                occurred_at=at,
            )
        )
        work.session.add(
            ReviewItem(
                flag_id=flag_id,
                text_id=text_id,
                fact_type="buddy_checkin",
                fact_id=fact_id,
                category="violence",
                severity=severity,
                rules=["threat"],
                spans=[{"start": 0, "end": 5, "rule": "threat"}],
                policy_version="test-1",
                created_at=at,
            )
        )
    return str(flag_id)


async def test_texts_are_screened_in_the_order_sent(client: httpx.AsyncClient) -> None:
    body = {"texts": [{"text": "We practised."}, {"text": "My mail is a@b.example."}]}

    answer = await client.post("/v1/safety/screen", json=body)

    clean, dirty = answer.json()["items"]
    assert (clean["flagged"], clean["findings"]) == (False, [])
    assert dirty["flagged"] is True
    assert dirty["redacted"] == "My mail is ███████████."
    assert dirty["findings"][0] | {"policy_version": ""} == {
        "category": "personal_data",
        "severity": 3,
        "score": 1.0,
        "start": 11,
        "end": 22,
        "rule": "email-address",
        "policy_version": "",
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"texts": []},
        {"texts": [{"text": 5}]},
        {"texts": [{"text": "x", "colour": "red"}]},
        {"texts": [{"text": "x"}] * 1001},
        {"texts": [{"text": "x", "language": "klingon"}]},
    ],
)
async def test_a_wrong_request_is_refused_in_clear_words(
    client: httpx.AsyncClient, body: object
) -> None:
    answer = await client.post("/v1/safety/screen", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_queue_shows_the_worst_first_in_pages(
    client: httpx.AsyncClient, owner: Database
) -> None:
    mild, worst, older = (
        await flagged(owner, 3, 1),
        await flagged(owner, 1, 5),
        await flagged(owner, 1, 2),
    )

    first = (await client.get("/v1/safety/reviews", params={"limit": 2})).json()
    second = (
        await client.get("/v1/safety/reviews", params={"limit": 2, "cursor": first["next"]})
    ).json()

    assert [item["flag_id"] for item in first["items"]] == [older, worst]
    assert [item["flag_id"] for item in second["items"]] == [mild]
    assert second["next"] is None
    assert "words of" not in str(first)


async def test_whoever_reads_the_words_is_written_down(
    client: httpx.AsyncClient, owner: Database
) -> None:
    flag_id = await flagged(owner, 2, 7)

    shown = await client.get(f"/v1/safety/reviews/{flag_id}")

    assert shown.json()["text"] == "words of 7"
    async with owner.read() as session:
        look = (await session.scalars(select(AuditEntry))).one()
    assert (look.action, look.object_id, look.role) == (
        "safety.review.viewed",
        flag_id,
        "reviewer",
    )


async def test_only_reviewers_and_admins_come_in(
    client: httpx.AsyncClient, signer: TokenSigner
) -> None:
    other = signer.access_token(
        Caller(subject="someone", role=Role.COORDINATOR), timedelta(minutes=5)
    )

    for path in ("/v1/safety/reviews", "/v1/safety/policy", f"/v1/safety/reviews/{uuid7()}"):
        refused = await client.get(path, headers={"Authorization": f"Bearer {other}"})
        unknown = await client.get(path, headers={"Authorization": "Bearer nonsense"})
        assert (refused.status_code, unknown.status_code) == (403, 401)
