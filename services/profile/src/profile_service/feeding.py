"""Which figures a fact feeds, as bits of one number, so that figure and trace can't differ."""

from types import MappingProxyType

from event_contracts.vocabulary import Dimension

COUNTS = MappingProxyType(
    {
        "participants": 1,
        "volunteers": 2,
        "sessions_completed": 4,
        "volunteer_hours": 8,
        "attendance_rate": 16,
        "satisfaction": 32,
        "course_completions": 64,
        "credentials": 128,
        "vis_score": 256,
    }
)
"""The bit of each figure that is made of facts."""

NO_SHOW = 512
"""A planned session to which one side didn't come."""

BEFORE = 1024
"""A fact of the period before; it feeds retention alone."""

TOLD_BY_OTHERS = 4096
"""How far above lie the same bits of a fact that the company didn't import itself.

People whom only the company's own files name protect nobody: it could invent them.
"""

FEEDS = MappingProxyType(
    {
        **COUNTS,
        "no_show_rate": COUNTS["attendance_rate"],
        "retention_rate": COUNTS["participants"] | BEFORE,
    }
)
"""The bits of which a fact behind a figure has one."""


SCORED = MappingProxyType(
    {
        **{f"outcome.{one}": (str(one),) for one in Dimension},
        **{f"outcome_change.{one}": (str(one),) for one in Dimension},
        "score_coverage": tuple(map(str, Dimension)),
        "sroi_ratio": tuple(map(str, Dimension)),
    }
)
"""The figures whose inputs are scores, with the dimensions that they may take."""


def feeds(bits: int, metric: str) -> bool:
    """Whether a fact with these bits is behind the figure."""
    return bool(bits & FEEDS[metric])
