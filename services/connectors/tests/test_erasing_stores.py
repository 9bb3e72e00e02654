"""Each store of connectors erases its part, in any number of goes; left out, its part is found."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from services.connectors.tests.conftest import Build, Connectors

from connectors_service.erasing.stores import stores
from connectors_service.reading.limits import UNLIMITED
from shared_utils.db import Database
from shared_utils.erasing import Eraser
from waymark.testing.canaries import in_tables

MINA = "qanary@home.example"
HEADER = (
    "session_id,session_type,participant_email,volunteer_email,scheduled_at,completed_at,"
    "duration_minutes,rating,feedback_text,shoe size\n"
)
AT = "2026-03-02T10:00:00Z,2026-03-02T11:00:00Z"
FILE = HEADER + (
    f"LS-1,language,{MINA},tom@acme.example,{AT},60,5,qanary words,qanary size\n"
    f"LS-2,language,bob@home.example,tom@acme.example,{AT},60,5,fine,42\n"
    f"LS-3,language,{MINA},tom@acme.example,{AT},9999,5,,\n"
)
AGAIN = HEADER + f"LS-1,language,{MINA},tom@acme.example,{AT},60,5,qanary newer,qanary size\n"
ACCOUNT = f"email,name,role\n{MINA},Qanary Qanarysen,learner\n"

LEFT = {
    "pii.before_images": {"pii.before_images.image"},
    "pii.refused_rows": {"pii.refused_rows.original"},
    "pii.raw_uploads": {"pii.raw_upload_chunks.body"},
    "pii.raw_uploads.filename": {"pii.raw_uploads.filename"},
    "pii.platform_accounts": {"pii.platform_accounts.external_id"},
    "pii.texts": {"pii.texts.body"},
    "program.kintell_sessions": {"pii.fact_details.details"},
}
"""What is found where a store was left out."""


async def planted(build_connectors: Build, monkeypatch: pytest.MonkeyPatch) -> Connectors:
    """The person in every store; the service itself erases nothing."""
    monkeypatch.setattr("connectors_service.app.stores", lambda _: [])
    monkeypatch.setattr("shared_utils.erasing.Eraser.erase_all", _nothing)
    connectors = await build_connectors()
    for dataset, content, name in (
        ("kintell-sessions", FILE, "mine.csv"),
        ("kintell-sessions", AGAIN, f"{MINA}.csv"),
        ("kintell-users", ACCOUNT, "users.csv"),
    ):
        await connectors.imported(dataset, content, name)
    return connectors


async def _nothing(*_: Any) -> None:
    return None


async def marked(connectors: Connectors) -> UUID:
    """Have the person erased, as the profile service does."""
    person = await connectors.value(
        "SELECT person_id FROM pii.external_ids WHERE external_id = %s", [MINA]
    )
    erasure = uuid4()
    await connectors.change(
        "SELECT pii.mark_erased(%s, ARRAY[%s]::uuid[], ARRAY[]::bytea[], 'admin', 'why', now())",
        [erasure, person],
    )
    await connectors.change(
        "INSERT INTO ops.erasure_work (erasure_id, service) VALUES (%s, 'connectors')", [erasure]
    )
    return erasure


async def erased(connectors: Connectors, erasure: UUID, left_out: str = "") -> int:
    """Erase piece by piece, each by an eraser that knows nothing of the others; how many pieces."""
    database = Database(connectors.database.url("connectors_worker"), application_name="connectors")
    pieces = 0
    try:
        while await Eraser([store for store in stores(UNLIMITED) if store.name != left_out]).step(
            database, erasure
        ):
            pieces += 1
    finally:
        await database.close()
    return pieces


def found(connectors: Connectors) -> set[str]:
    places = in_tables(connectors.database.owner_url, ["qanary"])
    return places - {
        "pii.erasure_identifiers.value"
    }  # the profile service's, until all have looked


async def test_piece_by_piece_nothing_is_left_and_each_counts_once(
    build_connectors: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    connectors = await planted(build_connectors, monkeypatch)
    before = found(connectors)
    erasure = await marked(connectors)

    pieces = await erased(connectors, erasure)

    counts = await connectors.value("SELECT counts FROM ops.erasure_work")
    assert before >= set().union(*LEFT.values())
    assert found(connectors) == set()
    assert pieces > len(stores(UNLIMITED))
    assert {
        name: counts[name] for name in ("pii.before_images", "pii.refused_rows", "pii.texts")
    } == {
        "pii.before_images": 1,
        "pii.refused_rows": 1,
        "pii.texts": 2,
    }
    [answer] = await connectors.events("identity.erasure.completed.v1")
    assert answer.data.counts == counts  # type: ignore[attr-defined]
    assert await erased(connectors, erasure) == 0


@pytest.mark.parametrize("left_out", LEFT)
async def test_a_store_that_is_left_out_is_found(
    build_connectors: Build, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    connectors = await planted(build_connectors, monkeypatch)

    await erased(connectors, await marked(connectors), left_out)

    assert found(connectors) >= LEFT[left_out]
