"""Which encoding a file is in, decided on its first sample, never by guessing into mojibake."""

import codecs
import re

from connectors_service.errors import UnreadableEncodingError

UTF8 = "utf-8"
UTF8_MARKED = "utf-8-sig"
WINDOWS_1252 = "windows-1252"
NUL_SHARE = 0.3
CONTEXT = 3
"""Characters of a block's end by which the next one is judged too."""
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, UTF8_MARKED),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_HIGH_RUN = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸ]{4}")
_SIGNS = "\u00a1-\u00ac\u00ae-\u00b3\u00b5-\u00bf"
_SIGN_IN_WORD = re.compile(rf"[^\W\d_][{_SIGNS}][^\W\d_]|[^\W\d_][\u00a6\u00b3\u00b6\u00b9\u00bf]")


def encoding_of(sample: bytes) -> str:
    """Name the encoding by byte-order mark or the pattern of zero bytes; else UTF-8 for now.

    UTF-8 is only the assumption: `TextDecoder` leaves it for Windows-1252 at the first bytes that
    contradict it, which may lie far behind any sample.
    """
    if sample.startswith(_WIDE_MARKS):
        raise UnreadableEncodingError("The file is in UTF-32. Save it as UTF-8 and send it again.")
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    return _utf16_without_mark(sample) or UTF8


def _utf16_without_mark(sample: bytes) -> str | None:
    half = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > NUL_SHARE and even < odd / 4:
        return "utf-16-le"
    if even > NUL_SHARE and odd < even / 4:
        return "utf-16-be"
    return None


def looks_like_western(text: str) -> bool:
    """Tell whether text decoded as Windows-1252 can be meant: no signs inside words, no run of
    accented letters as Cyrillic or Greek bytes would give."""
    return not (_HIGH_RUN.search(text) or _SIGN_IN_WORD.search(text))


class TextDecoder:
    """Decode a file block by block; `encoding` is final once all blocks are in.

    `was_checked` says that the file went through once already.
    """

    def __init__(self, encoding: str, *, was_checked: bool = False) -> None:
        self.encoding = encoding
        self._was_checked = was_checked
        self._end = ""
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._only_ascii = encoding == UTF8

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """Return the text of the next block; raises UnreadableEncodingError."""
        waiting, _ = self._decoder.getstate()
        if self._only_ascii and not waiting and data.isascii():
            text = data.decode("ascii")
            self._end = (self._end + text)[-CONTEXT:]
            return text
        text = self._decode(data, waiting, final)
        self._only_ascii = self._only_ascii and text.isascii()
        if self.encoding == WINDOWS_1252 and not self._was_checked:
            self._check(text)
        return text

    def _check(self, text: str) -> None:
        if not looks_like_western(self._end + text):
            raise UnreadableEncodingError(
                "The file is not UTF-8, and its accented letters make no sense as Windows-1252. "
                "Save it as 'CSV UTF-8' and send it again."
            )
        self._end = (self._end + text)[-CONTEXT:]

    def _decode(self, data: bytes, waiting: bytes, final: bool) -> str:
        """Decode; the first bytes that no UTF-8 has make a file of ASCII so far Windows-1252."""
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            if not self._only_ascii:
                raise self._broken() from error
        self.encoding = WINDOWS_1252
        self._decoder = codecs.getincrementaldecoder(WINDOWS_1252)()
        self._only_ascii = False
        return self._decode(waiting + data, b"", final)

    def _broken(self) -> UnreadableEncodingError:
        return UnreadableEncodingError(
            f"The file is not readable as {self.encoding.upper()} throughout: it may mix "
            "encodings or be damaged. Save it as 'CSV UTF-8' and send it again."
        )
