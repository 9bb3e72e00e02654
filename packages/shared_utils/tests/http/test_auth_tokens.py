"""Only a token that is exactly right is believed."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import OKPKey

from shared_utils.auth import (
    Caller,
    Role,
    TokenSigner,
    TokenVerifier,
    generate_keyset,
)
from shared_utils.errors import UnauthenticatedError

NOW = 1_800_000_000
COMPANY = UUID("0197f3a2-7c11-7d5e-9d6b-1f4a3c2b1a09")


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Makes tokens of every kind with the issuer's own key, or without it."""

    def __init__(self, path: Path) -> None:
        self.signer = TokenSigner(path, clock=lambda: NOW)
        (self.jwk,) = json.loads(path.read_text())["keys"]
        self.key = OKPKey.import_key(self.jwk)
        self.public = self.key.as_dict(private=False)

    def header(self, **changes: Any) -> dict[str, Any]:
        return _without_none({"alg": "EdDSA", "kid": self.jwk["kid"], "typ": "at+jwt"} | changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        claims = {
            "iss": "waymark",
            "aud": "waymark",
            "sub": "someone",
            "jti": "t1",
            "iat": NOW,
            "exp": NOW + 60,
            "role": "admin",
        }
        return _without_none(claims | changes)

    def token(self, header: Any = None, claims: Any = None) -> str:
        """Signed by the real key, whatever it says."""
        return self.signed(_raw(header or self.header()), _raw(claims or self.claims()))

    def signed(self, header: bytes, claims: bytes) -> str:
        content = f"{b64(header)}.{b64(claims)}"
        signature = self.key.get_op_key("sign").sign(content.encode())  # type: ignore[union-attr]
        return f"{content}.{b64(signature)}"

    def with_secret(self, secret: bytes) -> str:
        content = f"{b64(_raw(self.header(alg='HS256')))}.{b64(_raw(self.claims()))}"
        return f"{content}.{b64(hmac.new(secret, content.encode(), hashlib.sha256).digest())}"

    def verifier(self, now: float = NOW + 1) -> TokenVerifier:
        return TokenVerifier(self.signer.key_source(), clock=lambda: now)


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    generate_keyset(tmp_path / "keys.json")
    return Forge(tmp_path / "keys.json")


async def refused(forge: Forge, token: str, now: float = NOW + 1) -> None:
    with pytest.raises(UnauthenticatedError) as refusal:
        await forge.verifier(now).verify(token)
    assert refusal.value.__cause__ is None


CALLERS = [
    Caller("u1", Role.ADMIN),
    Caller("u2", Role.COMPANY_USER, company_id=COMPANY, position="manager"),
    Caller("u3", Role.PARTICIPANT, person_id=COMPANY),
    Caller("k1", Role.PARTNER, scopes=frozenset({"import:kintell-sessions", "webhook:kintell"})),
]


@pytest.mark.parametrize("caller", CALLERS, ids=[caller.role for caller in CALLERS])
async def test_a_token_brings_back_the_caller_it_was_made_for(forge: Forge, caller: Caller) -> None:
    token = forge.signer.access_token(caller, timedelta(minutes=1))

    found = await forge.verifier().verify(token)

    assert found.expires_at == datetime.fromtimestamp(NOW + 60, UTC)
    assert len(found.token_id) == 32
    assert (found.subject, found.role, found.scopes) == (
        caller.subject,
        caller.role,
        caller.scopes,
    )
    assert (found.company_id, found.position, found.person_id) == (
        caller.company_id,
        caller.position,
        caller.person_id,
    )


async def test_the_forge_makes_good_tokens_when_it_changes_nothing(forge: Forge) -> None:
    assert (await forge.verifier().verify(forge.token())).role is Role.ADMIN
    assert (await forge.verifier().verify(forge.token(claims=forge.claims(more=1)))).subject


HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg HS256": {"alg": "HS256"},
    "alg RS256": {"alg": "RS256"},
    "alg ES256": {"alg": "ES256"},
    "alg Ed448": {"alg": "Ed448"},
    "alg eddsa": {"alg": "eddsa"},
    "alg other than the key's": {"alg": "Ed25519"},
    "alg missing": {"alg": None},
    "alg a list": {"alg": ["EdDSA"]},
    "kid unknown": {"kid": "nobody"},
    "kid missing": {"kid": None},
    "kid empty": {"kid": ""},
    "kid a number": {"kid": 1},
    "kid a path": {"kid": "../../dev/null"},
    "kid an object": {"kid": {"a": 1}},
    "typ missing": {"typ": None},
    "typ JWT": {"typ": "JWT"},
    "typ in capitals": {"typ": "AT+JWT"},
    "typ with application/": {"typ": "application/at+jwt"},
    "typ of a refresh token": {"typ": "rt+jwt"},
    "crit empty": {"crit": []},
    "crit b64": {"crit": ["b64"], "b64": False},
    "crit exp": {"crit": ["exp"], "exp": 1},
    "b64": {"b64": True},
    "jku": {"jku": "http://127.0.0.1:1/keys"},
    "x5u": {"x5u": "http://127.0.0.1:1/cert"},
    "x5c": {"x5c": ["AAAA"]},
    "zip": {"zip": "DEF"},
    "cty": {"cty": "JWT"},
}


