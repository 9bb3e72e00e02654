"""Profiles are built from events alone, and come out the same in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from profile_service.testing import World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
UPDATED = "orchestration.profile.updated.v1"
MILESTONE = "orchestration.journey.milestone.reached.v1"


def later(days: float) -> datetime:
    return NOON + timedelta(days=days)


async def test_each_kind_of_fact_sets_its_flag(world: World) -> None:
    ada, bo = world.person(), world.person()
    match = world.match(ada, bo)
    language = world.session(ada, bo, level="B1")
    mentoring = world.session(ada, bo, kind="mentorship")

    await world.deliver(
        language,
        mentoring,
        match,
        world.checkin(match),
        world.course(ada),
        world.credential(ada),
    )

    flags = world.flags(ada)
    assert {flag: value for flag, (value, _, _) in flags.items()} == {
        "is_buddy_matched": True,
        "has_buddy_checkin": True,
        "has_completed_language": True,
        "has_mentor_session": True,
        "has_completed_course": True,
        "has_credential": True,
        "language_level": "B1",
    }
    assert flags["has_completed_language"] == (True, NOON, language.event.id)
    assert world.flags(bo) == {}


async def test_a_flag_falls_with_the_fact_that_held_it_and_names_the_next(world: World) -> None:
    ada, bo = world.person(), world.person()
    first, second = world.session(ada, bo, later(1)), world.session(ada, bo, later(2))
    await world.deliver(second, first)
    assert world.flags(ada)["has_completed_language"][2] == first.event.id

    await world.deliver(world.retraction(first))
    assert world.flags(ada)["has_completed_language"] == (True, later(2), second.event.id)

    await world.deliver(world.retraction(second))
    assert world.flags(ada) == {}


async def test_a_match_that_ends_is_no_match(world: World) -> None:
    ada, bo = world.person(), world.person()
    match = world.match(ada, bo)
    ended = world.match(ada, bo, status="ended", match_id=match.data.match_id, revision=2)

    await world.deliver(match)
    assert "is_buddy_matched" in world.flags(ada)
    await world.deliver(ended)
    assert world.flags(ada) == {}
    await world.deliver(match)
    assert world.flags(ada) == {}


async def test_a_session_that_moves_to_another_person_leaves_the_first(world: World) -> None:
    ada, bo, eve = world.person(), world.person(), world.person()
    meant = world.session(ada, bo)
    corrected = world.session(eve, bo, session_id=meant.data.session_id, revision=2)

    await world.deliver(meant)
    await world.deliver(corrected)

    assert world.flags(ada) == {}
    assert "has_completed_language" in world.flags(eve)


async def test_a_milestone_is_published_once_for_ever(world: World) -> None:
    ada, bo = world.person(), world.person()
    late, early = world.session(ada, bo, later(5)), world.session(ada, bo, later(1))

    await world.deliver(late)
    await world.deliver(early)
    await world.deliver(world.retraction(early), world.retraction(late))
    await world.deliver(world.session(ada, bo, later(9)))

    assert world.published(MILESTONE) == 1
    assert world.flags(ada)["has_completed_language"][1] == later(9)


async def test_an_event_that_says_nothing_new_changes_nothing(world: World) -> None:
    ada, bo = world.person(), world.person()
    session = world.session(ada, bo, revision=2)
    older = world.session(ada, bo, session_id=session.data.session_id, minutes=5)
    await world.deliver(session)
    told_of = world.published(UPDATED)

    await world.deliver(session, older)

    assert told_of == 2
    assert world.published(UPDATED) == told_of


async def test_a_new_person_has_a_profile_at_once(world: World) -> None:
    ada = world.person()

    await world.deliver(world.created(ada))

    assert world.rows("SELECT person_id FROM insight.profiles") == [(ada,)]


async def test_what_one_event_changed_is_said_with_its_cause(world: World) -> None:
    ada, bo = world.person(), world.person()
    session = world.session(ada, bo, level="A2")

    await world.deliver(session)

    updates = {one["data"]["person_id"]: one for one in world.outbox(UPDATED)}
    assert updates[str(ada)]["data"]["changed"] == [
        "has_completed_language",
        "language_level",
        "sessions",
    ]
    assert updates[str(bo)]["data"]["changed"] == ["sessions"]
    assert {one["causationid"] for one in updates.values()} == {str(session.event.id)}


async def test_merged_people_are_one_and_unmerging_gives_both_back(world: World) -> None:
    keep, merged, bo = world.person(), world.person(), world.person()
    mine, theirs = world.session(keep, bo, later(2)), world.session(merged, bo, later(1))
    await world.deliver(mine, theirs)

    world.merge(keep, merged)
    await world.deliver(world.merged(keep, merged))
    assert world.flags(keep)["has_completed_language"][2] == theirs.event.id
    assert world.flags(merged) == {}

    world.unmerge(merged)
    await world.deliver(world.unmerged(keep, merged))
    assert world.flags(keep)["has_completed_language"][2] == mine.event.id
    assert world.flags(merged)["has_completed_language"][2] == theirs.event.id


async def test_facts_of_a_merged_person_go_to_whom_they_count_as(world: World) -> None:
    keep, merged, bo = world.person(), world.person(), world.person()
    world.merge(keep, merged)

    await world.deliver(world.session(merged, bo))

    assert "has_completed_language" in world.flags(keep)
    assert world.flags(merged) == {}
