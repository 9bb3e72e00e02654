"""Languages and countries by their codes or by their names in many languages."""

import re
from functools import lru_cache

import langcodes
import pycountry
from langcodes import Language

from connectors_service.rules.codes import CellError, Code

_NOT_A_LANGUAGE = "is not a language; write its code such as uk or its name such as Ukrainian"
_NOT_A_COUNTRY = "is not a country; write its code such as UA or its name such as Ukraine"
LONGEST_NAME = 100
"""Longer words are no name, and would keep the search for one busy for seconds."""
_CODE = re.compile("[A-Za-z]{2,3}")
_TAG = re.compile("[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})+")
_COUNTRY = re.compile("[A-Z]{2}")
_CUSTOMARY = {"UK": "GB", "EL": "GR", "XK": "XK", "XKX": "XK"}
_OWN_CODES = {"fa-AF": "prs", "cmn": "zh", "arb": "ar"}


def language(text: str) -> str:
    """Read a language as ISO 639-1, or 639-3 where it has no shorter code; raises E015."""
    if len(text) > LONGEST_NAME:
        raise CellError(Code.CHOICE, _NOT_A_LANGUAGE)
    return _language(text)


@lru_cache(maxsize=1024)
def _language(text: str) -> str:
    tag = _by_code(text) if _CODE.fullmatch(text) or _TAG.fullmatch(text) else _by_name(text)
    code = _OWN_CODES.get(tag) or tag.partition("-")[0]
    if not tag or code in {"und", "mul", "zxx", "mis"}:
        raise CellError(Code.CHOICE, _NOT_A_LANGUAGE)
    return code


def _by_code(text: str) -> str:
    tag = text.replace("_", "-")
    found = langcodes.standardize_tag(tag) if langcodes.tag_is_valid(tag) else ""
    return found if len(text) <= 3 or found in _OWN_CODES else found.partition("-")[0]


def _by_name(text: str) -> str:
    bare = re.sub(r"\s*\(.*\)$", "", text)
    try:
        return langcodes.find(bare).to_tag()
    except LookupError:
        return ""


def country(text: str) -> str:
    """Read a country as ISO 3166-1 alpha-2; raises CellError E015."""
    if len(text) > LONGEST_NAME:
        raise CellError(Code.CHOICE, _NOT_A_COUNTRY)
    return _country(text)


@lru_cache(maxsize=1024)
def _country(text: str) -> str:
    folded = text.upper().replace(".", "")
    found = _CUSTOMARY.get(folded) or _country_by_code(folded) or _country_by_name(text)
    if found is None:
        raise CellError(Code.CHOICE, _NOT_A_COUNTRY)
    return found


def _country_by_code(folded: str) -> str | None:
    known = {
        2: pycountry.countries.get(alpha_2=folded),
        3: pycountry.countries.get(alpha_3=folded),
    }.get(len(folded))
    return str(known.alpha_2) if known else None


def _country_by_name(text: str) -> str | None:
    if len(text) <= 2:
        return None
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        pass
    try:
        territory = Language.find_name("territory", text).territory or ""
    except LookupError:
        return None
    return territory if _COUNTRY.fullmatch(territory) else None
