"""Ed25519 key sets (RFC 7517): made, kept in a file, read strictly."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from shared_utils import strict_json

ALGORITHMS = frozenset({"EdDSA", "Ed25519"})
"""JOSE's names for the one algorithm in use: RFC 8037's, known everywhere, and RFC 9864's."""

SIGNING_ALGORITHM = "EdDSA"
MAX_SET_BYTES = 64 * 1024

Keys = Mapping[str, OKPKey]
"""Verification keys by key id."""


class InvalidKeySetError(ValueError):
    """A key set cannot be used; the message says why and holds no key."""


def verification_keys(raw: bytes) -> dict[str, OKPKey]:
    """The keys of a JWK Set that may verify a signature, by `kid`.

    Keys for other purposes are passed over. Raises InvalidKeySetError for a malformed set, a key
    id used twice, or a set that gives away a private key.
    """
    return _by_id([_imported(jwk) for jwk in _members(raw) if _is_ours(jwk, "verify")])


def signing_keys(path: Path) -> list[OKPKey]:
    """The private keys in the file at `path`, first the one that signs."""
    try:
        members = _members(path.read_bytes())
    except OSError:
        raise InvalidKeySetError("The file of signing keys cannot be read.") from None
    keys = [_imported(jwk, private=True) for jwk in members if _is_ours(jwk, "sign")]
    if not _by_id(keys):
        raise InvalidKeySetError("The key set holds no Ed25519 signing key.")
    return keys


def generate_keyset(path: Path) -> None:
    """Write a new key set with one Ed25519 signing key to `path`, readable by its owner only."""
    _write(path, [_generated()])


def rotate_keyset(path: Path, *, keep: int = 2) -> None:
    """Put a new signing key first; the last `keep` keys stay, so that their tokens still verify."""
    _write(path, [_generated(), *signing_keys(path)[:keep]])


def public_set(keys: list[OKPKey]) -> dict[str, Any]:
    """The JWK Set to publish: public halves, for verifying only."""
    return {"keys": [_public(key) for key in keys]}


def _public(key: OKPKey) -> dict[str, Any]:
    # joserfc keeps the private operations in `key_ops`; `use` says the same and fits both.
    return {**key.as_dict(private=False), "use": "sig", "alg": SIGNING_ALGORITHM}


def _generated() -> OKPKey:
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": SIGNING_ALGORITHM})
    key.ensure_kid()
    return key


def _write(path: Path, keys: list[OKPKey]) -> None:
    body = json.dumps({"keys": [key.as_dict(private=True) for key in keys]}, indent=1)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(body)
    partial.replace(path)


def _members(raw: bytes) -> list[Any]:
    if len(raw) > MAX_SET_BYTES:
        raise InvalidKeySetError("The key set is too large.")
    try:
        value = strict_json.loads(raw)
    except strict_json.StrictJsonError:
        raise InvalidKeySetError("The key set is not valid JSON.") from None
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list):
        raise InvalidKeySetError("The key set has no list of keys.")
    return keys


def _is_ours(jwk: Any, operation: str) -> bool:
    return (
        isinstance(jwk, dict)
        and jwk.get("kty") == "OKP"
        and jwk.get("crv") == "Ed25519"
        and isinstance(jwk.get("kid"), str)
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", SIGNING_ALGORITHM) in ALGORITHMS
        and _allows(jwk.get("key_ops"), operation)
    )


def _allows(operations: Any, operation: str) -> bool:
    return operations is None or (isinstance(operations, list) and operation in operations)


def _imported(jwk: dict[str, Any], *, private: bool = False) -> OKPKey:
    if ("d" in jwk) is not private:
        raise InvalidKeySetError(
            "The set lacks a private key." if private else "The set gives away a private key."
        )
    for part in ("x", "d") if private else ("x",):
        _check_octets(jwk.get(part))
    try:
        return OKPKey.import_key(cast(Any, jwk))
    except (JoseError, ValueError, TypeError):
        raise InvalidKeySetError("The key set holds a malformed key.") from None


def _check_octets(value: Any) -> None:
    try:
        octets = urlsafe_b64decode(value.encode("ascii"))
    except (AttributeError, ValueError):
        octets = b""
    if len(octets) != 32 or urlsafe_b64encode(octets).decode() != value:
        raise InvalidKeySetError("The key set holds a malformed key.")


def _by_id(keys: list[OKPKey]) -> dict[str, OKPKey]:
    found = {str(key.kid): key for key in keys}
    if len(found) != len(keys):
        raise InvalidKeySetError("The key set uses a key id twice.")
    return found
