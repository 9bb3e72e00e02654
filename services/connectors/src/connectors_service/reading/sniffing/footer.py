"""Whether a table ends in notes or totals, and where they begin."""

import re
from collections.abc import Sequence

from connectors_service.reading.structure import Record

LAST_ROWS = 30
"""Rows at the end of a file among which notes are looked for."""
FEWEST_COLUMNS = 3
FEW = 4
"""A note fills at most one of so many columns."""
LastRow = tuple[int, int, Record]
"""The number of a row, how many blank rows stand before it, and its cells."""
_TOTAL = re.compile(
    r"(?:grand[ -]?|sub[ -]?)?(?:totals?|totale|totaal|totalt|total général|summe|sum|suma|somme"
    r"|gesamt|insgesamt|zwischensumme|razem|ogółem|łącznie|итого|всего|разом|усього|всього|celkem|spolu"
    r"|összesen|yhteensä|toplam|σύνολο)\b[^,;]{0,40}",
    re.IGNORECASE,
)


def footer_of(rows: Sequence[LastRow], width: int) -> int | None:
    """Return the first row of the notes that end a table, or None; in doubt a row is data.

    A note fills one cell or few, in words; blank rows part it from the data, or it is a sentence
    that was never cut into cells. A row of totals says so, and leaves cells empty.
    """
    if width < FEWEST_COLUMNS:
        return None
    start: int | None = None
    for row, blanks, cells in reversed(rows):
        filled = [cell for cell in cells if cell.strip()]
        if filled and not _is_total(filled, width) and not _is_note(filled, width):
            break
        is_parted = blanks > 0 or _is_total(filled, width)
        if is_parted or (len(cells) == 1 and " " in cells[0].strip()):
            start = row
    return start if rows and start != rows[0][0] else None


def _is_note(filled: list[str], width: int) -> bool:
    first = filled[0].strip()
    return len(filled) <= max(1, width // FEW) and (" " in first or first.endswith(":"))


def _is_total(filled: list[str], width: int) -> bool:
    return 0 < len(filled) < width and bool(_TOTAL.fullmatch(filled[0].strip()))
