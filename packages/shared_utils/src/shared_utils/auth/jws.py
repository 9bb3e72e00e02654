"""Compact JSON Web Signatures, verified strictly: one form, one meaning, or refused."""

import binascii
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from joserfc.util import json_b64encode, urlsafe_b64decode, urlsafe_b64encode

from shared_utils import strict_json
from shared_utils.auth.keys import ALGORITHMS, SIGNING_ALGORITHM

MAX_TOKEN_CHARS: Final = 4096
_SIGNATURE_BYTES: Final = 64
_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})


class InvalidTokenError(Exception):
    """A token was refused; the message is for our log, never for the caller."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A well-formed token whose signature nobody has checked yet."""

    kid: str
    algorithm: str
    signed: bytes
    signature: bytes
    payload: bytes


def parsed(token: str, *, typ: str, max_chars: int = MAX_TOKEN_CHARS) -> Unverified:
    """The parts of a compact token of type `typ`; InvalidTokenError unless its form is canonical.

    The header may hold `alg`, `kid` and `typ` only: no embedded or referenced key, no `crit`.
    """
    if len(token) > max_chars or not token.isascii():
        raise InvalidTokenError("too long or not ASCII")
    segments = token.encode().split(b".")
    if len(segments) != 3:
        raise InvalidTokenError("not three segments")
    header, payload, signature = (_decoded(segment) for segment in segments)
    algorithm, kid = _header(_object(header), typ)
    if len(signature) != _SIGNATURE_BYTES:
        raise InvalidTokenError("signature of another length")
    return Unverified(kid, algorithm, b".".join(segments[:2]), signature, payload)


def claims(token: Unverified, key: OKPKey) -> dict[str, Any]:
    """The claims, once `key` has verified the signature; InvalidTokenError if it does not."""
    algorithm = JWSRegistry.algorithms[token.algorithm]
    try:
        algorithm.check_key(key)
        is_valid = algorithm.verify(token.signed, token.signature, key)
    except JoseError:
        raise InvalidTokenError("key of another purpose") from None
    if not is_valid:
        raise InvalidTokenError("wrong signature")
    return _object(token.payload)


def signed(values: dict[str, Any], key: OKPKey, *, typ: str) -> str:
    """`values` as a compact token of type `typ`, signed by `key`."""
    header = json_b64encode({"alg": SIGNING_ALGORITHM, "kid": key.kid, "typ": typ})
    content = header + b"." + json_b64encode(values)
    signature = JWSRegistry.algorithms[SIGNING_ALGORITHM].sign(content, key)
    return (content + b"." + urlsafe_b64encode(signature)).decode()


def _decoded(segment: bytes) -> bytes:
    try:
        octets = urlsafe_b64decode(segment)
    except (binascii.Error, ValueError, IndexError):
        octets = b""
    if not octets or urlsafe_b64encode(octets) != segment:
        raise InvalidTokenError("not canonical base64url")
    return octets


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = strict_json.loads(raw, max_depth=4)
    except strict_json.StrictJsonError:
        value = None
    if not isinstance(value, dict):
        raise InvalidTokenError("not a JSON object")
    return value


def _header(header: dict[str, Any], typ: str) -> tuple[str, str]:
    algorithm, kid = header.get("alg"), header.get("kid")
    if header.keys() != _HEADER_MEMBERS or header["typ"] != typ:
        raise InvalidTokenError("unexpected header")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidTokenError("algorithm not allowed")
    if not isinstance(kid, str):
        raise InvalidTokenError("key id is not text")
    return algorithm, kid
