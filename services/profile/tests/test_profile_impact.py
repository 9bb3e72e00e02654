"""A company's figures of outcomes: which scores count, what they come to, and why if to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from profile_service.computing import Cell, compute
from profile_service.figures import Coverage
from profile_service.periods import parse_period
from profile_service.testing_scores import MODEL, Scores, at

if TYPE_CHECKING:
    from uuid import UUID

    from profile_service.figures import Figure
    from profile_service.testing import Told, World

ASSUMED = {
    ("deadweight", "belonging"): 0.2,
    ("displacement", "*"): 0,
    ("attribution", "*"): 0.25,
    ("drop_off", "*"): 0,
    ("discount_rate", "*"): 0.035,
}


@pytest.fixture
def scores(world: World) -> Scores:
    found = Scores(world)
    found.activate()
    return found


async def figures(
    world: World, company: UUID, period: str = "2025-Q1", program: str = "all"
) -> dict[str, Figure]:
    cell = Cell(company, parse_period(period), program)
    async with world.tenant.tenant_read(company) as session:
        found = await compute(session, cell, zone=ZoneInfo("UTC"), key=b"key")
    return {one.name: one for one in found}


def assumed(scores: Scores, **money: Any) -> None:
    """A proxy of 1000, a fifth of deadweight, a quarter due to others; an hour is worth 20."""
    for (kind, key), value in ASSUMED.items():
        scores.reference(kind, key, value)
    scores.reference("duration", "*", 1, unit="years")
    scores.reference("outcome_start", "*", 1, unit="year")
    scores.reference("first_year_exponent", "*", 0, unit="exponent")
    euros = {"currency": "EUR"} | money
    scores.reference("proxy", "belonging", 1000, unit="currency per person", **euros)
    scores.reference("hourly_value", "volunteer", 20, unit="currency per hour", currency="EUR")


async def a_quarter(world: World, company: UUID) -> list[tuple[Told, Told]]:
    """Three volunteers meet four participants each, in January and in March, for an hour."""
    volunteers = [world.person() for _ in range(3)]
    await world.deliver(*(world.membership(company, one) for one in volunteers))
    pairs = []
    for number in range(12):
        participant, volunteer = world.person(), volunteers[number // 4]
        first = world.session(participant, volunteer, at(10, hour=number))
        last = world.session(participant, volunteer, at(10, month=3, hour=number))
        pairs.append((first, last))
    await world.deliver(*(one for pair in pairs for one in pair))
    return pairs


async def eleven_of_twelve_rise(world: World, scores: Scores, company: UUID) -> list[UUID]:
    """All stand at 0.4 in January; all but the last stand at 0.7 in March."""
    told = []
    for number, (first, last) in enumerate(await a_quarter(world, company)):
        told.append(scores.score(first, 0.4))
        told.append(scores.score(last, 0.7 if number < 11 else 0.4))
    return told


async def test_sroi_vis_and_outcomes_are_what_they_come_to_by_hand(
    world: World, scores: Scores
) -> None:
    """11 x 1000 x 0.8 x 0.75 = 6600 of worth, against 5120 in cash and 24 hours at 20."""
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores)
    scores.cost(acme, 5000, in_kind=120)

    found = await figures(world, acme)

    sroi = found["sroi_ratio"]
    assert sroi.detail is not None
    assert (sroi.value, sroi.n, sroi.smallest_group) == (1.178571, 11, 11)
    assert (sroi.detail["inputs"], sroi.detail["present_value"]) == (5600, 6600)
    assert sroi.detail["low"] < sroi.value < sroi.detail["high"]
    assert (sroi.detail["first_year_exponent"], sroi.detail["payback_years"]) == (0, 0.848485)
    assert sroi.detail["outcomes"][0]["outcome_start"] == 1
    assert found["vis_score"].value == pytest.approx(55.1452, abs=1e-4)
    assert found["vis_score"].n == 12
    assert found["outcome.belonging"].value == 0.5375
    assert found["outcome_change.belonging"].value == 0.275
    assert found["outcome_change.belonging"].interval is not None
    assert found["outcome.confidence"].reason == "no_scores"


async def test_a_reviewers_verdict_replaces_the_models_value(world: World, scores: Scores) -> None:
    """0.4 corrected to 0.7 and one rejected: that participant and the last don't rise."""
    acme = world.company("acme")
    told = await eleven_of_twelve_rise(world, scores, acme)
    before = await figures(world, acme)

    scores.verdict(told[0], "correct", 0.1)
    scores.verdict(told[0], "correct", 0.7)
    scores.verdict(told[2], "reject")

    after = await figures(world, acme)
    assert before["outcome_change.belonging"].n == 12
    change = after["outcome_change.belonging"]
    assert change.detail is not None
    assert (change.n, change.value) == (11, round(9 * 0.3 / 11, 6))
    assert change.detail["abstained_because"] == ["rejected"]
    assert after["outcome.belonging"].digest != before["outcome.belonging"].digest


