"""E-mail addresses and handles, less what providers ignore and people vary."""

import re
from collections.abc import Mapping, Set
from typing import NamedTuple

_FILLERS = re.compile(r"[._\-]+")
_DIGITS = re.compile(r"\d+")
_HANDLE = re.compile(r"[a-z][a-z0-9._\-]{4,}")


class Mailbox(NamedTuple):
    """An address: the box that gets its mail, and its name without fillers and tags."""

    box: str
    local: str
    domain: str


def mailbox(address: str, dotless: Set[str], same: Mapping[str, str]) -> Mailbox | None:
    """Read a folded address; None for one without a local part or domain."""
    local, _, domain = address.rpartition("@")
    untagged = local.partition("+")[0]
    if not untagged or not domain:
        return None
    domain = same.get(domain, domain)
    kept = untagged.replace(".", "") if domain in dotless else untagged
    return Mailbox(f"{kept}@{domain}", _FILLERS.sub("", untagged), domain)


def words_in(address: str) -> str:
    """The words of an address's local part, as a name if it has two of them at least."""
    local = address.rpartition("@")[0].partition("+")[0]
    words = [word for word in _FILLERS.split(_DIGITS.sub("", local)) if len(word) > 1]
    return " ".join(words) if len(words) > 1 else ""


def handle(external_id: str) -> str | None:
    """What a person chose to be called elsewhere; None for a number or key of the provider's."""
    word = external_id.lower().partition("#")[0]
    return _FILLERS.sub("", word) if _HANDLE.fullmatch(word) else None


def linkedin(url: str) -> str | None:
    """The profile's own part of a LinkedIn URL; None where it has none."""
    _, found, rest = url.strip().lower().partition("linkedin.com/in/")
    slug = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return slug if found and slug else None


def digits_in(local: str) -> int:
    return sum(map(len, _DIGITS.findall(local)))
