"""What a cell looks like: the better a way of cutting is, the more cells look like something."""

import re
from enum import IntEnum


class Look(IntEnum):
    """What kind of value a cell seems to hold."""

    EMPTY = 0
    NUMBER = 1
    TIME = 2
    MARKED = 3
    WORDS = 4
    TEXT = 5


_MONEY = r"(?:[A-Z]{3}\s|Rs\.?\s?|kr\.?\s?|[$£€¥₹₽₴]\s?)"
_UNIT = r"(?:\s?[%°$£€¥₹₽₴]|\s?zł|\s?Kč|\s?kr|\s(?:EUR|USD|GBP|PLN|UAH|CHF|SEK))"
_NUMBER = rf"[-+(]?{_MONEY}?[-+]?(?:\d[\d ,.'\u00a0\u2009\u202f]*|[.,]\d+)(?:E[-+]?\d+)?{_UNIT}?\)?"
_PLAIN = r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?|nan|n/?a|null|none|-+|\.|\?"
_DAY = r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{1,4}年\d{1,2}月\d{1,2}日|\d{8}"
_MONTH = r"[^\W\d_]{3,9}\.?"
_WRITTEN = rf"\d{{1,2}}[-. /]{_MONTH}(?:[-. /,]+\d{{2,4}})?|{_MONTH}[-. ]+\d{{1,4}}(?:, ?\d{{4}})?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"\s?(?:Z|UTC|GMT|[-+]\d{2}:?\d{2})?"
_NAMED_DAY = r"(?:[^\W\d_]{3,9},? )?"
_LOOK = re.compile(
    rf"(?P<NUMBER>{_PLAIN}|{_NUMBER})"
    rf"|(?P<TIME>{_NAMED_DAY}(?:(?:{_DAY}|{_WRITTEN})(?:(?:T|\s|,\s)\s*{_CLOCK}{_ZONE})?|{_CLOCK}{_ZONE}))"
    r"|(?P<MARKED>[^\s@,;|<>]+@[^\s@,;|<>]+\.[^\s@,;|<>]+|(?:https?|ftp)://[^\s,;|]+|www\.[^\s,;|]+"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|true|false|yes|no)"
    r"|(?P<WORDS>[#@]?[\w.+][\w.+'\u2019()&/%#°µ*:\- ]*[?!]?)",
    re.IGNORECASE,
)
LONGEST = 200
"""A longer cell is text; that keeps the search for a pattern short."""
_SHARE = {
    Look.EMPTY: 1.0,
    Look.NUMBER: 1.0,
    Look.TIME: 1.0,
    Look.MARKED: 1.0,
    Look.WORDS: 0.9,
    Look.TEXT: 0.0,
}


class Looks:
    """Tells the look of cells, each text once."""

    def __init__(self) -> None:
        self._known: dict[str, Look] = {"": Look.EMPTY}

    def of(self, cell: str) -> Look:
        """Return the look of a cell."""
        look = self._known.get(cell)
        if look is None:
            look = self._known[cell] = _look(cell.strip())
        return look

    def worth(self, cell: str) -> float:
        """Return how well a cell speaks for the cutting that made it, from 0 to 1."""
        return _SHARE[self.of(cell)]


def _look(cell: str) -> Look:
    if not cell:
        return Look.EMPTY
    if len(cell) > LONGEST:
        return Look.TEXT
    found = _LOOK.fullmatch(cell)
    return Look[found.lastgroup] if found and found.lastgroup else Look.TEXT
