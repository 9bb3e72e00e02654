"""Undo the ways a word is disguised, remembering where each character came from."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = frozenset({"Cf", "Cc", "Mn", "Me"})
KEPT_MARKS = frozenset("й ї ё ў".replace(" ", ""))
APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'", "`": "'"})


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text folded for matching; `origin[i]` is where its character i stood in the original."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of the original that [start, end) was folded from."""
        return self.origin[start], self.origin[end - 1] + 1


def normalise(text: str) -> Normalised:
    """Fold case, compatibility forms, accents, invisible characters and runs of white space."""
    if _is_tidy(text):
        return Normalised(text.casefold().translate(APOSTROPHES), range(len(text)))
    characters: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        for folded in _fold(character):
            if folded == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(folded)
            origin.append(position)
    return Normalised("".join(characters), tuple(origin))


def fold(text: str) -> str:
    """Return the folded text alone."""
    return normalise(text).text.strip()


def _is_tidy(text: str) -> bool:
    """Whether each character folds to one of its own: most texts are so, and this is quick."""
    is_plain = text.isascii() and text.isprintable()
    return is_plain and "  " not in text and not text.startswith(" ")


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    if character.isspace():
        return " "
    folded = unicodedata.normalize("NFKC", character).casefold().translate(APOSTROPHES)
    if folded in KEPT_MARKS:
        return folded
    decomposed = unicodedata.normalize("NFD", folded)
    return "".join(part for part in decomposed if unicodedata.category(part) not in INVISIBLE)
