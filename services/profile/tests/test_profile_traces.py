"""Every figure leads to what it was made of, as deep as the caller may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

if TYPE_CHECKING:
    from profile_service.testing import Told, World

NOON = datetime(2025, 2, 10, 12, tzinfo=UTC)

Token = Callable[..., str]
Caller = dict[str, str]


@pytest.fixture
def admin(token: Token) -> Caller:
    return {"Authorization": f"Bearer {token('admin')}"}


def user_of(token: Token, company: UUID) -> Caller:
    return {"Authorization": f"Bearer {token('company_user', company_id=company)}"}


async def from_files(world: World, company: UUID, sizes: list[int]) -> list[UUID]:
    """Sessions of new people with one volunteer, from as many files as there are sizes."""
    volunteer = world.person()
    told: list[Told] = [world.membership(company, volunteer)]
    files = [world.file("kintell-sessions", f"file-{size}.csv") for size in sizes]
    for file, size in zip(files, sizes, strict=True):
        for number in range(size):
            session = world.session(world.person(), volunteer, NOON + timedelta(hours=number))
            session.row.update(import_id=file, row_no=number + 2, mapping_version="1")
            told.append(session)
    await world.deliver(*told)
    return files


async def trace(
    http: httpx.AsyncClient, company: UUID, caller: Caller, metric: str, **params: str
) -> httpx.Response:
    return await http.get(
        f"/v1/companies/{company}/metrics/{metric}/trace",
        params={"period": "2025-Q1", **params},
        headers=caller,
    )


async def test_the_link_of_a_figure_leads_to_its_facts_files_and_rows(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme = world.company("acme")
    [file] = await from_files(world, acme, [3])
    path = f"/v1/companies/{acme}/metrics"
    figures = (await http.get(path, params={"period": "2025-Q1"}, headers=admin)).json()["metrics"]

    answer = (await http.get(figures["sessions_completed"]["trace"], headers=admin)).json()

    assert answer["figure"] == figures["sessions_completed"]
    assert [one["row"] for one in answer["items"]] == [2, 3, 4]
    first = answer["items"][0]
    assert (first["import_id"], first["mapping_version"]) == (str(file), "1")
    assert first["file"] == {
        "dataset": "kintell-sessions",
        "name": "file-3.csv",
        "sha256": "00ff",
    }
    assert first["counts_by"] == ["volunteer"]
    assert answer["next"] is None


async def test_a_long_trace_is_paged_and_adds_up_to_its_figure(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    acme = world.company("acme")
    await from_files(world, acme, [7, 4])

    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while not seen or cursor:
        page = await trace(http, acme, admin, "sessions_completed", limit="4", **cursor)
        seen += page.json()["items"]
        cursor = {"cursor": page.json()["next"]} if page.json()["next"] else {}

    assert len(seen) == len({one["fact_id"] for one in seen}) == 11
    assert page.json()["figure"]["value"] == 11


async def test_a_company_sees_counts_a_file_and_small_files_together(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    acme = world.company("acme")
    files = await from_files(world, acme, [30, 12, 6, 5])

    answer = (await trace(http, acme, user_of(token, acme), "participants")).json()

    assert answer["items"] == [
        {"import_id": str(files[0]), "facts": 30},
        {"import_id": str(files[1]), "facts": 12},
    ]
    assert answer["pooled"] == {"sources": 2, "facts": 11}


async def test_a_pool_that_is_small_itself_hides_behind_another_file(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    acme = world.company("acme")
    files = await from_files(world, acme, [30, 12, 3])

    answer = (await trace(http, acme, user_of(token, acme), "participants")).json()

    assert answer["items"] == [{"import_id": str(files[0]), "facts": 30}]
    assert answer["pooled"] == {"sources": 2, "facts": 15}


async def test_a_hidden_figure_has_no_trace(
    http: httpx.AsyncClient, world: World, token: Token, admin: Caller
) -> None:
    acme = world.company("acme")
    await from_files(world, acme, [9])
    caller = user_of(token, acme)

    small = await trace(http, acme, caller, "participants")
    still_open = await trace(http, acme, caller, "participants", period=str(datetime.now(UTC).year))

    assert small.status_code == still_open.status_code == 404
    assert small.json()["type"] == "urn:waymark:problem:no-trace"
    assert (await trace(http, acme, admin, "participants")).status_code == 200


async def test_an_unknown_figure_is_not_found(
    http: httpx.AsyncClient, world: World, token: Token, admin: Caller
) -> None:
    acme = world.company("acme")

    for caller in (admin, user_of(token, acme)):
        answer = await trace(http, acme, caller, "happiness")
        assert (answer.status_code, answer.json()["type"]) == (
            404,
            "urn:waymark:problem:unknown-metric",
        )


async def test_a_figure_without_inputs_has_an_empty_trace(
    http: httpx.AsyncClient, world: World, admin: Caller
) -> None:
    answer = await trace(http, world.company("acme"), admin, "sroi_ratio")

    assert answer.json()["items"] == []
    assert answer.json()["figure"]["reason"] == "inputs_missing"
