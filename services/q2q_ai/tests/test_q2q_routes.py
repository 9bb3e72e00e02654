"""q2q over HTTP: honest answers, the taxonomy, what was recorded."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from event_contracts.vocabulary import Dimension
from q2q_ai_service.app import build
from q2q_ai_service.providers import Evidence, Item, Score
from q2q_ai_service.schemas import ScoreOut
from q2q_ai_service.settings import Settings
from q2q_ai_service.taxonomy import Taxonomy, load_taxonomy
from shared_utils.auth import Caller, Role, TokenSigner, TokenVerifier, generate_keyset
from waymark.testing.databases import MigratedDatabase


@pytest.fixture
async def client(database: MigratedDatabase, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    generate_keyset(tmp_path / "keys.json")
    signer = TokenSigner(tmp_path / "keys.json")
    settings = Settings(
        database_url=database.url("q2q_ai_worker"),
        nats_url="nats://127.0.0.1:1",
        jwks_url="http://127.0.0.1:1/jwks.json",
        hmac_key="00" * 32,
    )
    app = build(settings)
    app.state.token_verifier = TokenVerifier(signer.key_source())
    caller = Caller(subject="reviewer-1", role=Role.REVIEWER)
    token = signer.access_token(caller, timedelta(minutes=5))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://q2q",
        headers={"Authorization": f"Bearer {token}"},
    ) as client:
        yield client
    await app.state.database.close()


async def test_without_a_model_the_answer_says_so(client: httpx.AsyncClient) -> None:
    body = {"texts": [{"text": "I called alone."}], "dimensions": ["belonging", "confidence"]}

    answer = await client.post("/v1/q2q/score", json=body)

    scores = answer.json()["items"][0]["scores"]
    assert [score["dimension"] for score in scores] == ["belonging", "confidence"]
    assert {(score["value"], score["abstained"]) for score in scores} == {(None, "no_model")}


@pytest.mark.parametrize(
    "body",
    [
        {"texts": []},
        {"texts": [{"text": "x"}], "dimensions": ["charm"]},
        {"texts": [{"text": "x"}], "dimensions": []},
        {"texts": [{"text": "x"}], "dimensions": ["belonging", "belonging"]},
        {"texts": "x"},
    ],
)
async def test_a_wrong_request_is_refused_in_clear_words(
    client: httpx.AsyncClient, body: object
) -> None:
    answer = await client.post("/v1/q2q/score", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_taxonomy_defines_each_dimension_once(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/q2q/taxonomy")).json()

    assert sorted(entry["name"] for entry in found["dimensions"]) == sorted(Dimension)
    assert all(entry["is_not"] for entry in found["dimensions"])


def test_a_taxonomy_that_leaves_a_dimension_out_is_refused() -> None:
    partial = load_taxonomy().model_dump(by_alias=True)
    partial["dimensions"] = partial["dimensions"][1:]

    with pytest.raises(ValidationError, match="each dimension"):
        Taxonomy.model_validate(partial)


async def test_nothing_recorded_is_an_empty_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/q2q/outcomes")).json() == {"items": [], "next": None}


def test_evidence_is_quoted_from_the_text_and_a_level_gets_its_band() -> None:
    score = Score(
        Dimension.LANG_LEVEL_PROXY, 3.2, (2.5, 4.0), 0.8, None, (Evidence(2, 8, "0" * 64),), "m.1"
    )

    shown = ScoreOut.of(score, Item("I called alone."))

    assert (shown.band, shown.evidence[0].quote) == ("B1", "called")
