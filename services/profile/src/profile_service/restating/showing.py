"""Decides what a company is shown of a year from now on, and notes it in its plan."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from profile_service.disclosure.lattice import QUARTERS, Place, splits_of
from profile_service.disclosure.plan import REVEALS, Plan, counts_of
from profile_service.disclosure.releasing import NOBODY, Count, Judge, Snapshot
from profile_service.disclosure.verifying import Bounds
from profile_service.figures import Figure
from profile_service.restating.keeping import differs
from profile_service.restating.year import Figures, Year

BASE = "participants"
"""The figure without whose count no answer of another is shown."""

Facts = Mapping[str, Mapping[Place, int]]
Chosen = set[tuple[Place, str]]


@dataclass(slots=True)
class Showing:
    """The decision over one year: `shown` has what users of the company see so far."""

    year: Year
    plan: Plan
    shown: dict[Place, dict[str, Figure]]
    k: int
    _facts: Facts | None = None

    async def decide(self) -> Chosen:
        """The figures to release now, quarter by quarter and then the year."""
        chosen: Chosen = set()
        for quarter in QUARTERS:
            chosen |= await self._decide(*self.year.quarter_scope(quarter))
        return chosen | await self._decide(*self.year.year_scope())

    async def _decide(self, cells: Collection[Place], due: Collection[Place]) -> Chosen:
        if not due:
            return set()
        now = {place: await self.year.now(place) for place in cells}
        counts = {place: counts_of(figures) for place, figures in now.items()}
        chosen: Chosen = set()
        for metric in _in_order(now):
            of_metric = {place: each.get(metric, NOBODY) for place, each in counts.items()}
            chosen |= await self._release(metric, now, of_metric, due)
        return chosen | self._answers(now, due)

    async def _release(
        self,
        metric: str,
        now: Mapping[Place, Figures],
        counts: Mapping[Place, Count],
        due: Collection[Place],
    ) -> Chosen:
        judge = Judge(self.k, list(splits_of(self.year.year, self.year.programs)))
        candidates = [one for one in due if self._is_news(one, metric, now[one].get(metric))]
        if not candidates:
            return set()
        bounds = await self._bounds(metric, counts)
        released = judge.choose(candidates, counts, self.plan.of(metric), bounds)
        self.plan.add(metric, {one: _within(judge, one, counts) for one in released})
        self._note_hidden(metric, due, released)
        for place in released:
            self.shown.setdefault(place, {})[metric] = now[place][metric]
        return {(place, metric) for place in released}

    def _is_news(self, place: Place, metric: str, figure: Figure | None) -> bool:
        """Whether a figure could be shown that is not shown already."""
        if figure is None or figure.value is None or figure.n is None or not figure.published:
            return False
        shown = self.shown.get(place, {})
        if any(other not in shown or shown[other].value is None for other in self._needed(metric)):
            return False
        return metric not in shown or differs(shown[metric], figure)

    def _needed(self, metric: str) -> list[str]:
        return list(REVEALS.get(metric, ()))

    def _note_hidden(
        self, metric: str, due: Collection[Place], released: Collection[Place]
    ) -> None:
        hidden = {*self.plan.hidden.get(metric, ()), *due}
        self.plan.hidden[metric] = sorted(hidden - set(released) - set(self.plan.of(metric).of))

    async def _bounds(self, metric: str, counts: Mapping[Place, Count]) -> Bounds | None:
        """What verifies the choice, for figures that count facts."""
        if self._facts is None:
            self._facts = await self.year.facts()
        if metric not in self._facts:
            return None
        return Bounds(self.k, sorted(counts), self.year.programs, self._facts[metric])

    def _answers(self, now: Mapping[Place, Figures], due: Collection[Place]) -> Chosen:
        """What tells of nobody, and reasons for no value where the people behind are shown."""
        chosen: Chosen = set()
        for place in due:
            shown = self.shown.setdefault(place, {})
            for name, figure in now[place].items():
                if self._may_say(figure, shown):
                    shown[name] = figure
                    chosen.add((place, name))
        return chosen

    def _may_say(self, figure: Figure, shown: Mapping[str, Figure]) -> bool:
        before = shown.get(figure.name)
        if figure.n is None:
            return figure.published and (before is None or differs(before, figure))
        is_base = BASE in shown and shown[BASE].n == figure.n and (figure.group or 0) >= self.k
        return figure.value is None and before is None and is_base


def _in_order(now: Mapping[Place, Figures]) -> list[str]:
    """The metrics, each after those that it gives away."""
    names = list(dict.fromkeys(name for figures in now.values() for name in figures))
    return sorted(names, key=_depth)


def _depth(name: str) -> int:
    return 1 + max(map(_depth, REVEALS[name])) if name in REVEALS else 0


def _within(judge: Judge, place: Place, counts: Mapping[Place, Count]) -> Snapshot:
    return {one: counts.get(one, NOBODY) for one in sorted(judge.within(place))}
