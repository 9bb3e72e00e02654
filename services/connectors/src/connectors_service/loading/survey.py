"""Pass 1 over the rows: the scale of each rating column, and keys that stand twice.

Memory is 8 bytes a row, plus what repeated keys need: a second sweep looks at those alone.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors_service.mapping.plan import REPORT_COLUMNS, Plan
from connectors_service.mapping.rows import DEFAULT_SCALE, Accepted, RowReader, Scales
from connectors_service.reading.records import Record
from connectors_service.rules.codes import Code
from connectors_service.rules.ratings import Scale, ScaleEvidence

NumberedRecord = tuple[int, Record]
PARTS = 256
MOST_EQUAL = 32_000
"""The most rows of one weak key; further ones are refused."""

_STATED = re.compile(r"\[no\. ([0-9]{1,5}) of its key\]$")


def stated_number(nth: int) -> str:
    """Word the how many-th of its key a refused row is, as the last of its reasons says it."""
    return f"[no. {nth} of its key]"


def states_numbers(plan: Plan) -> bool:
    """Tell whether a file is one of refused rows that say the how many-th of their key they are."""
    return plan.dataset.weak and plan.headers[-2:] == REPORT_COLUMNS


class RowNumbers:
    """A set of row numbers, added in rising order, at 4 bytes each."""

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers = array("I", numbers)

    def __contains__(self, row: int) -> bool:
        place = bisect_left(self._numbers, row)
        return place < len(self._numbers) and self._numbers[place] == row

    def __len__(self) -> int:
        return len(self._numbers)

    def between(self, first: int, last: int) -> "array[int]":
        """Return those from `first` to `last`."""
        return self._numbers[bisect_left(self._numbers, first) : bisect_right(self._numbers, last)]


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What the whole file says about its rows.

    `conflicting` rows share a key with a row of other content (E011); `repeated` rows say again
    what an earlier row said. Where keys are weak, `nth` says instead the how many-th of its key a
    row is, from the second on.
    """

    scales: Scales
    conflicting: RowNumbers = field(default_factory=RowNumbers)
    repeated: RowNumbers = field(default_factory=RowNumbers)
    nth: Mapping[int, int] = field(default_factory=dict)


class Survey:
    """First sweep: feed all rows, then ask for scales and for the keys that repeat.

    Whoever looks at whole columns feeds keys and the `evidence` of the `ratings` instead.
    """

    def __init__(self, plan: Plan) -> None:
        self._reader = RowReader(plan)
        self._plan = plan
        self.evidence = ScaleEvidence()
        self.ratings = [
            feed for feed in plan.feeds if plan.dataset.by_name[feed.field].rule.code is Code.RATING
        ]
        self._hashes = [array("Q") for _ in range(PARTS)]

    def add(self, records: Iterable[NumberedRecord]) -> None:
        """Look at the next rows."""
        for _, cells in records:
            self.add_key(self._reader.key(cells))
            for feed in self.ratings:
                if feed.index < len(cells):
                    self.evidence.add(cells[feed.index].strip())

    def add_key(self, key: tuple[Any, ...] | None) -> None:
        """Look at one row's key, if it can be read."""
        if key:
            mark = _mark(key)
            self._hashes[mark % PARTS].append(mark)

    def scales(self) -> tuple[Scales, dict[str, str]]:
        """Return the scale of each rating column, and why; a file's ratings share one scale."""
        fields = [feed.field for feed in self.ratings]
        stated = next(filter(None, map(self._plan.mapping.stated_scale, fields)), None)
        scale, why = decided_scale(stated, self.evidence)
        return dict.fromkeys(fields, scale), dict.fromkeys(fields, why)

    def repeating(self) -> frozenset[int]:
        """Return the marks of keys that stand more than once; forgets the others."""
        found: set[int] = set()
        while self._hashes:
            found |= _twice(self._hashes.pop())
        return frozenset(found)


