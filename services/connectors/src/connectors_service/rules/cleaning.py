"""What no one sees in a cell is taken out, so that two cells that look alike are alike.

Ids, keys and addresses are folded to Unicode's composed form (NFC) and hold no invisible
characters. Texts are folded too and lose control characters; what joins letters or sets the
direction of writing stays in them.
"""

import re
import unicodedata

_OUTER = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad"
_INVISIBLE = {"Cc", "Cf"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")


def trimmed(cell: str) -> str:
    """Return a cell without the blanks and invisible characters around it."""
    text = cell.strip()
    if text.isascii():
        return text
    while (inner := text.strip(_OUTER).strip()) != text:
        text = inner
    return text


def clean_text(text: str) -> str:
    """Return a text composed (NFC) and without control characters; line ends and tabs stay."""
    if text.isascii():
        return text if text.isprintable() else _CONTROLS.sub("", text)
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text))


def clean_key(text: str) -> str:
    """Return an id composed (NFC), without invisible characters, any blanks as one space."""
    if text.isascii() and text.isprintable():
        return text if "  " not in text else _SPACES.sub(" ", text)
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).strip()
