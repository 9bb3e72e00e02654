"""Deeds taken in bulk leave what deeds taken one by one leave: rows, flags, figures, events."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from event_contracts import (
    FACTS,
    Envelope,
    Event,
    ProgressUpdated,
    ScoreRecorded,
    encode_batch,
    uuid7,
    wrap,
)
from event_contracts.docs.samples import sample
from event_contracts.plain import plain_reader
from profile_service.bulk.projecting import BulkProjector
from profile_service.bulk.reading import NULL, columns_of
from profile_service.bulk.shapes import SHAPES, Shape
from profile_service.facts import fact_row
from profile_service.repository import digests
from profile_service.rules import load_rules
from profile_service.testing import told
from shared_utils.attribution import COUNTED_TYPES

if TYPE_CHECKING:
    from profile_service.projection import Projector
    from profile_service.testing import Told, World
    from shared_utils.work import Work

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
DERIVED = ("profile_facts", "profiles", "profile_flags", "milestones")
every_fact = pytest.mark.parametrize(
    "shape",
    [shape for shape in SHAPES.values() if shape.is_fact],
    ids=lambda shape: shape.event_class.type,
)


def test_all_deeds_that_have_a_time_have_a_shape() -> None:
    counted = {known for known in FACTS if known.fact_type in COUNTED_TYPES}

    assert counted - SHAPES.keys() == {ProgressUpdated}, "it may lack its time"


@every_fact
def test_a_line_is_what_the_fact_row_says(shape: Shape) -> None:
    event = sample(shape.event_class)

    found = columns_of(shape, records_of([event]), load_rules())
    [line] = found.lines.splitlines()

    row = fact_row(event)
    assert row is not None
    fact, revision, event_id, participant, volunteer, occurred, state = line.split("\t")
    assert (fact, int(revision), event_id) == (str(row.fact_id), row.revision, str(row.event_id))
    assert (participant, volunteer) == tuple(
        str(person or NULL) for person in (row.participant_id, row.volunteer_id)
    )
    assert datetime.fromisoformat(occurred) == row.occurred_at
    assert [one.program for one in found.deeds] == ([row.program] if row.counts else [])
    assert as_postgres_reads(state) == row.state


def as_postgres_reads(copied: str) -> Any:
    return json.loads(copied.replace("\\\\", "\\"))


def records_of(events: list[Envelope[Event]]) -> Any:
    reader = plain_reader(type(events[0].data))
    assert reader is not None
    return reader(encode_batch(events))


def crowd(world: World) -> tuple[list[UUID], list[UUID]]:
    """People of all sorts: by domain, stated, left, sponsored, merged, without any tie."""
    acme, bolt = world.company("acme", "acme.example"), world.company("bolt")
    learners = [world.person(f"p{n}@home.example") for n in range(5)]
    helpers = [world.person(f"v{n}@acme.example") for n in range(3)]
    helpers += [world.person(), world.person("v9@acme.example")]
    for one in (
        world.membership(bolt, helpers[1], valid_from=NOON),
        world.membership(acme, helpers[2], valid_to=NOON),
        world.enrollment(learners[0], bolt, started_on=date(2026, 2, 1)),
        world.enrollment(learners[1], acme, ended_on=date(2026, 2, 10)),
    ):
        world.write(one)
    world.merge(learners[2], learners[0])
    world.merge(helpers[3], helpers[4])
    return learners, helpers


def deeds(world: World, random: Random, people: tuple[list[UUID], list[UUID]]) -> list[Told]:
    """A few batches' worth of one class, some with two deeds at the same moment."""
    kind = random.choice(("language", "mentorship"))
    status = random.choice(("completed", "completed", "scheduled"))
    found = []
    for _ in range(random.randrange(1, 30)):
        who = random.choice(people[0]), random.choice(people[1])
        at = NOON + timedelta(hours=random.randrange(-40, 40), microseconds=random.choice((0, 5)))
        level = random.choice(("A1", "B2", None)) if kind == "language" else None
        found.append(world.session(*who, at, kind=kind, status=status, level=level))
    return found


def history(world: World, random: Random) -> list[list[Told]]:
    """Batches of one class each; some deeds come twice, some once more in a later revision."""
    people = crowd(world)
    batches = [deeds(world, random, people) for _ in range(8)]
    batches.append([world.rating(one, 0.75) for one in batches[0]])
    matches = [world.match(p, v, NOON) for p in people[0] for v in people[1][:2]]
    batches += [matches, [world.checkin(one) for one in matches]]
    batches += [[score(one) for one in people[0]], [world.created(one) for one in people[0]]]
    batches += [[world.course(one, NOON) for one in people[0]]]
    batches.append([*batches[1], *deeds(world, random, people)[:1]])
    batches.append([later_revision(world, one) for one in batches[2]])
    return [[one for one in b if one.event.type == b[0].event.type] for b in batches]


