"""Whatever changes a kept figure notes the months of the companies that it counts for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest

from event_contracts import ConsentChanged, ScoreOverridden, ScoreRetracted, uuid7
from profile_service.testing import told
from profile_service.testing_scores import Scores

if TYPE_CHECKING:
    from profile_service.testing import Told, World

MAY = datetime(2025, 5, 5, 12, tzinfo=UTC)
STALE = "SELECT DISTINCT company_id, month, event_type FROM insight.stale_months"

Token = Callable[..., str]


@pytest.fixture
def acme(world: World) -> UUID:
    return world.company("acme")


async def in_may(world: World, company: UUID) -> tuple[Told, Told]:
    """Two people who met a volunteer of the company in May of 2025; no note is left of it."""
    volunteer = world.person()
    first, second = (world.session(world.person(), volunteer, MAY) for _ in range(2))
    await world.deliver(world.membership(company, volunteer), first, second)
    world.owner.execute("DELETE FROM insight.stale_months")
    return first, second


@pytest.mark.parametrize("state", ["denied", "withdrawn", "given"])
async def test_what_a_person_says_of_scoring_makes_their_months_stale(
    http: httpx.AsyncClient, world: World, acme: UUID, token: Token, state: str
) -> None:
    first, _ = await in_may(world, acme)
    person = first.data.participant_id
    headers = {"Authorization": f"Bearer {token('participant', person_id=person)}"}

    answer = await http.put(
        f"/v1/profile/{person}/consent",
        json={"purpose": "scoring", "state": state},
        headers=headers,
    )

    assert answer.status_code == 200, answer.text
    assert world.rows(STALE) == [(acme, date(2025, 5, 1), ConsentChanged.type)]


async def test_what_a_person_says_of_sentences_changes_no_figure(
    http: httpx.AsyncClient, world: World, acme: UUID, token: Token
) -> None:
    first, _ = await in_may(world, acme)
    person = first.data.participant_id
    headers = {"Authorization": f"Bearer {token('participant', person_id=person)}"}

    change = {"purpose": "evidence", "state": "given"}
    answer = await http.put(f"/v1/profile/{person}/consent", json=change, headers=headers)

    assert answer.status_code == 200, answer.text
    assert world.rows(STALE) == []


async def test_a_score_taken_back_makes_its_month_stale_though_no_score_is_left(
    world: World, acme: UUID
) -> None:
    first, _ = await in_may(world, acme)
    text_id = Scores(world).text(first)

    await world.deliver(
        told(
            ScoreRetracted(
                score_id=uuid7(), text_id=text_id, dimension="belonging", reason="no_consent"
            )
        )
    )

    assert world.rows(STALE) == [(acme, date(2025, 5, 1), ScoreRetracted.type)]


async def test_a_verdict_makes_its_month_stale(world: World, acme: UUID) -> None:
    first, _ = await in_may(world, acme)
    scores = Scores(world)
    scores.activate()
    text_id = scores.text(first)
    score_id = scores.score(first, 0.5, text_id=text_id)

    verdict = ScoreOverridden(
        score_id=score_id,
        override_id=uuid7(),
        text_id=text_id,
        dimension="belonging",
        value=0.7,
        reviewer_id=uuid7(),
        reason_code="too_low",
    )
    await world.deliver(told(verdict))

    assert world.rows(STALE) == [(acme, date(2025, 5, 1), ScoreOverridden.type)]


async def test_a_merge_makes_the_months_of_both_stale(world: World, acme: UUID) -> None:
    first, second = await in_may(world, acme)
    keep, merged = first.data.participant_id, second.data.participant_id

    world.merge(keep, merged)
    await world.deliver(world.merged(keep, merged))

    found = world.rows(STALE)
    assert found == [(acme, date(2025, 5, 1), "identity.person.merged.v1")]
