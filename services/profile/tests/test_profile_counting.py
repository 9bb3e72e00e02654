"""Facts are attributed to companies, and again whenever their people's ties turn out otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)


def later(days: float) -> datetime:
    return NOON + timedelta(days=days)


def counted(world: World, *of: Told) -> dict[UUID, tuple[bool, bool]]:
    """The companies that exactly these facts count for, all for the same ones."""
    found = world.attributed()
    assert {fact for _, _, fact, _, _ in found} <= {one.data.fact_id for one in of}
    by_fact = [
        {company: (v, s) for company, _, fact, v, s in found if fact == one.data.fact_id}
        for one in of
    ]
    assert all(one == by_fact[0] for one in by_fact)
    return by_fact[0]


async def test_facts_of_every_kind_count_by_their_volunteers_domain(world: World) -> None:
    acme = world.company("acme", "acme.example")
    ada, bo = world.person("ada@home.example"), world.person("bo@acme.example")
    session, match = world.session(ada, bo), world.match(ada, bo)
    of_both = [
        session,
        world.rating(session, 0.75),
        match,
        world.meeting(match),
        world.checkin(match),
        world.feedback(match, 1.0),
    ]

    await world.deliver(*of_both)

    assert counted(world, *of_both) == {acme: (True, False)}


async def test_a_sponsor_counts_what_its_participants_do_in_its_programme(world: World) -> None:
    acme = world.company("acme")
    ada, bo = world.person(), world.person()
    course, credential = world.course(ada), world.credential(ada)

    await world.deliver(world.enrollment(ada, acme, "upskilling"))
    await world.deliver(course, credential, world.session(ada, bo))

    assert counted(world, course, credential) == {acme: (False, True)}


async def test_a_membership_that_is_told_late_counts_the_older_facts(world: World) -> None:
    acme = world.company("acme")
    ada, bo = world.person(), world.person()
    before, after = world.session(ada, bo, later(-30)), world.session(ada, bo)
    await world.deliver(before, after)
    assert world.attributed() == set()

    await world.deliver(world.membership(acme, bo, valid_from=later(-1)))

    assert counted(world, after) == {acme: (True, False)}


async def test_a_membership_that_was_cut_short_uncounts(world: World) -> None:
    acme = world.company("acme", "acme.example")
    ada, bo = world.person(), world.person("bo@acme.example")
    early, late = world.session(ada, bo, later(-30)), world.session(ada, bo)
    await world.deliver(early, late, world.membership(acme, bo))
    assert counted(world, early, late) == {acme: (True, False)}

    await world.deliver(world.membership(acme, bo, valid_to=later(-10), revision=2))

    assert counted(world, early) == {acme: (True, False)}


async def test_an_enrollment_that_is_told_late_counts_the_older_facts(world: World) -> None:
    acme = world.company("acme")
    ada, bo = world.person(), world.person()
    session = world.session(ada, bo)
    await world.deliver(session)

    await world.deliver(world.enrollment(ada, acme, started_on=date(2026, 2, 10)))

    assert counted(world, session) == {acme: (False, True)}


async def test_a_company_that_changes_its_domain_loses_and_gains_people(world: World) -> None:
    acme = world.company("acme", "old.example")
    ada = world.person()
    old, new = world.person("bo@old.example"), world.person("eve@new.example")
    by_old, by_new = world.session(ada, old), world.session(ada, new)
    await world.deliver(by_old, by_new)
    assert counted(world, by_old) == {acme: (True, False)}

    await world.deliver(world.domain(acme, "new.example"))

    assert counted(world, by_new) == {acme: (True, False)}


async def test_an_address_that_is_linked_later_counts_the_older_facts(world: World) -> None:
    acme = world.company("acme", "acme.example")
    ada, bo = world.person(), world.person()
    session = world.session(ada, bo)
    await world.deliver(session)

    await world.deliver(world.linked(bo, "bo@acme.example"))

    assert counted(world, session) == {acme: (True, False)}


async def test_merging_moves_facts_to_the_companies_of_the_one_who_is_kept(world: World) -> None:
    acme = world.company("acme", "acme.example")
    ada, home, work = (
        world.person(),
        world.person("bo@home.example"),
        world.person("bo@acme.example"),
    )
    session = world.session(ada, home)
    await world.deliver(session)
    assert world.attributed() == set()

    world.merge(work, home)
    await world.deliver(world.merged(work, home))
    assert counted(world, session) == {acme: (True, False)}

    world.unmerge(home)
    await world.deliver(world.unmerged(work, home))
    assert world.attributed() == set()


async def test_what_is_retracted_or_corrected_counts_no_longer(world: World) -> None:
    acme, bolt = world.company("acme", "acme.example"), world.company("bolt", "bolt.example")
    ada, bo, eve = world.person(), world.person("bo@acme.example"), world.person("e@bolt.example")
    undone, corrected = world.session(ada, bo), world.session(ada, bo)
    await world.deliver(undone, corrected)
    assert counted(world, undone, corrected) == {acme: (True, False)}

    by_eve = world.session(ada, eve, session_id=corrected.data.session_id, revision=2)
    await world.deliver(by_eve, world.retraction(undone))

    assert counted(world, by_eve) == {bolt: (True, False)}
