"""What statements come to: a table of cases, and the database that decides the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from profile_service.consent.decisions import Statement, in_force, standing
from profile_service.consent.purposes import Purposes, load_purposes
from profile_service.repository.consents import scores_that_count

if TYPE_CHECKING:
    from profile_service.testing import World

KEPT, GONE = UUID(int=1), UUID(int=2)
START = datetime(2026, 1, 1, tzinfo=UTC)
MERGED = START + timedelta(days=10)


def said(
    state: str,
    day: float = 0,
    person: UUID = KEPT,
    revision: int = 1,
    recorded: float | None = None,
) -> Statement:
    at = START + timedelta(days=day)
    heard = at if recorded is None else START + timedelta(days=recorded)
    return Statement(person, "scoring", revision, state, at, heard)


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([said("given")], True),
        ([said("denied")], False),
        ([said("given"), said("withdrawn", 1, revision=2)], False),
        ([said("withdrawn", 1, revision=2), said("given")], False),
        ([said("withdrawn", 5), said("given", 1, revision=2, recorded=6)], False),
        ([said("withdrawn", 1), said("given", 5, revision=2)], True),
        ([said("given", 1), said("denied", 1, revision=2)], False),
        ([said("given"), said("denied", 1, GONE)], False),
        ([said("denied"), said("given", 1, GONE)], False),
        ([said("given"), said("given", 1, GONE)], True),
        ([said("given", 1, GONE)], True),
        ([said("denied", 1, GONE), said("given", 11)], True),
        ([said("given", 1, GONE), said("denied", 11)], False),
        ([said("denied", 1, GONE), said("given", 5, recorded=11)], True),
    ],
)
def test_the_last_word_counts_and_of_merged_people_the_stricter(
    statements: list[Statement], allowed: bool
) -> None:
    for default in (True, False):
        assert in_force(KEPT, {GONE: MERGED}, statements, default=default) is allowed


@pytest.mark.parametrize("default", [True, False])
def test_while_nothing_was_said_the_default_holds(default: bool) -> None:
    assert in_force(KEPT, {GONE: MERGED}, [], default=default) is default
    assert standing([]) is None


def test_who_says_nothing_may_be_scored_and_is_never_quoted() -> None:
    purposes = load_purposes().by_name

    assert purposes["scoring"].default is True
    assert purposes["evidence"].default is False


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"purposes": ()},
        {"purposes": (*load_purposes().purposes, load_purposes().purposes[0])},
        {
            "purposes": [
                one.model_copy(update={"unrecorded": "allowed"}) for one in load_purposes().purposes
            ]
        },
    ],
)
def test_a_table_of_purposes_that_the_gates_do_not_keep_stops_the_service(
    change: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        Purposes.model_validate(load_purposes().model_dump() | change)


def record(world: World, one: Statement) -> None:
    world.owner.execute(
        "INSERT INTO program.consents (person_id, purpose, revision, state, effective_at,"
        " recorded_by, recorded_role, basis, text_version, created_at)"
        " VALUES (%s, %s, %s, %s, %s, 'x', 'admin', 'oral', 1, %s)",
        [one.person_id, one.purpose, one.revision, one.state, one.effective_at, one.recorded_at],
    )


@pytest.mark.parametrize("seed", range(3))
async def test_the_database_settles_what_the_rule_says(world: World, seed: int) -> None:
    """Statements, merges and unmerges in any order: every source person as the rule has it."""
    chance = random.Random(seed)
    people = [world.person() for _ in range(5)]
    statements: list[Statement] = []
    merged: dict[UUID, tuple[UUID, datetime]] = {}
    for step in range(40):
        now = START + timedelta(hours=step)
        person, other = chance.sample(people, 2)
        move = chance.random()
        if move < 0.6:
            state = chance.choice(["given", "given", "denied", "withdrawn"])
            back = timedelta(hours=chance.choice([0, 0, 3]))
            one = Statement(person, "scoring", step + 1, state, now - back, now)
            statements.append(one)
            record(world, one)
        elif move < 0.85 and not {person, other} & {*merged, *(c for c, _ in merged.values())}:
            merged[person] = (other, now)
            world.owner.execute(
                "INSERT INTO program.canonical_persons (source_id, canonical_id, updated_at)"
                " VALUES (%s, %s, %s)",
                [person, other, now],
            )
        elif person in merged:
            del merged[person]
            world.unmerge(person)

        expected = {one: settled(one, merged, statements) for one in people}
        found = dict(world.rows("SELECT person_id, in_force FROM program.consents_in_force"))
        assert found == {one: yes for one, yes in expected.items() if yes is not None}


def settled(
    person: UUID, merged: dict[UUID, tuple[UUID, datetime]], statements: list[Statement]
) -> bool | None:
    """What the rule says of a source person; None where nobody of the group said anything."""
    canonical = merged.get(person, (person, START))[0]
    group = {canonical} | {one for one, (into, _) in merged.items() if into == canonical}
    known = [one for one in statements if one.person_id in group]
    times = {one: at for one, (_, at) in merged.items()}
    return in_force(canonical, times, known, default=True) if known else None


async def test_only_scores_of_those_who_refuse_do_not_count(world: World) -> None:
    people = {name: world.person() for name in ("silent", "given", "denied", "withdrawn")}
    for revision, (name, person) in enumerate(people.items(), 1):
        if name != "silent":
            record(world, Statement(person, "scoring", revision, name, START, START))
    record(world, Statement(people["silent"], "evidence", 1, "denied", START, START))
    authors: list[UUID | None] = [*people.values(), None]
    for author in authors:
        world.owner.execute(
            "INSERT INTO insight.outcome_scores (text_id, person_id, fact_type, fact_id, dimension,"
            " score, model_id, occurred_at) VALUES (%s, %s, 'buddy_checkin', %s, 'belonging', 0.5,"
            " 'm', now())",
            [uuid4(), author, uuid4()],
        )

    counted = world.rows(
        f"SELECT o.person_id FROM insight.outcome_scores o WHERE {scores_that_count('o')}"
    )

    assert {person for (person,) in counted} == {people["silent"], people["given"], None}
