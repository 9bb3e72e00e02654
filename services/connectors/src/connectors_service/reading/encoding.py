"""Which encoding a file is in, decided on its first sample, never by guessing into mojibake."""

import codecs
import re
from collections import Counter

from connectors_service.errors import UnreadableEncodingError
from connectors_service.reading.charsets import Words, guess

UTF8 = "utf-8"
UTF8_MARKED = "utf-8-sig"
UNKNOWN = "latin-1"
"""Stands for whichever one-byte encoding it will turn out to be: each byte is one character."""
ZERO_SHARE = 0.04
BLOCKS = 3
IN_BLOCKS = 0.9
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, UTF8_MARKED),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_GARBLED = re.compile(
    "[\u00c3\u00c5\u00c4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]|\u00e2\u20ac.|\u00c2[\u00a0-\u00bf]|\u00ef\u00bb\u00bf|\ufffd"
    "|(?:[\u00d0\u00d1][\u0080-\u00bf\u0152-\u203a\u2122]){2}"
)
_SAVE_AS = "Save it as 'CSV UTF-8' and send it again"


def encoding_of(sample: bytes) -> str:
    """Name the encoding by byte-order mark or the pattern of zero bytes; else UTF-8 for now.

    UTF-8 is only the assumption: `TextDecoder` leaves it at the first bytes that contradict it,
    which may lie far behind any sample.
    """
    if sample.startswith(_WIDE_MARKS):
        raise UnreadableEncodingError(f"The file is in UTF-32. {_SAVE_AS}.")
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    return _utf16_without_mark(sample) or UTF8


def _utf16_without_mark(sample: bytes) -> str | None:
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > ZERO_SHARE and even <= odd / 4 and _are_blocks(sample[1::2]):
        return "utf-16-le"
    if even > ZERO_SHARE and odd <= even / 4 and _are_blocks(sample[0::2]):
        return "utf-16-be"
    return None


def _are_blocks(high: bytes) -> bool:
    """Tell whether the higher bytes name a few blocks of characters, as those of one script do."""
    common = Counter(high).most_common(BLOCKS)
    return sum(times for _, times in common) >= IN_BLOCKS * len(high)


def is_garbled(text: str) -> bool:
    """Tell whether text was read in a wrong encoding before it was saved in this one."""
    return not text.isascii() and bool(_GARBLED.search(text))


class TextDecoder:
    """Decode a file block by block.

    Without `was_checked` an old one-byte encoding shows as `latin-1` until `settle` tells which it
    is from all that was read. `is_given` says that someone named the encoding.
    """

    def __init__(self, encoding: str, *, was_checked: bool = False, is_given: bool = False) -> None:
        self.encoding = encoding
        self._is_settled = was_checked or is_given
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._only_ascii = encoding == UTF8
        self._words = Words()

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Return the text of the next block; raises UnreadableEncodingError."""
        waiting, _ = self._decoder.getstate()
        if self._only_ascii and not waiting and data.isascii():
            return data.decode("ascii")
        text = self._decode(data, waiting, final)
        self._only_ascii = self._only_ascii and text.isascii()
        if self.encoding == UNKNOWN and not self._is_settled:
            self._words.add(text.encode(UNKNOWN), final=final)
        return text

    def settle(self) -> str | None:
        """Decide which one-byte encoding it was; return the name if it is one, raise if unsure."""
        if self.encoding != UNKNOWN or self._is_settled:
            return None
        found = guess(list(self._words.found))
        if found is None or not found.is_sure:
            hint = found.encoding if found else "windows-1252"
            raise UnreadableEncodingError(
                "The file is not UTF-8, and its letters fit no other encoding beyond doubt. "
                f"{_SAVE_AS}, or name its encoding in the option `encoding` ({hint}, perhaps) and "
                "look at the dry run."
            )
        self.encoding = found.encoding
        return found.encoding

    def _decode(self, data: bytes, waiting: bytes, final: bool) -> str:
        """Decode; the first bytes that no UTF-8 has end the assumption that it is."""
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            if not self._only_ascii or self._is_settled:
                raise self._broken() from error
            if not (waiting + data)[: error.start].isascii():
                raise self._broken() from error
        self.encoding = UNKNOWN
        self._decoder = codecs.getincrementaldecoder(UNKNOWN)()
        self._only_ascii = False
        return self._decode(waiting + data, b"", final)

    def _broken(self) -> UnreadableEncodingError:
        return UnreadableEncodingError(
            f"The file is not readable as {self.encoding.upper()} throughout: it may mix "
            f"encodings or be damaged. {_SAVE_AS}."
        )
