"""A name as parts that can be compared: any script, any order, short forms and spellings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml
from anyascii import anyascii

NAMES_FILE = Path(__file__).with_name("names.yaml")
_LETTERS = re.compile(r"[a-z]+(?:'[a-z]+)*")
_DOUBLED = re.compile(r"(.)\1+")
_MOST_PARTS = 5
_LONGEST_PART = 40


class Part(NamedTuple):
    """A part of a name: as written in plain letters, and as all its spellings have in common."""

    written: str
    common: str


Name = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Spellings:
    """How names are written, as data: replacements in order, and the given names' forms."""

    folding: Sequence[tuple[str, str]]
    given: Mapping[str, str]

    def parts(self, name: str) -> Name:
        """The parts of a name in any script; empty for one without letters."""
        words = _LETTERS.findall(anyascii(name).lower().replace("`", "'"))[:_MOST_PARTS]
        return tuple(self.part(word.replace("'", "")[:_LONGEST_PART]) for word in words)

    def part(self, word: str) -> Part:
        skeleton = skeleton_of(word, tuple(self.folding))
        return Part(word, self.given.get(skeleton, skeleton))

    def is_given(self, part: Part) -> bool:
        """Whether the part is a known given name."""
        return part.common in self.given


@lru_cache(maxsize=200_000)
def skeleton_of(word: str, folding: tuple[tuple[str, str], ...]) -> str:
    """What transliterations and spellings of a word have in common."""
    for written, common in folding:
        word = word.replace(written, common)
    return _DOUBLED.sub(r"\1", word)


def load_spellings(path: Path = NAMES_FILE) -> Spellings:
    """Read the data; a form that stands in two lines would join two names and is refused."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    folding = tuple((str(written), str(common)) for written, common in found["folding"])
    given: dict[str, str] = {}
    for form, common in _forms(found["given"], folding):
        if given.setdefault(form, common) != common:
            raise ValueError(f"a form of {common} is one of {given[form]} too")
    return Spellings(folding, given)


def _forms(
    lines: Sequence[Sequence[str]], folding: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, str]]:
    for line in lines:
        common = skeleton_of(line[0], folding)
        for form in line:
            yield skeleton_of(form.replace("-", ""), folding), common
