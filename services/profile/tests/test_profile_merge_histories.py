"""Random histories of merges and facts: what counts follows from the merges that stand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profile_service.computing import Cell, compute
from profile_service.merging.merges import Merging, mergeable, partable
from profile_service.merging.schemas import MergeRequest, UnmergeRequest
from profile_service.periods import parse_period
from profile_service.repository import digests, projection
from shared_utils.auth import Caller, Role
from shared_utils.errors import WaymarkError

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
PEOPLE = 5
STAFF = Caller("staff", Role.COORDINATOR)

who = st.integers(0, PEOPLE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), who, who),
        st.tuples(st.just("merge"), who, who),
        st.tuples(st.just("unmerge"), who, who),
        st.tuples(st.just("session"), who, who),
    ),
    min_size=4,
    max_size=14,
)
Step = tuple[str, int, int]


@dataclass
class Model:
    """Who was merged into whom, by place; what must be true, said without any table."""

    into: dict[int, int] = field(default_factory=dict)

    def above(self, one: int) -> list[int]:
        found = [one]
        while found[-1] in self.into:
            found.append(self.into[found[-1]])
        return found

    def counts_as(self, one: int) -> int:
        return self.above(one)[-1]

    def take(self, what: str, keep: int, merge: int) -> str | None:
        """Do it, or say which problem it is."""
        if keep == merge:
            return "same-person"
        if what == "merge":
            return self._merge(keep, merge)
        together = self.counts_as(keep) == self.counts_as(merge)
        if not together or merge not in self.into or merge in self.above(keep):
            return "not-merged"
        del self.into[merge]
        return None

    def _merge(self, keep: int, merge: int) -> str | None:
        if self.counts_as(keep) == self.counts_as(merge):
            return "already-merged"
        if merge in self.into:
            return "merged-elsewhere"
        self.into[merge] = keep
        return None


@dataclass
class Life:
    """Five people of one company's programme, who are merged and parted."""

    world: World
    people: list[UUID]
    buddy: UUID
    company: UUID
    told: list[tuple[Told, ...]] = field(default_factory=list)
    met: set[int] = field(default_factory=set)

    async def act(self, what: str, keep: int, merge: int) -> str | None:
        """Do what staff does by request; the problem's type where it is refused."""
        body = {"keep": self.people[keep], "merge": self.people[merge], "reason": "test"}
        try:
            async with self.world.worker.work(correlation_id="test") as work:
                merging = Merging(work, self.world.projector, STAFF)
                if what == "merge":
                    pair = await mergeable(work, MergeRequest(**body), self.world.projector.rules)
                    await merging.merge(pair, "test")
                else:
                    pair = await partable(work, UnmergeRequest(**body))
                    await merging.unmerge(pair, "test")
        except WaymarkError as problem:
            return problem.type
        return None

    async def tell(self, *events: Told) -> None:
        self.told.append(events)
        await self.world.deliver(*events)

    async def meet(self, one: int, days: int) -> None:
        self.met.add(one)
        at = NOON + timedelta(days=days)
        await self.tell(self.world.session(self.people[one], self.buddy, at))

    def canonical(self) -> dict[int, int]:
        rows = self.world.rows("SELECT source_id, canonical_id FROM program.canonical_persons")
        return {self.people.index(source): self.people.index(other) for source, other in rows}

    async def digest(self) -> tuple[Any, ...]:
        """Everything that is derived: projection, attributions, milestones, figures."""
        async with self.world.worker.read() as session:
            generation = (await projection.generations(session)).active
            cell = Cell(self.company, parse_period("2026"))
            figures = await compute(session, cell, zone=self.world.projector.zone, key=b"k" * 32)
            return (
                await digests.projection_digest(session, generation),
                await digests.attributions_digest(session),
                await digests.milestones_digest(session, generation),
                *figures,
            )


DERIVED = (
    *("program.attributions", "insight.profile_facts", "insight.profiles"),
    *("insight.profile_flags", "insight.milestones"),
)
WRITTEN = (
    *("program.canonical_persons", "program.person_merges", "program.kintell_sessions"),
    *("program.company_users", "pii.external_ids", "pii.persons", "program.companies"),
    *("ops.outbox",),
)


def forget(world: World, *tables: str) -> None:
    for table in tables:
        world.owner.execute(f"DELETE FROM {table}".encode())


async def fresh(world: World) -> Life:
    forget(world, *DERIVED, *WRITTEN)
    people = [world.person() for _ in range(PEOPLE)]
    buddy, company = world.person(), world.company("acme")
    life = Life(world, people, buddy, company)
    await life.tell(world.membership(company, buddy))
    await life.tell(*(world.created(one) for one in [*people, buddy]))
    return life


async def check(world: World, steps: Sequence[Step], order: Sequence[int]) -> None:
    life, model = await fresh(world), Model()
    seen: dict[object, tuple[Any, ...]] = {}
    for what, one, other in steps:
        if what == "session":
            await life.meet(one, other)
        else:
            assert await life.act(what, one, other) == model.take(what, one, other)
        await check_state(life, model, seen)
    for one in order:
        if one in model.into:
            assert await life.act("unmerge", model.into[one], one) is None
            del model.into[one]
            await check_state(life, model, seen)

    parted = await life.digest()
    forget(world, *DERIVED)
    for batch in life.told:
        await world.deliver(*batch)
    assert parted == await life.digest(), "as if no one had ever been merged"


async def check_state(life: Life, model: Model, seen: dict[object, tuple[Any, ...]]) -> None:
    """The canonical ids are the model's; equal facts and merges give equal digests."""
    assert life.canonical() == {one: model.counts_as(one) for one in model.into}
    now = await life.digest()
    participants = next(figure for figure in now[3:] if figure.name == "participants")
    assert participants.value == len({model.counts_as(one) for one in life.met})
    known = len(life.told), frozenset((one, model.counts_as(one)) for one in model.into)
    assert seen.setdefault(known, now) == now


@pytest.mark.parametrize("examples", [5, pytest.param(200, marks=pytest.mark.slow)])
async def test_what_counts_follows_from_the_merges_that_stand(world: World, examples: int) -> None:
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 100,
    )
    @given(STEPS, st.permutations(range(PEOPLE)))
    def run(steps: list[Step], order: list[int]) -> None:
        asyncio.run_coroutine_threadsafe(check(world, steps, order), loop).result(120)

    await asyncio.to_thread(run)
