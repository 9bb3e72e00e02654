"""Find personal data by its form: addresses, numbers, accounts, handles."""

import re
from collections.abc import Callable, Iterator, Mapping

Span = tuple[int, int]

EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
PHONE = re.compile(r"(?<![\w.,:-])(?:\+|00)?\(?\d[\d ()/.-]{6,22}\d(?![\w:])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z][\w.]{2,30}\b(?!\.?\w*@)")
DATE_LIKE = re.compile(r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})")


def find_emails(text: str) -> Iterator[Span]:
    """Yield the spans of e-mail addresses."""
    return (match.span() for match in EMAIL.finditer(text))


def find_phones(text: str) -> Iterator[Span]:
    """Yield the spans of phone numbers: 8-15 digits that are neither a date nor an account."""
    for match in PHONE.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if 8 <= digits <= 15 and not DATE_LIKE.match(match[0]):
            yield match.span()


def find_ibans(text: str) -> Iterator[Span]:
    """Yield the spans of bank accounts whose check digits are right (ISO 13616)."""
    return (match.span() for match in IBAN.finditer(text) if _checks(match[0].replace(" ", "")))


def find_handles(text: str) -> Iterator[Span]:
    """Yield the spans of @names."""
    return (match.span() for match in HANDLE.finditer(text))


def _checks(iban: str) -> bool:
    turned = iban[4:] + iban[:4]
    return 15 <= len(iban) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


DETECTORS: Mapping[str, Callable[[str], Iterator[Span]]] = {
    "email": find_emails,
    "phone": find_phones,
    "iban": find_ibans,
    "handle": find_handles,
}
