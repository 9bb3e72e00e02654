"""The ways of cutting that a sample gives reason to try."""

import re
from collections.abc import Iterator

from connectors_service.reading.overrides import Overrides
from connectors_service.reading.structure import Dialect

USUAL = (",", ";", "\t", "|")
RARE = (
    "::",
    "||",
    ";;",
    "~|~",
    "|~|",
    "^|^",
    "@@",
    "##",
    ":",
    "~",
    "^",
    " ",
    "\x01",
    "\x1f",
    "\x1e",
    "¦",
    "§",
    "¬",
)
QUOTES = ('"', "'")
FEWEST_LINES = 0.5
"""Share of the lines that hold a delimiter, or it is none."""


def candidates(sample: str, asked: Overrides) -> Iterator[Dialect]:
    """Yield each dialect worth trying, likely ones first; what was asked for is not varied."""
    for delimiter in _delimiters(sample, asked.delimiter):
        for quote in _quotes(sample, delimiter, asked.quote):
            for escape in _escapes(sample, quote, asked.escape):
                for is_spaced in _spacings(sample, delimiter):
                    yield Dialect(
                        delimiter, 0, (), quote, escape, doubled=True, skip_space=is_spaced
                    )


def _delimiters(sample: str, asked: str | None) -> list[str]:
    if asked is not None:
        return [asked or NEVER]
    lines = [line for line in sample.splitlines() if line.strip()]
    found = [sign for sign in USUAL if sign in sample and not _is_doubled(sample, sign)]
    for sign in RARE:
        if sign in sample and sum(sign in line for line in lines) >= FEWEST_LINES * len(lines):
            found.append(sign)
    return found or [","]


NEVER = "\ufdd1"
"""Stands for a delimiter that does not occur, where there is none."""


def _is_doubled(sample: str, sign: str) -> bool:
    """Tell whether a sign only ever stands twice, as half of a longer delimiter."""
    double = sign * 2
    return double in RARE and sample.count(double) * 2 >= 0.9 * sample.count(sign)


def _quotes(sample: str, delimiter: str, asked: str | None) -> list[str]:
    if asked is not None:
        return [asked]
    found = ['"']
    if "'" in sample and _opens(sample, delimiter, "'"):
        found.append("'")
    return found


def _opens(sample: str, delimiter: str, quote: str) -> bool:
    """Tell whether a quote stands where a field begins and another where one ends."""
    sign = re.escape(delimiter)
    opening = re.search(rf"(?:^|{sign} ?){quote}", sample, re.MULTILINE)
    closing = re.search(rf"{quote} ?(?:$|{sign}|\r)", sample, re.MULTILINE)
    return bool(opening and closing)


def _escapes(sample: str, quote: str, asked: str | None) -> list[str]:
    if asked is not None:
        return [asked]
    return ["", "\\"] if quote and f"\\{quote}" in sample else [""]


def _spacings(sample: str, delimiter: str) -> list[bool]:
    """Blanks behind delimiters mean nothing if they stand behind all of them, or before quotes."""
    if delimiter.isspace() and delimiter != " ":
        return [False]
    if delimiter == " ":
        lines = [line for line in sample.splitlines() if line.strip()]
        aligned = sum("  " in line for line in lines)
        return [True] if aligned >= FEWEST_LINES * len(lines) else [False]
    behind = sample.count(f"{delimiter} ")
    if not behind:
        return [False]
    is_before_quotes = f'{delimiter} "' in sample
    is_everywhere = behind >= 0.95 * (sample.count(delimiter) - _at_line_ends(sample, delimiter))
    if is_everywhere:
        return [True]
    return [False, True] if is_before_quotes else [False]


def _at_line_ends(sample: str, delimiter: str) -> int:
    return sample.count(f"{delimiter}\n") + sample.count(f"{delimiter}\r")
