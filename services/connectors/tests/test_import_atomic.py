"""`atomic=all`: a file is taken whole, or not at all."""

import asyncio
from typing import Any

from connectors_service.loading.writing import Writer

Connectors = Any
HEADER = "session_id,participant_email,volunteer_email,scheduled_at,rating\n"
LEFT = (
    "program.kintell_sessions",
    "program.kintell_ratings",
    "pii.persons",
    "pii.external_ids",
    "ops.import_rows",
    "ops.outbox",
)


def rows(count: int, rating: str = "5") -> str:
    return "".join(
        f"LS-{n},p{n}@learn.example,v@acme.example,2026-01-01T10:00:00Z,{rating}\n"
        for n in range(count)
    )


async def nothing_left(connectors: Connectors) -> bool:
    counts = [await connectors.value(f"SELECT count(*) FROM {table}") for table in LEFT]
    return counts == [0] * len(LEFT)


async def test_one_bad_row_refuses_the_whole_file_and_leaves_nothing(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=4)
    bad = HEADER + rows(10) + "LS-X,nobody,v@acme.example,2026-01-01T10:00:00Z,5\n"

    done = await connectors.imported("kintell-sessions", bad, program="language", atomic="all")

    assert done["status"] == "failed"
    assert done["problem"]["type"] == "urn:waymark:problem:refused-whole"
    assert (done["problem"]["refused"], done["problem"]["rows"]) == (1, 11)
    assert done["rows"]["refused"] == done["rows"]["read"] == 1
    assert await connectors.codes(done["import_id"]) == [(12, "E001")]
    assert "LS-X" in (await connectors.get(f"/v1/imports/{done['import_id']}/errors.csv")).text
    assert await nothing_left(connectors)


async def test_a_good_file_is_taken_with_the_same_effects(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=4)

    done = await connectors.imported(
        "kintell-sessions", HEADER + rows(10), program="language", atomic="all"
    )

    assert (done["status"], done["atomic"]) == ("completed", True)
    assert done["rows"]["created"] == done["rows"]["read"] == 10
    told = [event.type for event in await connectors.events()]
    assert (
        told.count("kintell.session.scheduled.v1"),
        told.count("kintell.rating.created.v1"),
    ) == (
        10,
        10,
    )
    assert told[-1] == "imports.import.completed.v1"
    again = await connectors.imported(
        "kintell-sessions", HEADER + rows(10), program="language", atomic="all"
    )
    assert again["rows"]["unchanged"] == 10


async def test_a_crash_in_the_middle_leaves_nothing_and_starts_over(
    build_connectors: Any, monkeypatch: Any
) -> None:
    connectors = await build_connectors(import_chunk_rows=4)
    write, chunks, left = Writer.write, 0, []

    async def write_or_break(self: Writer, *given: Any) -> Any:
        nonlocal chunks
        chunks += 1
        if chunks == 3:
            left.append(await nothing_left(connectors))
            raise ConnectionResetError
        return await write(self, *given)

    monkeypatch.setattr(Writer, "write", write_or_break)

    done = await connectors.imported(
        "kintell-sessions", HEADER + rows(10), program="language", atomic="all"
    )

    assert left == [True]
    assert (done["status"], done["rows"]["created"], chunks) == ("completed", 10, 6)


async def test_it_can_be_cancelled_between_its_chunks(
    build_connectors: Any, monkeypatch: Any
) -> None:
    connectors = await build_connectors(import_chunk_rows=2)
    write, reached = Writer.write, asyncio.Event()

    async def write_slowly(self: Writer, *given: Any) -> Any:
        counts = await write(self, *given)
        reached.set()
        await asyncio.sleep(0.3)
        return counts

    monkeypatch.setattr(Writer, "write", write_slowly)
    sent = await connectors.send(
        "kintell-sessions", HEADER + rows(10), program="language", atomic="all"
    )
    await reached.wait()

    path = f"/v1/imports/{sent.json()['import_id']}"
    await connectors.http.post(f"{path}/cancel", headers=connectors.headers)

    assert (await connectors.ended(sent.json()["import_id"]))["status"] == "cancelled"
    await asyncio.sleep(1)
    assert await nothing_left(connectors)
