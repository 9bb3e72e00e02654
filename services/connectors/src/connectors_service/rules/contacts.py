"""Phone numbers and web addresses."""

from urllib.parse import urlsplit

import phonenumbers

from connectors_service.rules.cleaning import clean_key
from connectors_service.rules.codes import CellError, Code

URL_CHARS = 500
_NO_PHONE = "is not a phone number; write it with its country as +47 912 34 567"
_NO_URL = "is not a web address such as https://example.org/page"


def phone(region: str | None, text: str) -> str:
    """Read a phone number as E.164, those without a country as the region's; raises E019."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise CellError(Code.PHONE, _NO_PHONE) from None
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        raise CellError(Code.PHONE, _NO_PHONE)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def url(text: str) -> str:
    """Read a web address of at most 500 characters, https where it names no scheme; E020."""
    whole = clean_key(text)
    stated = whole if "://" in whole else f"https://{whole}"
    if len(stated) > URL_CHARS:
        raise CellError(Code.TOO_LONG, f"is longer than {URL_CHARS} characters")
    if not _is_web_address(stated):
        raise CellError(Code.URL, _NO_URL)
    return stated


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not any(c.isspace() for c in text) and parts.username is None
    return parts.scheme in ("http", "https") and "." in host.strip(".") and plain