@pytest.mark.parametrize("changes", HEADERS.values(), ids=HEADERS)
async def test_another_header_is_refused(forge: Forge, changes: dict[str, Any]) -> None:
    await refused(forge, forge.token(header=forge.header(**changes)))


async def test_a_key_that_the_token_brings_along_is_not_used(forge: Forge) -> None:
    stranger = OKPKey.generate_key("Ed25519")
    forge.key = stranger
    embedded = forge.header(jwk=stranger.as_dict(private=False))

    await refused(forge, forge.token(header=embedded))
    await refused(forge, forge.token())


async def test_the_public_key_is_no_shared_secret(forge: Forge) -> None:
    octets = base64.urlsafe_b64decode(str(forge.public["x"]) + "=")
    for secret in (octets, str(forge.public["x"]).encode(), json.dumps(forge.public).encode(), b""):
        await refused(forge, forge.with_secret(secret))


CLAIMS: dict[str, dict[str, Any]] = {
    "iss missing": {"iss": None},
    "iss another": {"iss": "waymark.example"},
    "iss a list": {"iss": ["waymark"]},
    "iss in capitals": {"iss": "Waymark"},
    "aud missing": {"aud": None},
    "aud another": {"aud": "billing"},
    "aud a list": {"aud": ["waymark"]},
    "sub missing": {"sub": None},
    "sub empty": {"sub": ""},
    "sub a number": {"sub": 1},
    "sub too long": {"sub": "s" * 201},
    "jti missing": {"jti": None},
    "exp missing": {"exp": None},
    "exp past": {"exp": NOW},
    "exp long past": {"exp": 1},
    "exp text": {"exp": str(NOW + 60)},
    "exp true": {"exp": True},
    "exp with a fraction": {"exp": NOW + 60.5},
    "exp a whole float": {"exp": float(NOW + 60)},
    "exp a list": {"exp": [NOW + 60]},
    "exp negative": {"exp": -1},
    "exp too far": {"exp": NOW + 24 * 3600 + 1},
    "exp absurd": {"exp": 2**62},
    "iat missing": {"iat": None},
    "iat text": {"iat": str(NOW)},
    "iat false": {"iat": False},
    "iat in the future": {"iat": NOW + 30},
    "nbf in the future": {"nbf": NOW + 30},
    "nbf text": {"nbf": str(NOW)},
    "nbf a float": {"nbf": NOW - 0.5},
    "nbf true": {"nbf": True},
    "role missing": {"role": None},
    "role unknown": {"role": "root"},
    "role in capitals": {"role": "ADMIN"},
    "role a list": {"role": ["admin"]},
    "role with a space": {"role": "admin "},
    "company user without a company": {"role": "company_user"},
    "company_id no UUID": {"role": "company_user", "company_id": "acme"},
    "company_id in capitals": {"role": "company_user", "company_id": str(COMPANY).upper()},
    "company_id in braces": {"role": "company_user", "company_id": f"{{{COMPANY}}}"},
    "company_id without dashes": {"role": "company_user", "company_id": COMPANY.hex},
    "company_id a number": {"company_id": COMPANY.int % 2**60},
    "company_id a list": {"company_id": [str(COMPANY)]},
    "person_id no UUID": {"person_id": "me"},
    "position a list": {"position": ["manager"]},
    "scope a list": {"scope": ["import:all"]},
    "scope twice the same": {"scope": "a a"},
    "scope with two spaces": {"scope": "a  b"},
    "scope too long": {"scope": "s" * 2001},
}


@pytest.mark.parametrize("changes", CLAIMS.values(), ids=CLAIMS)
async def test_other_claims_are_refused(forge: Forge, changes: dict[str, Any]) -> None:
    await refused(forge, forge.token(claims=forge.claims(**changes)))


RAW_CLAIMS: dict[str, Callable[[str], str]] = {
    "exp NaN": lambda text: text.replace(f'"exp": {NOW + 60}', '"exp": NaN'),
    "exp infinite": lambda text: text.replace(f'"exp": {NOW + 60}', '"exp": Infinity'),
    "exp 1e400": lambda text: text.replace(f'"exp": {NOW + 60}', '"exp": 1e400'),
    "exp as a power": lambda text: text.replace(f'"exp": {NOW + 60}', '"exp": 18e8'),
    "exp twice": lambda text: text.replace("}", f', "exp": {NOW + 600}}}'),
    "role twice": lambda text: text.replace("}", ', "role": "partner"}'),
    "role twice by escape": lambda text: text.replace("}", ', "rol\\u0065": "partner"}'),
    "sub with half a pair": lambda text: text.replace("someone", "\\ud800"),
    "sub with NUL": lambda text: text.replace("someone", "some\\u0000one"),
    "a list": lambda text: f"[{text}]",
    "text": lambda text: json.dumps(text),
    "cut": lambda text: text[:-1],
    "two objects": lambda text: text + text,
    "nested deeply": lambda text: text.replace("}", ', "a": ' + "[" * 50 + "]" * 50 + "}"),
}