def score(person: UUID) -> Told:
    of = ScoreRecorded(
        score_id=uuid7(),
        text_id=uuid7(),
        person_id=person,
        fact_type="kintell_session",
        fact_id=uuid7(),
        dimension="confidence",
        value=0.25,
        model_id="test",
        occurred_at=NOON,
    )
    return told(of)


def later_revision(world: World, one: Told) -> Told:
    was = one.data
    return world.session(
        was.participant_id,
        was.volunteer_id,
        was.scheduled_at,
        kind=was.session_type,
        status=was.status,
        minutes=30,
        session_id=was.session_id,
        revision=2,
    )


async def deliver_in_bulk(world: World, batch: list[Told], bulk: BulkProjector) -> bool:
    """As a consumer does it: several messages; those that can't go in bulk go one by one."""
    events = [one.event for one in batch]
    cut = len(events) // 2
    messages = [part for part in (events[:cut], events[cut:]) if part]
    parts = [bulk.read(type(part[0].data), records_of(part)) for part in messages]
    try:
        async with world.worker.work(correlation_id="test") as work:
            await applied(bulk, parts, work)
    except GaveWayError:
        await world.handle(events)
        return False
    return True


class GaveWayError(Exception):
    """The work is taken back."""


async def applied(bulk: BulkProjector, parts: list[Any], work: Work) -> None:
    if not await bulk.apply(parts, work):
        raise GaveWayError


async def left_behind(world: World) -> dict[str, Any]:
    """All that the batches left, but for the ids and times of the events that were published."""
    async with world.worker.read() as session:
        return {
            "projection": await digests.projection_digest(session, 1),
            "attributions": await digests.attributions_digest(session),
            "milestones": await digests.milestones_digest(session, 1),
            "told": sorted(
                (event["subject"], str(event["data"]))
                for event in world.outbox("orchestration.profile.updated.v1")
            ),
            "reached": sorted(
                str(event["data"])
                for event in world.outbox("orchestration.journey.milestone.reached.v1")
            ),
        }


def forget(world: World) -> None:
    for table in DERIVED:
        world.rows(f"DELETE FROM insight.{table} RETURNING 1")
    world.rows("DELETE FROM program.attributions RETURNING 1")
    world.rows("DELETE FROM ops.outbox RETURNING 1")


@pytest.mark.parametrize("seed", range(4))
async def test_bulk_leaves_what_one_by_one_leaves(world: World, seed: int) -> None:
    batches = history(world, Random(seed))
    for batch in batches:
        await world.handle([one.event for one in batch])
    expected = await left_behind(world)
    forget(world)
    bulk = BulkProjector(world.projector)

    quick = [await deliver_in_bulk(world, batch, bulk) for batch in batches]

    assert await left_behind(world) == expected
    assert quick == [True] * (len(batches) - 2) + [False, False]
    assert world.attributed()


async def test_deeds_go_one_by_one_while_a_replay_fills_another_generation(world: World) -> None:
    learner, helper = world.person(), world.person()
    first = [world.session(learner, helper), world.session(learner, helper)]
    bulk = BulkProjector(world.projector)
    assert await deliver_in_bulk(world, first, bulk)
    async with world.worker.work() as work:
        await work.session.execute(world.filling(2))

    quick = await deliver_in_bulk(world, [world.session(learner, helper)], bulk)

    counts = world.rows(
        "SELECT generation, count(*) FROM insight.profile_facts GROUP BY 1 ORDER BY 1"
    )
    assert not quick
    assert counts == [(1, 3), (2, 1)]


async def test_what_is_told_names_the_event_that_led_to_it(world: World) -> None:
    deed = world.session(world.person(), world.person())
    cause = wrap(deed.data, source="connectors", correlation_id="import:7")
    bulk = BulkProjector(world.projector)
    parts = [bulk.read(type(cause.data), records_of([cause]))]

    async with world.worker.work(correlation_id="other") as work:
        await applied(bulk, parts, work)

    told = world.outbox("orchestration.profile.updated.v1")
    told += world.outbox("orchestration.journey.milestone.reached.v1")
    assert {each["data"]["person_id"] for each in told} == {
        str(deed.data.participant_id),
        str(deed.data.volunteer_id),
    }
    assert {(each["causationid"], each["correlationid"]) for each in told} == {
        (str(cause.id), "import:7")
    }


def test_events_that_are_no_deeds_are_not_for_bulk(projector: Projector) -> None:
    bulk = BulkProjector(projector)

    assert bulk.read(ProgressUpdated, []) is None
