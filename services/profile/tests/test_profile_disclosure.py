"""No small group can be had by subtracting one period from another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from profile_service.disclosure import gives_away
from profile_service.figures import Figure
from profile_service.periods import parse_period

if TYPE_CHECKING:
    from profile_service.testing import World

MONTHS = ("2025-04", "2025-05", "2025-06")


def figures(*groups: int) -> list[Figure]:
    return [Figure("participants", "people", "participants/1", n=n, value=n) for n in groups]


@pytest.mark.parametrize(
    ("label", "groups", "expected"),
    [
        ("2025-05", (12, 11, 10), False),
        ("2025-05", (12, 11, 4), True),
        ("2025-05", (12, 11, 0), True),
        ("2025", (40, 40, 40, 40), False),
        ("2025", (40, 40, 40, 9), True),
        ("2025", (3, 4, 5, 6), False),
        ("2025-Q2", (), False),
    ],
)
def test_which_figures_give_a_small_one_away(
    label: str, groups: tuple[int, ...], expected: bool
) -> None:
    assert gives_away(parse_period(label), figures(*groups), 10) is expected


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("2025-05", MONTHS),
        ("2025-12", ("2025-10", "2025-11", "2025-12")),
        ("2025-Q2", ()),
        ("2025", ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")),
    ],
)
def test_what_adds_up(label: str, family: tuple[str, ...]) -> None:
    assert tuple(period.label for period in parse_period(label).family) == family


async def test_a_hidden_month_takes_its_siblings_with_it_and_leaves_the_quarter(
    http: httpx.AsyncClient, world: World, token: Callable[..., str]
) -> None:
    acme, volunteer = world.company("acme"), world.person()
    user = {"Authorization": f"Bearer {token('company_user', company_id=acme)}"}
    sessions = [
        world.session(world.person(), volunteer, datetime(2025, month, 5, 12, tzinfo=UTC))
        for month, people in ((4, 12), (5, 11), (6, 4))
        for _ in range(people)
    ]
    await world.deliver(world.membership(acme, volunteer), *sessions)

    async def seen(period: str) -> dict[str, Any]:
        path = f"/v1/companies/{acme}/metrics"
        answer = await http.get(path, params={"period": period}, headers=user)
        figure: dict[str, Any] = answer.json()["metrics"]["sessions_completed"]
        return figure

    assert (await seen("2025-Q2"))["value"] == 27
    assert [(await seen(month))["reason"] for month in MONTHS] == ["small_group"] * 3
    assert (await seen("2025"))["reason"] == "small_group"
