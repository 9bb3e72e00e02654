"""A timeline can be narrowed to a type, and leads staff, and nobody else, to file and row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

from event_contracts import ScoreRecorded, uuid7
from profile_service.testing import NOON, told

if TYPE_CHECKING:
    from profile_service.testing import World

Token = Callable[..., str]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def timeline(
    http: httpx.AsyncClient, person: UUID, headers: dict[str, str], **params: str
) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1/profile/{person}/timeline", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def ada_with_a_file(world: World) -> tuple[UUID, UUID]:
    """Her session came with row 7 of a file, with a score of its words; her course with none."""
    ada = world.person()
    file = world.file("kintell-sessions", "march.csv")
    session = world.session(ada, world.person())
    of = session.event.data.model_copy(update={"import_id": file})
    session = told(of, "kintell_sessions", **session.row)
    session.row.update(import_id=file, row_no=7, mapping_version="1")
    score = ScoreRecorded(
        score_id=uuid7(),
        text_id=uuid7(),
        person_id=ada,
        fact_type="kintell_session",
        fact_id=session.data.session_id,
        dimension="belonging",
        value=0.8,
        confidence=0.9,
        model_id="m.1",
        occurred_at=NOON,
    )
    await world.deliver(session, world.course(ada), told(score))
    return ada, file


@pytest.mark.parametrize("role", ["admin", "coordinator"])
async def test_staff_see_the_file_and_row_of_each_fact(
    http: httpx.AsyncClient, world: World, token: Token, role: str
) -> None:
    ada, file = await ada_with_a_file(world)

    found = {
        one["fact_type"]: one["origin"] for one in await timeline(http, ada, bearer(token(role)))
    }

    of_the_row = {
        "import_id": str(file),
        "row": 7,
        "mapping_version": "1",
        "file": {"dataset": "kintell-sessions", "name": "march.csv", "sha256": "00ff"},
    }
    of_no_file = {"import_id": None, "row": None, "mapping_version": None, "file": None}
    assert found == {
        "kintell_session": of_the_row,
        "outcome_score": of_the_row,
        "learning_progress": of_no_file,
    }


async def test_the_person_sees_no_file_and_no_import(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada, file = await ada_with_a_file(world)
    path = f"/v1/profile/{ada}/timeline"

    answer = await http.get(path, headers=bearer(token("participant", person_id=ada)))

    assert len(answer.json()["items"]) == 3
    for secret in (str(file), "origin", "import_id", "march.csv"):
        assert secret not in answer.text


async def test_a_type_narrows_the_timeline_page_by_page(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada, _ = await ada_with_a_file(world)
    await world.deliver(world.course(ada), world.course(ada))
    admin, params = bearer(token("admin")), {"type": "learning_progress", "limit": "2"}
    path = f"/v1/profile/{ada}/timeline"

    first = (await http.get(path, params=params, headers=admin)).json()
    rest = await timeline(http, ada, admin, cursor=first["next"], **params)

    assert [one["fact_type"] for one in [*first["items"], *rest]] == ["learning_progress"] * 3
    assert await timeline(http, ada, admin, type="credential") == []


@pytest.mark.parametrize("unknown", ["session", "", "x" * 40])
async def test_an_unknown_type_is_refused_with_those_there_are(
    http: httpx.AsyncClient, world: World, token: Token, unknown: str
) -> None:
    path = f"/v1/profile/{world.person()}/timeline"

    answer = await http.get(path, params={"type": unknown}, headers=bearer(token("admin")))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("unknown-fact-type")
    assert "kintell_session" in answer.json()["detail"]
