"""Random imports and undos: what is stored is what the files that were not undone say, in order."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

COLUMNS = ("duration_minutes", "rating", "feedback_text", "topics")
KEYS = ("LS-1", "LS-2", "LS-3")
VALUES: dict[str, Any] = {
    "duration_minutes": st.sampled_from(["30", "60", ""]),
    "rating": st.sampled_from(["1", "5"]),
    "feedback_text": st.sampled_from(["Good.", "Bad.", ""]),
    "topics": st.sampled_from(["a", "b", ""]),
}
START = "2026-03-02T10:00:00Z,2026-03-02T11:00:00Z"


@dataclass(frozen=True)
class File:
    """What one file says: some columns of some sessions."""

    columns: tuple[str, ...]
    rows: dict[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        header = "session_id,participant_email,volunteer_email,scheduled_at,completed_at"
        lines = [",".join((header, *self.columns))]
        for key, cells in self.rows.items():
            lines.append(",".join((key, "p@learn.example,v@acme.example", START, *cells)))
        return "\n".join(lines) + "\n"


@st.composite
def files(draw: Any) -> File:
    columns = tuple(name for name in COLUMNS if draw(st.booleans()))
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, unique=True))
    rows = {key: tuple(draw(VALUES[name]) for name in columns) for key in keys}
    return File(columns, rows)


STEPS = st.lists(st.one_of(files(), st.integers(0, 5)), min_size=3, max_size=8).map(list)


def said_together(standing: list[File]) -> dict[str, dict[str, Any]]:
    """Return what these files say one after the other; the algebra that undo must keep."""
    facts: dict[str, dict[str, Any]] = {}
    for file in standing:
        for key, cells in file.rows.items():
            fact = facts.setdefault(key, dict.fromkeys(COLUMNS))
            fact |= {name: cell or None for name, cell in zip(file.columns, cells, strict=True)}
    return facts


@dataclass
class World:
    """A service whose database is emptied before each example."""

    connectors: Any
    sent: list[tuple[str, File]] = field(default_factory=list)
    standing: list[int] = field(default_factory=list)

    async def empty(self) -> None:
        self.connectors.headers = self.connectors.signed("admin")
        await self.connectors.change(
            "TRUNCATE program.kintell_sessions, program.kintell_ratings, pii.texts,"
            " pii.fact_details, pii.before_images, ops.undone_facts, ops.import_rows, ops.outbox,"
            " ops.imports CASCADE"
        )

    async def take(self, step: File | int) -> None:
        if isinstance(step, File):
            done = await self.connectors.imported("kintell-sessions", step.text, program="language")
            assert done["rows"]["refused"] == 0
            self.standing.append(len(self.sent))
            self.sent.append((done["import_id"], step))
        elif self.sent:
            await self.undo(step % len(self.sent))

    async def undo(self, place: int) -> None:
        path = f"/v1/imports/{self.sent[place][0]}/undo"
        ask, headers = self.connectors.http.post, self.connectors.headers
        promised = (await ask(f"{path}?preview=true", headers=headers)).json()
        before = await self.fates(place, "AND withdrawn")
        done = await self.connectors.undone(self.sent[place][0])
        names = ("restored", "removed", "kept", "refused")
        if not promised["undone_before"]:
            assert [promised[name] for name in names] == [done["undo"][name] for name in names]
        after = await self.fates(place)
        promises = Counter(
            {
                (kind, fate): facts
                for kind, fates in promised["facts"].items()
                for fate, facts in fates.items()
            }
        )
        assert promises + before == after
        if place in self.standing:
            self.standing.remove(place)

    async def fates(self, place: int, only: str = "") -> Counter[tuple[str, str]]:
        """Return how many facts of an undone import have each fate."""
        rows = await self.connectors.rows(
            "SELECT fact_type, fate, count(*)::int AS facts FROM ops.undone_facts"
            f" WHERE import_id = %s {only} GROUP BY 1, 2",
            (self.sent[place][0],),
        )
        return Counter({(row["fact_type"], row["fate"]): row["facts"] for row in rows})

    async def stored(self) -> dict[str, dict[str, Any]]:
        rows = await self.connectors.rows(
            "SELECT s.external_id, s.duration_minutes::text, x.body AS feedback_text,"
            " (round(1 + 4 * r.value)::int)::text AS rating, d.details ->> 'topics' AS topics"
            " FROM program.kintell_sessions s"
            " LEFT JOIN program.kintell_ratings r USING (session_id)"
            " LEFT JOIN pii.texts x ON x.text_id = s.text_id"
            " LEFT JOIN pii.fact_details d ON d.fact_id = s.session_id"
        )
        for row in rows:
            row["topics"] = row["topics"].strip('[]"') if row["topics"] else None
        return {row.pop("external_id"): row for row in rows}

    async def told(self) -> dict[str, int]:
        """Return the facts that stand by their events alone: the newest revision holds."""
        newest: dict[Any, Any] = {}
        for event in await self.connectors.events():
            said = event.data
            key = getattr(said, "session_id", None) or getattr(said, "fact_id", None)
            if event.type == "kintell.rating.created.v1":
                key = said.rating_id
            if key and newest.get(key, (0, ""))[0] < said.revision:
                newest[key] = said.revision, event.type
        standing = [kind for _, kind in newest.values()]
        return {kind: standing.count(kind) for kind in set(standing)}


async def check(world: World, steps: list[File | int]) -> None:
    await world.empty()
    world.sent, world.standing = [], []
    for step in steps:
        await world.take(step)

    expected = said_together([world.sent[place][1] for place in world.standing])
    stored = await world.stored()

    assert stored == expected
    told = await world.told()
    ratings = sum(fact["rating"] is not None for fact in expected.values())
    assert told.get("kintell.session.completed.v1", 0) == len(expected)
    assert told.get("kintell.rating.created.v1", 0) == ratings
    traced = await world.connectors.rows("SELECT DISTINCT import_id FROM program.kintell_sessions")
    standing = {world.sent[place][0] for place in world.standing}
    assert {str(row["import_id"]) for row in traced} <= standing


@pytest.mark.parametrize("examples", [12, pytest.param(300, marks=pytest.mark.slow)])
async def test_what_is_stored_is_what_the_files_that_stand_say(
    connectors: Any, examples: int
) -> None:
    loop, world = asyncio.get_running_loop(), World(connectors)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 100,
    )
    @given(STEPS)
    def run(steps: list[File | int]) -> None:
        asyncio.run_coroutine_threadsafe(check(world, steps), loop).result(60)

    await asyncio.to_thread(run)
