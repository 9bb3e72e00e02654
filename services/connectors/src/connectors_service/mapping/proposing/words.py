"""What a column's name says, word by word, in the languages that `words.yaml` knows."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml
from rapidfuzz import fuzz, process

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "uk": "Ukrainian",
    "cs": "Czech",
    "it": "Italian",
    "pl": "Polish",
}
IGNORED = "ignored"
WEIGHTS = {"date": 0.5, "id": 0.8}
UNKNOWN_WEIGHT, DIGITS_WEIGHT = 0.6, 0.3
LIKE_ENOUGH = 80
SHORTEST_LIKE, SHORTEST_PART, LONGEST_PHRASE = 5, 3, 4
LONGEST_NAME = 120
_WORD = re.compile(r"[^\W_]+|#")


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a name: what it may mean (concept -> languages), or the text itself."""

    text: str
    means: Mapping[str, frozenset[str]]

    @property
    def weight(self) -> float:
        """How much it says: a date or number less than whose it is."""
        if not self.means:
            return DIGITS_WEIGHT if self.text.isdigit() else UNKNOWN_WEIGHT
        return min(WEIGHTS.get(concept, 1.0) for concept in self.means)

    def shares(self, other: "Word") -> bool:
        """Tell whether two words mean or spell the same."""
        if self.means and other.means:
            return not self.means.keys().isdisjoint(other.means)
        return self.text == other.text


def folded(text: str) -> str:
    """Fold case and accents away."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


@cache
def vocabulary() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return concepts and languages by folded word or phrase."""
    source = files("connectors_service.mapping.proposing") / "words.yaml"
    found: dict[str, dict[str, frozenset[str]]] = {}
    listed = yaml.load(source.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  (texts only)
    for concept, languages in listed.items():
        for language, words in languages.items():
            for word in words:
                entry = found.setdefault(" ".join(_WORD.findall(folded(word))), {})
                entry[concept] = entry.get(concept, frozenset()) | {language}
    return found


@cache
def _likely() -> tuple[str, ...]:
    return tuple(word for word in vocabulary() if len(word) >= SHORTEST_LIKE and " " not in word)


@lru_cache(4096)
def words_of(name: str) -> tuple[Word, ...]:
    """Cut a name into words: camelCase, compounds and phrases of several words are told apart."""
    cut = "".join(_with_gaps(unicodedata.normalize("NFC", name)[:LONGEST_NAME]))
    found = tuple(_phrases(_WORD.findall(folded(cut))))
    return tuple(word for word in found if IGNORED not in word.means) or tuple(map(_said, found))


def _said(word: Word) -> Word:
    """Take a small word that stands alone, as Von or Do, at its word."""
    return Word(word.text, {name: known for name, known in word.means.items() if name != IGNORED})


def _with_gaps(name: str) -> Iterator[str]:
    """Put a gap into camelCase, and before the last capital of HTTPServer."""
    for place, sign in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        if sign.isupper() and (
            before.islower() or before.isdigit() or (before.isupper() and after.islower())
        ):
            yield " "
        yield sign


def _phrases(parts: list[str]) -> Iterator[Word]:
    """Take the longest known phrase at each place."""
    known, start = vocabulary(), 0
    while start < len(parts):
        for length in range(min(LONGEST_PHRASE, len(parts) - start), 0, -1):
            phrase = " ".join(parts[start : start + length])
            if phrase in known:
                yield Word(phrase, known[phrase])
                break
        else:
            length = 1
            yield from _unlisted(parts[start])
        start += length


def _unlisted(text: str) -> Iterator[Word]:
    """Read a word that is not listed: as a compound, by likeness, or as itself."""
    if compound := _compound(text):
        yield from compound
    elif len(text) >= SHORTEST_LIKE and (
        like := process.extractOne(text, _likely(), scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
    ):
        yield Word(text, vocabulary()[like[0]])
    else:
        yield Word(text, {})


@lru_cache(4096)
def _compound(text: str) -> tuple[Word, ...]:
    """Split `sitzungsnummer` or `participantemail` into listed words; () if they don't fill it."""
    for end in range(len(text) - SHORTEST_PART, SHORTEST_PART - 1, -1):
        head = vocabulary().get(text[:end])
        if head is None or IGNORED in head:
            continue
        for rest in {text[end:], text[end:].removeprefix("s"), text[end:].removeprefix("n")}:
            tail = vocabulary().get(rest) if rest else None
            if tail is not None:
                return (Word(text[:end], head), Word(rest, tail))
            if more := _compound(rest):
                return (Word(text[:end], head), *more)
    return ()


def agreement(ours: Iterable[Word], theirs: Iterable[Word]) -> float:
    """Say how far two names mean the same, 0-1: the weight of shared words in all words."""
    left, right = list(ours), list(theirs)
    total = sum(word.weight for word in (*left, *right))
    shared = 0.0
    for word in left:
        match = next((other for other in right if word.shares(other)), None)
        if match is not None:
            right.remove(match)
            shared += word.weight + match.weight
    return shared / total if total else 0.0


def likeness(ours: str, theirs: str) -> float:
    """Say how alike two names are spelt, 0-1."""
    return fuzz.ratio(_squeezed(ours), _squeezed(theirs)) / 100


def _squeezed(name: str) -> str:
    return "".join(_WORD.findall(folded(name[:LONGEST_NAME])))


def language_of(words: Iterable[Word]) -> str | None:
    """Name the language in which all known words of a name are listed; None if English does."""
    listed = [frozenset().union(*word.means.values()) for word in words if word.means]
    common = frozenset.intersection(*listed) if listed else frozenset()
    if "en" in common:
        return None
    return next((LANGUAGES[code] for code in LANGUAGES if code in common), None)


def meaning_of(word: str, choices: Iterable[str]) -> str | None:
    """Return which of a vocabulary's words a word in another language means, if just one."""
    entry = vocabulary().get(" ".join(_WORD.findall(folded(word))), {})
    found = [choice for choice in choices if choice in entry]
    return found[0] if len(found) == 1 else None
