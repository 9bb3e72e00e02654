"""Whether a text names a person: by an address, an id, a phone number or the whole name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

SHORTEST_ID = 6
SHORTEST_PHONE = 7
NAME, PHONE = "name", "phone"
_FILLING = re.compile(r"[\s()./-]")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a person is looked for by.

    `patterns` are regular expressions that Python and PostgreSQL read alike, in any case; names
    count in both orders. `digits` are phone numbers without sign and blanks. What many people share
    finds nobody: a first name alone, an id of few characters.
    """

    patterns: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    _pattern: re.Pattern[str] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        if self.patterns:
            whole = re.compile("|".join(self.patterns), re.IGNORECASE)
            object.__setattr__(self, "_pattern", whole)

    def __bool__(self) -> bool:
        return bool(self.patterns or self.digits)

    def found_in(self, text: str) -> bool:
        """Tell whether the text names the person."""
        if self._pattern is not None and self._pattern.search(text):
            return True
        if not self.digits:
            return False
        bare = _FILLING.sub("", text)
        return any(number in bare for number in self.digits)


NOBODY = Mentions()


def mentions_of(identifiers: Iterable[tuple[str, str]]) -> Mentions:
    """What to look for, of (kind, value): a provider and its id, `name` or `phone`."""
    patterns: set[str] = set()
    digits: set[str] = set()
    for kind, value in identifiers:
        if kind == PHONE:
            number = re.sub(r"\D", "", value)
            digits |= {number} if len(number) >= SHORTEST_PHONE else set()
        elif kind == NAME:
            words = value.split()
            if len(words) > 1:
                last_first = [words[-1], *words[:-1]]
                patterns |= {_whole(_joined(words)), _whole(_joined(last_first))}
        elif len(value) >= SHORTEST_ID:
            patterns.add(_whole(re.escape(value)))
    return Mentions(tuple(sorted(patterns)), tuple(sorted(digits)))


def _joined(words: list[str]) -> str:
    return r"[\s,;]+".join(map(re.escape, words))


def _whole(pattern: str) -> str:
    return rf"(?<!\w){pattern}(?!\w)"