async def test_only_the_active_models_scores_of_participants_own_words_count(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    (first, last), *_ = await a_quarter(world, acme)
    scores.activate("older")
    scores.activate(MODEL)
    scores.score(first, 0.5)
    scores.score(first, 0.9, model_id="older")
    scores.score(last, 0.9, person_id=last.data.volunteer_id)

    found = (await figures(world, acme))["outcome.belonging"]

    assert (found.value, found.n) == (0.5, 1)


async def test_who_refuses_to_be_scored_is_in_no_figure_of_scores(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    before = await figures(world, acme)
    [(refusing,)] = world.rows("SELECT person_id FROM insight.outcome_scores LIMIT 1")

    world.owner.execute(
        "INSERT INTO program.consents (person_id, purpose, revision, state, effective_at,"
        " recorded_by, recorded_role, basis, text_version)"
        " VALUES (%s, 'scoring', 1, 'denied', now(), 'test', 'admin', 'written', 1)",
        [refusing],
    )

    after = await figures(world, acme)
    assert (before["outcome.belonging"].n, after["outcome.belonging"].n) == (12, 11)
    assert after["participants"].n == 12


async def test_texts_without_a_score_show_by_reason_and_are_never_a_half(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    (first, last), (other, _), *_ = await a_quarter(world, acme)
    scores.score(first, 0.8)
    scores.score(last, None)
    scores.score(other, 0.2, confidence=None)

    found = await figures(world, acme)

    belonging = found["outcome.belonging"]
    assert belonging.detail is not None
    assert (belonging.value, belonging.n) == (0.8, 1)
    assert belonging.detail["abstained_because"] == ["no_confidence", "too_short"]
    assert belonging.coverage == Coverage(facts=3, complete=1)
    assert found["score_coverage"].value == round(1 / 3, 6)
    assert found["outcome_change.belonging"].reason == "no_second_score"


async def test_scores_of_one_moment_are_combined_by_confidence(
    world: World, scores: Scores
) -> None:
    """METRICS' vector: 0.6, 0.8, 0.4, 0.7 with 0.9, 0.5, 0.7, 0.95 come to 0.618."""
    acme = world.company("acme")
    (first, _), *_ = await a_quarter(world, acme)
    for value, confidence in zip((0.6, 0.8, 0.4, 0.7), (0.9, 0.5, 0.7, 0.95), strict=True):
        scores.score(first, value, confidence=confidence)

    found = (await figures(world, acme))["outcome.belonging"]

    assert found.value == pytest.approx(0.618, abs=5e-4)


async def test_a_models_figures_are_kept_from_companies_until_it_is_published(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores)
    scores.cost(acme, 5120)
    assert all(one.published for one in (await figures(world, acme)).values())

    scores.activate(MODEL, published=False)

    found = await figures(world, acme)
    kept = {name for name, one in found.items() if not one.published}
    assert {"outcome.belonging", "outcome_change.belonging", "sroi_ratio", "vis_score"} <= kept
    assert found["participants"].published


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ("costs", "inputs_missing"),
        ("worth", "inputs_zero"),
        ("proxy", "proxy_missing"),
        ("deadweight", "assumption_missing"),
        ("hourly_value", "hourly_value_missing"),
        ("exchange_rate", "currency_rate_missing"),
        ("order", "overlapping_costs"),
    ],
)
async def test_sroi_without_what_it_needs_says_what_is_missing(
    world: World, scores: Scores, lacking: str, reason: str
) -> None:
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores, currency="USD" if lacking == "exchange_rate" else "EUR")
    if lacking != "costs":
        scores.cost(acme, 0 if lacking == "worth" else 5120)
    if lacking == "order":
        scores.cost(acme, 9, period="2025-01", ends_on=at(1, month=2).date())
    if lacking == "worth":
        world.owner.execute("UPDATE program.kintell_sessions SET duration_minutes = NULL")
    world.owner.execute("DELETE FROM insight.reference_values WHERE kind = %s", [lacking])

    found = (await figures(world, acme))["sroi_ratio"]

    assert (found.value, found.reason) == (None, reason)


async def test_a_dated_rate_brings_costs_and_proxies_into_one_currency(
    world: World, scores: Scores
) -> None:
    """A proxy of 1000 dollars at 0.9 is 900 euros: 5940 of 5600."""
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores, currency="USD")
    scores.cost(acme, 5120)
    scores.reference("exchange_rate", "USD/EUR", 0.9, unit="EUR per USD", currency="EUR")

    found = (await figures(world, acme))["sroi_ratio"]

    assert found.value == 1.060714
    assert found.detail is not None
    assert "exchange_rate:USD/EUR" in {one["assumption"] for one in found.detail["assumptions"]}