def decided_scale(stated: Scale | None, evidence: ScaleEvidence) -> tuple[Scale, str]:
    """Return the scale that the mapping states, else the one that the cells tell, and why."""
    if stated is None:
        return evidence.decide(DEFAULT_SCALE)
    return stated, f"{stated}, as the mapping states; {evidence.fits}"


class RepeatedKeys:
    """Second sweep: of the rows whose key repeats, which conflict and which only say it again.

    With `latest_wins` none conflict: pages of one pull are read one after the other, and what
    changed meanwhile stands in a later one.
    """

    def __init__(
        self, plan: Plan, scales: Scales, marks: frozenset[int], *, latest_wins: bool = False
    ) -> None:
        self._reader = RowReader(plan, scales)
        self._latest_wins = latest_wins
        self._scales = scales
        self._marks = marks
        self._contents: dict[tuple[Any, ...], int] = {}
        self._conflicting: set[tuple[Any, ...]] = set()
        self._rows: list[tuple[int, tuple[Any, ...]]] = []
        self._standing: dict[tuple[Any, ...], int] = {}

    def add(self, records: Iterable[NumberedRecord]) -> None:
        """Look at the next rows."""
        for row, cells in records:
            key = self._reader.key(cells)
            if key and _mark(key) in self._marks:
                self._compare(row, key, self._content(row, cells))

    def _compare(self, row: int, key: tuple[Any, ...], content: int) -> None:
        self._rows.append((row, key))
        self._standing[key] = row if self._latest_wins else self._standing.get(key, row)
        if self._contents.setdefault(key, content) != content and not self._latest_wins:
            self._conflicting.add(key)

    def _content(self, row: int, cells: Record) -> int:
        judged = self._reader.judge(row, cells)
        if isinstance(judged, Accepted):
            return hash(repr((judged.record, judged.extra)))
        return hash(tuple(cells))

    def result(self) -> Surveyed:
        """Return the conflicting and the repeated rows."""
        conflicting = (row for row, key in self._rows if key in self._conflicting)
        repeated = (
            row
            for row, key in self._rows
            if key not in self._conflicting and self._standing[key] != row
        )
        return Surveyed(self._scales, RowNumbers(conflicting), RowNumbers(repeated))


class EqualKeys:
    """Second sweep where keys are weak: the how many-th of its key each row is."""

    def __init__(self, plan: Plan, scales: Scales, marks: frozenset[int]) -> None:
        self._reader = RowReader(plan, scales)
        self._scales = scales
        self._marks = marks
        self._stated = states_numbers(plan)
        self._seen: Counter[tuple[Any, ...]] = Counter()
        self._nth: dict[int, int] = {}

    def add(self, records: Iterable[NumberedRecord]) -> None:
        """Look at the next rows; one that is refused counts, so that it may be sent again."""
        for row, cells in records:
            if self._stated and (stated := _STATED.search(cells[-1])):
                self._nth[row] = int(stated[1])
            else:
                self._count(row, self._reader.key(cells))

    def _count(self, row: int, key: tuple[Any, ...] | None) -> None:
        if key and _mark(key) in self._marks:
            self._seen[key] += 1
            if self._seen[key] > 1:
                self._nth[row] = self._seen[key]

    def result(self) -> Surveyed:
        """Return the numbers of the rows."""
        return Surveyed(self._scales, nth=self._nth)


def second_sweep(
    plan: Plan, scales: Scales, marks: frozenset[int], *, latest_wins: bool
) -> RepeatedKeys | EqualKeys:
    """Return what looks at the rows whose keys stand more than once."""
    if plan.dataset.weak:
        return EqualKeys(plan, scales, marks)
    return RepeatedKeys(plan, scales, marks, latest_wins=latest_wins)


def _mark(key: tuple[Any, ...]) -> int:
    """Fold a key into 64 bits; a chance collision only costs a look in the second sweep."""
    return hash(key) & 0xFFFF_FFFF_FFFF_FFFF


def _twice(marks: "array[int]") -> set[int]:
    seen: set[int] = set()
    twice: set[int] = set()
    for mark in marks:
        (twice if mark in seen else seen).add(mark)
    return twice
