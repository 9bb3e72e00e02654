"""Which of the old one-byte encodings a text is in, told by the letters of its words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENCODINGS = (
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "iso-8859-2",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "windows-1255",
    "koi8-u",
    "iso-8859-5",
    "cp852",
    "cp850",
    "cp866",
    "mac-roman",
)
"""Those that partners' programs write, the likelier first."""
LANGUAGES = (
    "äöüß",
    "àâæçéèêëîïôœùûüÿ",
    "áéíóúñü",
    "ãõáâàçéêíóôúü",
    "àèéìíîòóùú",
    "ëïéèóöüêá",
    "åäöéü",
    "æøåéöäüôó",
    "áðéíóúýþæö",
    "àçèéíïóòúü",
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áäčďéíĺľňóôŕšťúýž",
    "áéíóöőúüű",
    "ăâîșțşţ",
    "čćđšž",
    "çğıiöşüâîû",  # noqa: RUF001, the dotless i is a letter
    "ąčęėįšųūž",
    "āčēģīķļņšūž",
    "õäöüšž",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "абвгдѓежзѕијклљмнњопрстќуфхцчџшђћ",
    "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
)
"""The letters beside a-z that languages write, one line each."""
LAST_LATIN = "\u024f"
MOST_WORDS = 3000
LONGEST_WORD = 60
FIT = 0.8
"""How well the letters must fit to be read without being told the encoding."""
CLEAR = 0.04
"""How much better a reading must be than the next one that reads otherwise."""
PRIORS = {
    "windows-1252": 0.05,
    "windows-1253": -0.02,
    "windows-1254": -0.02,
    "windows-1257": -0.02,
    "windows-1255": -0.02,
    "iso-8859-2": -0.01,
}
FEWEST_WORDS = 4
"""Words that it takes to believe in an old encoding."""
OLD = -0.1
"""What an encoding is worth for being frequent or rare today; those not named here are old."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_END = re.compile(rb"[A-Za-z\x80-\xff]*\Z")
_SETS = tuple(frozenset(letters) for letters in LANGUAGES)
_VOWELS = frozenset("aeiouyąęėįųūāēīаеёиоуыэюяієїαεηιουωάέήίόύώ")  # noqa: RUF001, three scripts
_SIGNS = frozenset("“”„‟‘’‚–—…€£¥§°©®™«»·•½¼¾¿¡ªº´×\u00a0")  # noqa: RUF001, as they are printed


class Words:
    """Collects words that hold bytes beyond ASCII, however the file was cut; a bounded number."""

    def __init__(self) -> None:
        self.found: dict[bytes, int] = {}
        self._end = b""

    def add(self, data: bytes, *, final: bool = False) -> None:
        """Look at the next bytes."""
        text = self._end + data
        cut = _END.search(text)
        end = len(text) if final or cut is None else max(cut.start(), len(text) - 4096)
        self._end = text[end:]
        for found in _WORD.finditer(text, 0, end):
            if len(self.found) >= MOST_WORDS:
                return
            word = found.group()[:LONGEST_WORD]
            self.found[word] = self.found.get(word, 0) + 1


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, how well it fits, and from how many words that is told.

    `rival` is an encoding that reads the words otherwise and fits as well.
    """

    encoding: str
    fit: float
    rival: str | None
    words: int

    @property
    def is_sure(self) -> bool:
        """Tell whether text may be read so without anyone's word for it."""
        is_proven = self.words >= FEWEST_WORDS or _prior(self.encoding) > OLD
        return self.fit >= FIT and self.rival is None and is_proven


def guess(words: Sequence[bytes]) -> Guess | None:
    """Return the encoding in which the words' letters fit one language best; None if none reads."""
    read = {name: texts for name in ENCODINGS if (texts := _decoded(words, name)) is not None}
    if not read:
        return None
    fits = {name: _fit(texts) + _prior(name) for name, texts in read.items()}
    best = max(fits, key=lambda name: fits[name])
    rival = next((n for n in fits if fits[n] > fits[best] - CLEAR and read[n] != read[best]), None)
    return Guess(best, fits[best], rival, len(words))


def _prior(name: str) -> float:
    return PRIORS.get(name, 0.0 if name.startswith("windows") else OLD)


def _decoded(words: Iterable[bytes], name: str) -> list[str] | None:
    try:
        return [word.decode(name) for word in words]
    except UnicodeDecodeError:
        return None


def _fit(words: Sequence[str]) -> float:
    """Rate decoded words from 0 to 1: each letter one that the language has, where it may stand."""
    return max(_fit_of(words, letters) for letters in _SETS)


def _fit_of(words: Sequence[str], letters: frozenset[str]) -> float:
    rated = [
        _letter_fit(word, place, letters)
        for word in words
        for place, sign in enumerate(word)
        if sign > "\x7f"
    ]
    return sum(rated) / len(rated) if rated else 0.0


def _letter_fit(word: str, place: int, letters: frozenset[str]) -> float:
    sign = word[place]
    if not sign.isalpha():
        return 0.9 if sign in _SIGNS and _stands_alone(word, place) else 0.0
    if sign.lower() not in letters or _mixes_scripts(word, sign):
        return 0.0
    if word == sign and sign.isupper():
        return 0.4
    if place and sign.isupper() and any(map(str.islower, word)):
        return 0.2
    return 0.8 + 0.2 * _alternates(word, place)


def _mixes_scripts(word: str, sign: str) -> bool:
    """Tell whether a letter of another script than Latin stands among Latin ones."""
    return sign > LAST_LATIN and any("a" <= other <= "z" for other in word.lower())


def _stands_alone(word: str, place: int) -> bool:
    """Tell whether a sign (a dash, a quote, a currency) is not inside a word."""
    before, behind = word[place - 1 : place], word[place + 1 : place + 2]
    return not (before.isalpha() and behind.isalpha())


def _alternates(word: str, place: int) -> float:
    """Return the share of a letter's neighbours that are vowels to its consonant or the reverse."""
    near = [sign for sign in (word[place - 1 : place], word[place + 1 : place + 2]) if sign]
    near = [sign for sign in near if sign.isalpha()]
    if not near:
        return 0.5
    if word[place].lower() in "ãõ":
        return 1.0  # nasal vowels stand before vowels: ão, ãe, õe
    is_vowel = _is_vowel(word[place])
    return sum(_is_vowel(sign) != is_vowel for sign in near) / len(near)


def _is_vowel(letter: str) -> bool:
    plain = unicodedata.normalize("NFD", letter.lower())[0]
    return plain in _VOWELS or letter.lower() in "æøœåı"