async def test_a_new_version_of_an_assumption_counts_and_changes_the_digest(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores)
    scores.cost(acme, 5120)
    before = (await figures(world, acme))["sroi_ratio"]

    scores.reference("attribution", "*", 0.5, version=2)
    scores.reference("attribution", "belonging", 0.9, valid_from=at(1, month=4).date())

    after = (await figures(world, acme))["sroi_ratio"]
    assert (before.value, after.value) == (1.178571, 0.785714)
    assert after.digest != before.digest


async def test_a_year_of_costs_falls_into_its_quarters_by_days(
    world: World, scores: Scores
) -> None:
    """90 of 365 days of 36 500 are 9000, and 480 of time: 6600 of 9480."""
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores)
    scores.cost(acme, 36_500, period="2025", ends_on=at(1).replace(year=2026).date())

    assert (await figures(world, acme))["sroi_ratio"].value == round(6600 / 9480, 6)


async def test_the_same_facts_in_any_order_and_under_any_ids_give_the_same_digits(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    await eleven_of_twelve_rise(world, scores, acme)
    assumed(scores)
    scores.cost(acme, 5120)
    before = await figures(world, acme)

    for statement in RENAMED:
        world.owner.execute(statement.encode())

    after = await figures(world, acme)
    assert after == before
    world.owner.execute("UPDATE program.kintell_sessions SET duration_minutes = 61")
    moved = await figures(world, acme)
    assert moved["volunteer_hours"].digest != before["volunteer_hours"].digest


RENAMED = (
    "UPDATE program.kintell_sessions SET session_id = md5(session_id::text)::uuid,"
    " participant_id = md5(participant_id::text)::uuid,"
    " volunteer_id = md5(volunteer_id::text)::uuid",
    "CREATE TEMP TABLE shuffled AS SELECT * FROM program.attributions ORDER BY random()",
    "DELETE FROM program.attributions",
    "INSERT INTO program.attributions SELECT company_id, fact_type, md5(fact_id::text)::uuid,"
    " volunteer, sponsor, occurred_at, program, md5(participant_id::text)::uuid,"
    " md5(volunteer_id::text)::uuid FROM shuffled",
    "UPDATE insight.outcome_scores SET fact_id = md5(fact_id::text)::uuid,"
    " person_id = md5(person_id::text)::uuid",
)
"""Every surrogate id of facts and people becomes another, and the rows lie in another order."""


async def test_a_merge_and_its_taking_back_give_the_first_digits_again(
    world: World, scores: Scores
) -> None:
    acme = world.company("acme")
    pairs = await a_quarter(world, acme)
    before = await figures(world, acme)
    one, other = (pair[0].data.participant_id for pair in pairs[:2])

    world.merge(one, other)
    merged = await figures(world, acme)
    world.unmerge(other)

    assert merged["participants"].value == 11
    assert merged["participants"].digest != before["participants"].digest
    assert await figures(world, acme) == before


async def test_who_was_active_before_and_is_again_is_retained(world: World) -> None:
    """Of four in the last quarter of 2024, three come back, and one is new."""
    acme, bo = world.company("acme"), world.person()
    people = [world.person() for _ in range(5)]
    earlier = [world.session(one, bo, at(5).replace(year=2024, month=11)) for one in people[:4]]
    now = [world.session(one, bo, at(5)) for one in people[1:]]
    missed = world.session(people[1], bo, at(6), status="no_show")
    await world.deliver(world.membership(acme, bo), *earlier, *now, missed)

    found = await figures(world, acme)

    assert (found["retention_rate"].value, found["retention_rate"].n) == (0.75, 4)
    assert found["no_show_rate"].value == 0.2
    assert found["participants"].value == 4
    assert found["sessions_completed"].value == 4


async def test_each_programme_is_a_cell_of_its_own(world: World) -> None:
    acme, bo = world.company("acme"), world.person()
    ada, eve = world.person(), world.person()
    course = world.course(ada, at(3))
    badge = world.credential(ada, at(4))
    await world.deliver(
        world.membership(acme, bo),
        world.enrollment(ada, acme, "upskilling", started_on=at(1).date()),
        world.session(ada, bo, at(5)),
        world.session(eve, bo, at(6), kind="mentorship", minutes=30),
        course,
        badge,
    )

    cells = {
        program: await figures(world, acme, program=program)
        for program in ("all", "language", "mentorship", "upskilling", "buddy")
    }

    hours = {program: of["volunteer_hours"].value for program, of in cells.items()}
    assert hours == {"all": 1.5, "language": 1, "mentorship": 0.5, "upskilling": 0, "buddy": 0}
    assert cells["upskilling"]["course_completions"].value == 1
    assert cells["upskilling"]["credentials"].value == 1
    assert cells["all"]["participants"].value == 2
