"""How well a way of cutting fits: rows of one width whose cells look like values."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors_service.reading.sniffing.cells import Looks
from connectors_service.reading.structure import Dialect, Record

MOST_CELLS = 6_000
"""Cells that are looked at for one way of cutting."""
_TRUST = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.98, " ": 0.7, ":": 0.6}
_TRUST_OTHERS = 0.85
_TRUST_SINGLE_QUOTE = 0.97


@dataclass(frozen=True, slots=True)
class Cut:
    """A sample cut by a dialect; rows without cells stand for blank lines."""

    dialect: Dialect
    rows: tuple[Record, ...]
    mended: int


def score(cut: Cut, looks: Looks) -> float:
    """Return how well a cut fits, from 0 to 1; 0 where nothing is parted."""
    rows = [row for row in cut.rows if any(row)]
    if not rows:
        return 0.0
    even = _evenness(rows)
    return even * _worth(rows, looks) * _trust(cut) * (1 - 0.5 * min(1, cut.mended / len(rows)))


def _evenness(rows: Sequence[Record]) -> float:
    """Rate the widths: all rows of one width, and not of one cell."""
    widths = Counter(map(len, rows))
    rated = sum(rows * (width - 1) / width for width, rows in widths.items()) / len(rows)
    return rated / (1 + 0.5 * math.log(len(widths)))


def _worth(rows: Sequence[Record], looks: Looks) -> float:
    """Rate the cells, each row the same whatever its width."""
    total, seen, count = 0.0, 0, 0
    for row in rows:
        if seen > MOST_CELLS:
            break
        total += sum(map(looks.worth, row)) / len(row)
        seen += len(row)
        count += 1
    return total / count


def _trust(cut: Cut) -> float:
    trust = _TRUST.get(cut.dialect.delimiter, _TRUST_OTHERS)
    return trust * (_TRUST_SINGLE_QUOTE if cut.dialect.quote == "'" else 1.0)
