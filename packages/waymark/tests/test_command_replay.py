"""A replay ends well only if profiles and figures came out as they stood."""

from typing import Any

import pytest

from waymark.commands.events import is_proved

EQUAL: dict[str, Any] = {
    "status": "completed",
    "equal": True,
    "metrics": {"recomputed": 3, "equal": 3, "pending": 0, "differing": []},
}


@pytest.mark.parametrize(
    ("change", "proved"),
    [
        ({}, True),
        ({"metrics": {"recomputed": 0, "equal": 0, "pending": 2}}, True),
        ({"metrics": {"recomputed": 3, "equal": 2, "pending": 0}}, False),
        ({"metrics": None}, False),
        ({"equal": False}, False),
        ({"status": "refused"}, False),
        ({"status": "failed"}, False),
    ],
)
def test_a_replay_is_proved_by_profiles_and_figures_that_hold(
    change: dict[str, Any], proved: bool
) -> None:
    assert is_proved(EQUAL | change) is proved
