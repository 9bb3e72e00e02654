"""A figure of scores leads to the scores, the sentences behind them, and their file and row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest

from profile_service.testing_scores import Scores, at

if TYPE_CHECKING:
    from profile_service.testing import World

Caller = dict[str, str]
Token = Callable[..., str]


@pytest.fixture
def scores(world: World) -> Scores:
    found = Scores(world)
    found.activate()
    return found


@pytest.fixture
def admin(token: Token) -> Caller:
    return {"Authorization": f"Bearer {token('admin')}"}


async def trace(
    http: httpx.AsyncClient, company: UUID, caller: Caller, metric: str, **params: str
) -> httpx.Response:
    return await http.get(
        f"/v1/companies/{company}/metrics/{metric}/trace",
        params={"period": "2025-Q1", **params},
        headers=caller,
    )


async def scored_twice(world: World, scores: Scores, company: UUID, people: int) -> UUID:
    """Participants of one file who rise from 0.4 to 0.7; the file."""
    volunteer, file = world.person(), world.file("kintell-sessions", "sessions.csv")
    await world.deliver(world.membership(company, volunteer))
    for number in range(people):
        participant = world.person()
        for row, (month, value) in enumerate(((1, 0.4), (3, 0.7))):
            session = world.session(participant, volunteer, at(3, month=month, hour=number % 24))
            session.row.update(import_id=file, row_no=2 * number + row, mapping_version="1")
            await world.deliver(session)
            scores.score(session, value)
    return file


async def test_an_outcome_leads_to_scores_sentences_file_and_row(
    http: httpx.AsyncClient, world: World, scores: Scores, admin: Caller
) -> None:
    acme, bo, ada = world.company("acme"), world.person(), world.person()
    session = world.session(ada, bo, at(3))
    file = world.file("kintell-sessions", "sessions.csv")
    session.row.update(import_id=file, row_no=7, mapping_version="1")
    await world.deliver(world.membership(acme, bo), session)
    text_id = scores.text(session, "It rained. I feel at home here. Bye.")
    score_id = scores.score(session, 0.8, text_id=text_id)
    world.owner.execute(
        "INSERT INTO insight.evidence_snippets (score_id, text_id, start_at, end_at, sha256)"
        " VALUES (%s, %s, 11, 31, '\\x00ff')",
        [score_id, text_id],
    )
    scores.verdict(score_id, "correct", 0.6)

    answer = (await trace(http, acme, admin, "outcome.belonging")).json()

    assert answer["figure"]["value"] == 0.6
    [found] = answer["items"]
    assert (found["value"], found["model_value"], found["decision"]) == (0.6, 0.8, "correct")
    assert found["evidence"] == [
        {"start": 11, "end": 31, "sha256": "00ff", "quote": "I feel at home here."}
    ]
    assert (found["row"], found["file"]["name"]) == (7, "sessions.csv")
    looked = world.rows("SELECT person_id, action, object FROM insight.access_log")
    assert looked == [(ada, "trace", f"{acme} 2025-Q1 outcome.belonging")]


async def test_pages_of_scores_are_whole(
    http: httpx.AsyncClient, world: World, scores: Scores, admin: Caller
) -> None:
    acme = world.company("acme")
    await scored_twice(world, scores, acme, people=5)

    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while not seen or cursor:
        page = (await trace(http, acme, admin, "outcome.belonging", limit="3", **cursor)).json()
        seen += page["items"]
        cursor = {"cursor": page["next"]} if page["next"] else {}

    assert len({one["score_id"] for one in seen}) == len(seen) == 10


async def test_sroi_leads_to_costs_persons_and_assumptions_and_vis_to_each_volunteer(
    http: httpx.AsyncClient, world: World, scores: Scores, admin: Caller
) -> None:
    acme = world.company("acme")
    file = await scored_twice(world, scores, acme, people=12)
    scores.cost(acme, 5120, import_id=file, row_no=3)
    for kind in ("deadweight", "displacement", "attribution", "drop_off", "discount_rate"):
        scores.reference(kind, "*", 0)
    scores.reference("duration", "*", 1, unit="years")
    scores.reference("outcome_start", "*", 1, unit="year")
    scores.reference("first_year_exponent", "*", 0, unit="exponent")
    euros = {"currency": "EUR", "unit": "currency"}
    proxy = scores.reference("proxy", "belonging", 1000, **euros)
    scores.reference("hourly_value", "volunteer", 20, **euros)

    sroi = (await trace(http, acme, admin, "sroi_ratio")).json()
    vis = (await trace(http, acme, admin, "vis_score")).json()

    # 12 x 1000 of worth for 5120 of cash and 24 hours at 20.
    assert sroi["figure"]["value"] == round(12000 / 5600, 6)
    [cost] = sroi["costs"]
    assert (cost["cash"], cost["row"], cost["file"]["name"]) == ("5120.00", 3, "sessions.csv")
    assert len(sroi["outcomes"]["belonging"]) == 12
    assumptions = sroi["figure"]["detail"]["assumptions"]
    [stated] = [one for one in assumptions if one["assumption"] == "proxy:belonging"]
    assert (stated["reference_id"], stated["source"]) == (str(proxy), "a study of the test")
    assert len(sroi["items"]) == 24
    [volunteer] = vis["volunteers"]
    assert volunteer["participants"] == 12
    assert round(volunteer["continuity"], 6) == round(25 / 26, 6)
    assert len(vis["items"]) == 24


async def test_a_companys_users_see_no_words_and_no_persons(
    http: httpx.AsyncClient, world: World, scores: Scores, token: Token
) -> None:
    acme = world.company("acme")
    await scored_twice(world, scores, acme, people=12)
    caller = {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}

    answer = await trace(http, acme, caller, "outcome.belonging")

    assert answer.status_code == 200
    assert answer.json()["figure"]["value"] == 0.55
    assert all(set(one) == {"import_id", "facts"} for one in answer.json()["items"])
    assert "quote" not in answer.text
    assert "participant_id" not in answer.text


async def test_companies_are_listed_to_staff_and_the_own_one_to_its_users(
    http: httpx.AsyncClient, world: World, token: Token, admin: Caller
) -> None:
    acme, bolt = world.company("acme"), world.company("bolt")
    user = {"Authorization": f"Bearer {token('company_user', company_id=bolt)}"}
    other = {"Authorization": f"Bearer {token('participant', person_id=uuid4())}"}

    first = (await http.get("/v1/companies", params={"limit": 1}, headers=admin)).json()
    rest = (await http.get("/v1/companies", params={"cursor": first["next"]}, headers=admin)).json()
    own = (await http.get("/v1/companies", headers=user)).json()

    assert first["items"] == [{"company_id": str(acme), "key": "acme", "name": "Acme"}]
    assert [one["key"] for one in rest["items"]] == ["bolt"]
    assert (own["items"], own["next"]) == (
        [{"company_id": str(bolt), "key": "bolt", "name": "Bolt"}],
        None,
    )
    assert (await http.get("/v1/companies", headers=other)).status_code == 403
