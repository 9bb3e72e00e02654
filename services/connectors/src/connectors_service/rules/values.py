"""Rules for one cell each: a trimmed, non-empty text becomes a typed value or a CellError."""

import json
import math
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, NoReturn

from email_validator import EmailNotValidError, validate_email

from connectors_service.rules.cleaning import clean_key, clean_text
from connectors_service.rules.codes import CellError, Code

EMAIL_CHARS = 254
SURE_DEPTH = 50
"""How deep JSON may be nested without a look whether it can be written again."""
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_INTEGER = re.compile(r"[0-9]{1,9}(?:[.,]0+)?")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_CODE = re.compile(r"[A-Za-z0-9]+(?:[._:/+-][A-Za-z0-9]+)*")
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_NOT_EMAIL = "is not an e-mail address"


def email(text: str) -> str:
    """Read an e-mail address, case-folded; a mailto: before it is taken off."""
    return _known_email(text) if len(text) <= EMAIL_CHARS else _email(text)


def _email(text: str) -> str:
    folded = clean_key(text).lower().removeprefix("mailto:")
    if len(folded) <= EMAIL_CHARS and _PLAIN_EMAIL.fullmatch(folded):
        if folded.index("@") <= 64:
            return folded
        raise CellError(Code.EMAIL, _NOT_EMAIL)
    return _unusual_email(folded)


_known_email = lru_cache(maxsize=2048)(_email)  # the same people stand in row after row


def _unusual_email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise CellError(Code.EMAIL, _NOT_EMAIL) from None


def text_up_to(chars: int, text: str) -> str:
    """Read a text of at most `chars` characters."""
    clean = clean_text(text)
    if len(clean) > chars:
        raise CellError(Code.TOO_LONG, f"is longer than {chars} characters")
    return clean


def key_up_to(chars: int, text: str) -> str:
    """Read an id of at most `chars` characters, composed and without invisible characters."""
    clean = clean_key(text)
    if not clean:
        raise CellError(Code.MISSING, "holds nothing but invisible characters")
    return text_up_to(chars, clean)


def company_key(text: str) -> str:
    """Read a company's own key, which is the same in any case."""
    return key_up_to(100, text).lower()


def code(text: str) -> str:
    """Read the id of a thing, kept if it has the form of a code, else joined by hyphens."""
    return _joined(key_up_to(200, text), _CODE, "-", 100)


def slug(text: str) -> str:
    """Read a word of an open list, in lower case, its parts joined by underscores."""
    folded = key_up_to(200, text).lower()
    joined = _joined(folded, _SLUG, "_", 60)
    return joined if joined[0].isalpha() else f"x_{joined}"[:60]


def _joined(text: str, form: re.Pattern[str], sign: str, chars: int) -> str:
    """Return `text` in the form; what has no ASCII letters keeps a digest to tell it apart."""
    if form.fullmatch(text) and len(text) <= chars:
        return text
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    joined = sign.join(re.findall("[A-Za-z0-9]+", bare))
    if bare.isascii() and joined and len(joined) < chars:
        return joined
    mark = sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    kept = joined[: chars - 12].rstrip(sign)
    return f"{kept}{sign}{mark}" if kept else mark


def minutes(text: str) -> int:
    """Read a duration of 1-480 whole minutes."""
    value = int(re.split("[.,]", text)[0]) if _INTEGER.fullmatch(text) else 0
    if not 1 <= value <= 480:
        raise CellError(Code.DURATION, "is not a whole number of minutes from 1 to 480")
    return value


def choice(choices: type[StrEnum], code: Code, text: str) -> StrEnum:
    """Read one of the words of `choices`, in any case."""
    try:
        return choices(text.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise CellError(code, f"is not one of: {', '.join(choices)}") from None


def level(levels: type[StrEnum], text: str) -> StrEnum:
    """Read a CEFR level in any case."""
    try:
        return levels(text.upper())
    except ValueError:
        raise CellError(Code.LEVEL, "is not a CEFR level from A1 to C2") from None


def words(chars: int, text: str) -> list[str]:
    """Read a comma list; empty entries are dropped."""
    text_up_to(chars, text)
    return [word for part in text.split(",") if (word := part.strip())]


def domain(text: str) -> str:
    """Read an e-mail domain such as acme.com, case-folded; a leading @ is taken off."""
    folded = text.lower().removeprefix("@")
    if len(folded) > 253 or not _DOMAIN.fullmatch(folded):
        raise CellError(Code.CHOICE, "is not a domain such as acme.com")
    return folded


def json_value(chars: int, text: str) -> Any:
    """Read JSON that PostgreSQL can keep: no NaN or infinity, no zero or surrogate characters."""
    text_up_to(chars, text)
    try:
        value = _DECODER.decode(text)
        if "\\u" in text or text.count("[") + text.count("{") > SURE_DEPTH:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise CellError(Code.JSON, "is not valid JSON") from None
    if "\\u0000" in text and _holds_zero(value):
        raise CellError(Code.JSON, "holds a zero character")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _holds_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_zero(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_holds_zero, value))
