"""What an uploader may say about a file where the guess would be wrong."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from connectors_service.errors import UnsupportedOptionError

NAMES = ("encoding", "delimiter", "quote", "escape", "header_row", "sheet")
NONE = "none"
_SIGNS = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
    "colon": ":",
    "tilde": "~",
    "caret": "^",
    "double": '"',
    "single": "'",
    "backslash": "\\",
    NONE: "",
}
LONGEST_DELIMITER = 5
LAST_HEADER_ROW = 10_000


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is given instead of found out; None is found out, an empty sign is none at all.

    `header_row` 0 says that no row names the columns.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    header_row: int | None = None
    sheet: str | None = None


def overrides(given: Mapping[str, str]) -> Overrides:
    """Read the options `NAMES`, as upload or command give them; raises UnsupportedOptionError."""
    return Overrides(
        encoding=_encoding(given.get("encoding", "").strip()),
        delimiter=_delimiter(given.get("delimiter", "")),
        quote=_sign("quote", given.get("quote", "")),
        escape=_sign("escape", given.get("escape", "")),
        header_row=_row(given.get("header_row", "").strip()),
        sheet=given.get("sheet") or None,
    )


def _encoding(name: str) -> str | None:
    if not name:
        return None
    try:
        found = codecs.lookup(name)
        if found._is_text_encoding:
            codecs.getincrementaldecoder(name)
            return found.name
    except (LookupError, ValueError):
        pass
    raise UnsupportedOptionError("encoding", "utf-8, utf-16, windows-1252, cp1250, iso-8859-2, ...")


def _delimiter(text: str) -> str | None:
    sign = _SIGNS.get(text.strip().lower(), text)
    if not text:
        return None
    if len(sign) > LONGEST_DELIMITER or set(sign) & set('\r\n"\0'):
        raise UnsupportedOptionError("delimiter", "a sign, tab, comma, semicolon, pipe or none")
    return sign


def _sign(option: str, text: str) -> str | None:
    sign = _SIGNS.get(text.strip().lower(), text)
    if not text:
        return None
    if len(sign) > 1 or sign.isspace() or sign == "\0":
        raise UnsupportedOptionError(option, "one sign, or none")
    return sign


def _row(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:6]) > LAST_HEADER_ROW:
        raise UnsupportedOptionError("header_row", f"a row's number up to {LAST_HEADER_ROW}, or 0")
    return int(text)
