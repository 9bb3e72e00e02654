"""A company's plan: every release there ever was, and why anything is hidden."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from profile_service.disclosure.lattice import Place
from profile_service.disclosure.releasing import Count, Releases, Snapshot
from profile_service.figures import Figure

REVEALS: Mapping[str, Sequence[str]] = {
    "attendance_rate": ("sessions_completed",),
    "no_show_rate": ("attendance_rate",),
    "retention_rate": ("participants",),
    "sroi_ratio": ("participants", "volunteer_hours"),
    "net_sroi": ("sroi_ratio",),
    "vis_score": ("participants", "volunteer_hours"),
}
"""Figures that give others away, as a rate with its interval tells the counts it is made of.

They are shown only where these are.
"""

ASSUMING = frozenset({"sroi_ratio", "net_sroi", "vis_score"})
"""Figures that change without anybody's facts, as when a proxy does."""


@dataclass(slots=True)
class Plan:
    """All releases of each metric; `hidden` are the cells that the newest decision left out."""

    releases: dict[str, Releases] = field(default_factory=dict)
    hidden: dict[str, list[Place]] = field(default_factory=dict)

    def of(self, metric: str) -> Releases:
        return self.releases.get(metric, Releases())

    def add(self, metric: str, releases: Mapping[Place, Snapshot]) -> None:
        """Note what was released now, each cell with what lay within it."""
        known = dict(self.of(metric).of)
        for place, snapshot in releases.items():
            known[place] = [*known.get(place, ()), snapshot]
        self.releases[metric] = Releases(known)

    @property
    def cells(self) -> dict[str, Any]:
        """The plan as JSON, the same letters for the same plan."""
        return {
            "releases": {
                metric: {
                    _key(place): [_written(one) for one in snapshots]
                    for place, snapshots in sorted(releases.of.items())
                }
                for metric, releases in sorted(self.releases.items())
            },
            "hidden": {
                metric: [_key(place) for place in sorted(places)]
                for metric, places in sorted(self.hidden.items())
            },
        }

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.cells, sort_keys=True).encode()).hexdigest()


def read_plan(cells: Mapping[str, Any]) -> Plan:
    """What `Plan.cells` wrote."""
    releases = {
        metric: Releases(
            {
                _place(key): [_snapshot(one) for one in snapshots]
                for key, snapshots in places.items()
            }
        )
        for metric, places in cells.get("releases", {}).items()
    }
    hidden = {
        metric: [_place(key) for key in keys] for metric, keys in cells.get("hidden", {}).items()
    }
    return Plan(releases, hidden)


def counts_of(figures: Mapping[str, Figure]) -> dict[str, Count]:
    """The people behind each figure of a cell, and what tells whether their facts changed."""
    facts = [one.digest or "" for name, one in sorted(figures.items()) if name not in ASSUMING]
    of_all = hashlib.sha256("|".join(facts).encode()).hexdigest()
    return {
        name: Count(one.n or 0, one.group or 0, _short(of_all if name in ASSUMING else one.digest))
        for name, one in figures.items()
    }


def _short(digest: str | None) -> str:
    return (digest or "")[:32]


def _key(place: Place) -> str:
    return f"{place.period}|{place.program}"


def _place(key: str) -> Place:
    period, _, program = key.partition("|")
    return Place(period, program)


def _written(snapshot: Snapshot) -> dict[str, list[int | str]]:
    return {_key(place): list(count) for place, count in sorted(snapshot.items())}


def _snapshot(written: Mapping[str, Sequence[Any]]) -> Snapshot:
    return {_place(key): Count(*count) for key, count in written.items()}