@pytest.mark.parametrize("change", RAW_CLAIMS.values(), ids=RAW_CLAIMS)
async def test_claims_that_are_no_plain_object_are_refused(
    forge: Forge, change: Callable[[str], str]
) -> None:
    raw = change(json.dumps(forge.claims()))

    await refused(forge, forge.signed(_raw(forge.header()), raw.encode()))


async def test_claims_that_are_not_utf8_are_refused(forge: Forge) -> None:
    raw = json.dumps(forge.claims()).encode().replace(b"someone", b"\xff")

    await refused(forge, forge.signed(_raw(forge.header()), raw))


def _swapped(segment: str) -> str:
    """Another spelling of the same octets: the last character's unused bits set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]


FORMS: dict[str, Callable[[str, str, str], str]] = {
    "empty": lambda h, p, s: "",
    "two segments": lambda h, p, s: f"{h}.{p}",
    "no signature": lambda h, p, s: f"{h}.{p}.",
    "no payload": lambda h, p, s: f"{h}..{s}",
    "four segments": lambda h, p, s: f"{h}.{p}.{s}.{s}",
    "five segments": lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}",
    "trailing dot": lambda h, p, s: f"{h}.{p}.{s}.",
    "padded signature": lambda h, p, s: f"{h}.{p}.{s}==",
    "padded payload": lambda h, p, s: f"{h}.{p}=.{s}",
    "padded header": lambda h, p, s: f"{h}=.{p}.{s}",
    "trailing newline": lambda h, p, s: f"{h}.{p}.{s}\n",
    "leading space": lambda h, p, s: f" {h}.{p}.{s}",
    "inner newline": lambda h, p, s: f"{h}.{p}.{s[:8]}\n{s[8:]}",
    "inner carriage return": lambda h, p, s: f"{h[:4]}\r{h[4:]}.{p}.{s}",
    "bits beyond the signature": lambda h, p, s: f"{h}.{p}.{_swapped(s)}",
    "bytes after the signature": lambda h, p, s: f"{h}.{p}.{s}AAAA",
    "signature too short": lambda h, p, s: f"{h}.{p}.{s[:-4]}",
    "signature of zeros": lambda h, p, s: f"{h}.{p}.{b64(bytes(64))}",
    "signature changed": lambda h, p, s: f"{h}.{p}.{'A' if s[0] != 'A' else 'B'}{s[1:]}",
    "signature in standard base64": lambda h, p, s: f"{h}.{p}.{'+' + s[1:]}",
    "payload changed": lambda h, p, s: f"{h}.{b64(b'{}')}.{s}",
    "not ASCII": lambda h, p, s: f"{h}.{p}.{s[:-1]}\u0430",
    "full-width dot": lambda h, p, s: f"{h}\uff0e{p}\uff0e{s}",
    "huge": lambda h, p, s: f"{h}.{'A' * 10_000_000}.{s}",
    "many dots": lambda h, p, s: "." * 4000,
    "a JSON serialization": lambda h, p, s: json.dumps(
        {"protected": h, "payload": p, "signature": s}
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_another_form_of_a_good_token_is_refused(
    forge: Forge, form: Callable[[str, str, str], str]
) -> None:
    await refused(forge, form(*forge.token().split(".")))


async def test_a_signature_moved_by_the_group_order_is_refused(forge: Forge) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    content, _, encoded = forge.token().rpartition(".")
    signature = base64.urlsafe_b64decode(encoded + "==")
    moved = int.from_bytes(signature[32:], "little") + order
    malleated = signature[:32] + moved.to_bytes(32, "little")

    await refused(forge, f"{content}.{b64(malleated)}")


async def test_a_refused_token_is_not_remembered_as_good(forge: Forge) -> None:
    verifier = forge.verifier()
    token = forge.token(claims=forge.claims(aud="billing"))
    for _ in range(2):
        with pytest.raises(UnauthenticatedError):
            await verifier.verify(token)
    assert verifier.cached(token) is None


async def test_verdicts_do_not_mix_between_tokens(forge: Forge) -> None:
    people = [uuid4() for _ in range(50)]
    tokens = [
        forge.signer.access_token(
            Caller(str(person), Role.PARTICIPANT, person_id=person), timedelta(minutes=1)
        )
        for person in people
    ]
    verifier = forge.verifier()

    found = await asyncio.gather(*(verifier.verify(token) for token in tokens * 2))

    assert [caller.person_id for caller in found] == people * 2
