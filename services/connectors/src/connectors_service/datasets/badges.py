"""Open Badges 3.0 as rows of `credentials`: https://www.imsglobal.org/spec/ob/v3p0."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors_service.rules.codes import CellError, Code

Badge = Mapping[str, Any]
TAKES_BADGES = "credentials"
BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
BADGE_COLUMNS = (
    "credential_id",
    "user_email",
    "provider",
    "course_id",
    "course_name",
    "credential_type",
    "issued_at",
    "expires_at",
    "credential_url",
)
"""What a badge may say of a row; `row_of` names no other."""
_TYPES = {
    "badge": "badge",
    "certificate": "certificate",
    "certificateofcompletion": "certificate",
    "certification": "certificate",
    "diploma": "diploma",
    "quizzes": "badge",
}
_HASHED = (
    "names its holder by a hash alone, and no person can be found by it; ask the issuer for a "
    "badge with the e-mail address"
)
_NOBODY = "names no e-mail address of its holder"


def is_badge(value: Any) -> bool:
    """Tell whether a JSON value is an Open Badge of version 3.0."""
    if not isinstance(value, Mapping) or "credentialSubject" not in value:
        return False
    return not BADGE_TYPES.isdisjoint(_texts(value.get("type")))


def row_of(badge: Badge) -> dict[str, str]:
    """Return the row of a badge, by the names of the fields; what it does not say is absent.

    Raises CellError E001 for a badge whose holder can't be told. Its proof is not verified.
    """
    subject = _first(badge.get("credentialSubject"))
    achievement = _first(subject.get("achievement"))
    identifier = _text(badge.get("id"))
    stated = {
        "credential_id": identifier,
        "user_email": holder_of(subject),
        "provider": _issuer(badge.get("issuer")),
        "course_id": _text(achievement.get("humanCode")),
        "course_name": _name(achievement.get("name")) or _name(badge.get("name")),
        "credential_type": _TYPES.get(_text(achievement.get("achievementType")).lower(), "badge"),
        "issued_at": _text(badge.get("validFrom")) or _text(badge.get("issuanceDate")),
        "expires_at": _text(badge.get("validUntil")) or _text(badge.get("expirationDate")),
        "credential_url": identifier if identifier.startswith(("https://", "http://")) else "",
    }
    return {name: text for name, text in stated.items() if text}


def holder_of(subject: Badge) -> str:
    """Return the e-mail address of a badge's holder; raises CellError E001 if none is stated."""
    identities = [each for each in _objects(subject.get("identifier")) if _is_email(each)]
    for identity in identities:
        if not identity.get("hashed"):
            return _text(identity.get("identityHash"))
    stated = _text(subject.get("id"))
    if stated.lower().startswith("mailto:"):
        return stated[len("mailto:") :]
    if email := _text(subject.get("email")):
        return email
    raise CellError(Code.EMAIL, _HASHED if identities else _NOBODY)


def _is_email(identity: Badge) -> bool:
    return _text(identity.get("identityType")) in ("emailAddress", "email")


def _issuer(issuer: Any) -> str:
    """Name the issuer: by its name, else by the host of its address."""
    found = _first(issuer)
    name = _name(found.get("name"))
    address = _text(found.get("id")) or _text(issuer)
    return name or urlsplit(address).hostname or address


def _name(value: Any) -> str:
    """Read a name, which may be stated by language."""
    if isinstance(value, Mapping):
        return next(filter(None, map(_text, value.values())), "")
    return _text(value)


def _objects(value: Any) -> Iterator[Badge]:
    values = value if isinstance(value, list) else [value]
    return (each for each in values if isinstance(each, Mapping))


def _first(value: Any) -> Badge:
    return next(_objects(value), {})


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
