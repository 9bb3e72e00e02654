"""The rules of cells, by whole columns: what a rule of `rules` surely takes, as what it takes it.

A judge gets texts without the blanks around them, null where a cell is empty, and returns values,
null where it is not certain. It never takes what the row rule refuses, nor as another value; what
it leaves to the row rule may be right all the same. Values are what COPY takes: moments as
`2026-03-02T10:00:00Z`, lists and JSON as JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from connectors_service.rules.ratings import Scale
from connectors_service.rules.rule import Form, Reading, Rule

Judge = Callable[[pl.Series], pl.Series]

BLANKS = " \t\r\n"
LETTERS = (
    r"\x{A1}-\x{AC}\x{AE}-\x{2FF}\x{390}-\x{3FF}\x{400}-\x{482}\x{48A}-\x{52F}"
    r"\x{2010}-\x{2027}\x{2030}-\x{205E}\x{20A0}-\x{20BF}\x{4E00}-\x{9FFF}\x{1F300}-\x{1FAFF}"
)
"""Beyond ASCII: composed as they stand, in any row of them; seen, and no blanks."""
_WORD = rf"[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E{LETTERS}]+"
_ENTRY = rf"{_WORD}(?: +{_WORD})*"
_STRING = r'"[\x20\x21\x23-\x5B\x5D-\x7E]*"'
_NUMBER = r"-?(?:0\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,8}\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,14})|0"
_MEMBER = rf"{_STRING} *: *(?:{_STRING}|{_NUMBER}|true|false|null)"
_OF_NAME = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*"
_DAY = (
    r"(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

PLAIN = rf"^[\t\r\n\x20-\x7E{LETTERS}]*$"
QUOTABLE = rf"^[\x20\x21\x23-\x5B\x5D-\x7E{LETTERS}]*$"
KEY = r"^[\x21-\x5B\x5D-\x7E]+(?: [\x21-\x5B\x5D-\x7E]+)*$"
LIST = rf"^{_ENTRY}(?: *, *{_ENTRY})*$"
OBJECT = rf"^\{{ *(?:{_MEMBER}(?: *, *{_MEMBER})*)? *\}}$"
ADDRESS = rf"^{_OF_NAME}(?:\.{_OF_NAME})*@(?:{_LABEL}\.)+[A-Za-z]{{2,}}$"
SHORT_ADDRESS = "^[^@]{1,64}@[^@]{3,63}$"
WORDS = "^[A-Za-z_ -]+$"
LEVEL = "^[A-Za-z][0-9]$"
MINUTES = "^[0-9]{1,9}$"
RATING = "^[0-9](?:[.,][0-9]{1,9})?$"
MOMENT = f"^{_DAY}T{_CLOCK}Z$"
OFFSET = f"^{_DAY}T{_CLOCK}[+-](?:0[0-9]|1[0-4]):[0-5][0-9]$"


def judge_of(rule: Rule, reading: Reading, words: Mapping[str, str]) -> Judge | None:
    """Return the judge of a rule's columns; None where there is none, so that rows are judged.

    `words` are what a mapping says that cells mean, in lower case.
    """
    match rule.form:
        case Form.CHOICE:
            return partial(_choice, rule.choices, words)
        case _ if words or rule.form is None:
            return None
        case Form.MOMENT:
            return partial(_moment, reading.calendar.zone.key == "UTC")
        case Form.RATING:
            return partial(_rating, reading.scale)
        case Form.TEXT | Form.KEY | Form.WORDS | Form.JSON:
            return partial(_SIZED[rule.form], rule.chars)
        case Form.LEVEL:
            return partial(_level, rule.choices)
        case Form.EMAIL:
            return _email
        case Form.MINUTES:
            return _minutes
    return None


def kept(values: pl.Series, sure: pl.Series) -> pl.Series:
    """Return the values that are sure, null for the others."""
    return values.zip_with(sure.fill_null(value=False), pl.Series([None], dtype=values.dtype))


def _of_form(text: pl.Series, pattern: str, chars: int | None = None) -> pl.Series:
    fits = text.str.contains(pattern)
    return kept(text, fits if chars is None else fits & (text.str.len_chars() <= chars))


def _text(chars: int, text: pl.Series) -> pl.Series:
    return _of_form(text, PLAIN, chars)


def _key(chars: int, text: pl.Series) -> pl.Series:
    return _of_form(text, KEY, chars)


def _list(chars: int, text: pl.Series) -> pl.Series:
    listed = _of_form(text, LIST, chars).str.replace_all(" *, *", '","')
    return pl.select('["' + pl.lit(listed) + '"]').to_series()


def _object(chars: int, text: pl.Series) -> pl.Series:
    return _of_form(text, OBJECT, chars)


_SIZED = {Form.TEXT: _text, Form.KEY: _key, Form.WORDS: _list, Form.JSON: _object}


def _choice(choices: Sequence[str], words: Mapping[str, str], text: pl.Series) -> pl.Series:
    folded = _of_form(text, WORDS).str.to_lowercase()
    if words:
        meant = [meaning.strip().lower() for meaning in words.values()]
        folded = folded.replace(list(words), meant)
    value = folded.str.replace_all("[ -]", "_")
    return kept(value, value.is_in(list(choices)))


def _level(levels: Sequence[str], text: pl.Series) -> pl.Series:
    value = _of_form(text, LEVEL).str.to_uppercase()
    return kept(value, value.is_in(list(levels)))


def _email(text: pl.Series) -> pl.Series:
    sure = text.str.contains(ADDRESS) & text.str.contains(SHORT_ADDRESS)
    return kept(text, sure).str.to_lowercase()


def _minutes(text: pl.Series) -> pl.Series:
    value = _of_form(text, MINUTES).cast(pl.Int32)
    return kept(value, value.is_between(1, 480))


def _rating(scale: Scale, text: pl.Series) -> pl.Series:
    value = _of_form(text, RATING).str.replace(",", ".", literal=True).cast(pl.Float64)
    if scale is Scale.ONE_TO_FIVE:
        return kept((value - 1) / 4, value.is_between(1, 5))
    return kept(value, value.is_between(0, 1))


def _moment(is_utc: bool, text: pl.Series) -> pl.Series:
    """Moments in one form, whose order as texts is their order; without offset only in UTC."""
    if text.str.contains(MOMENT).all():
        return text
    value = (
        text.str.replace(r"^([0-9-]{10}) ", "${1}T")
        .str.replace(r"^([0-9-]{10}T[0-9]{2}:[0-9]{2})($|[Z+-])", "${1}:00${2}")
        .str.replace(r"^([0-9-]{10}T[0-9:]{8})\.0{1,6}($|[Z+-])", "${1}${2}")
        .str.replace(r"^([0-9-]{10}T[0-9:]{8})\+00:00$", "${1}Z")
    )
    if is_utc:
        value = value.str.replace(r"^([0-9-]{10})$", "${1}T00:00:00Z")
        value = value.str.replace(r"^([0-9-]{10}T[0-9:]{8})$", "${1}Z")
    away = value.str.contains(OFFSET).fill_null(value=False)
    if away.any():
        value = value.zip_with(~away, _in_utc(kept(value, away)))
    return kept(value, value.str.contains(MOMENT))


def _in_utc(text: pl.Series) -> pl.Series:
    moments = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_zone="UTC")
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
