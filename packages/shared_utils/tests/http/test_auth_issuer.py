"""Keys come from the issuer over HTTP: kept, renewed, and missed without a crowd at its door."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared_utils.auth import (
    Caller,
    InvalidKeySetError,
    RemoteKeys,
    Role,
    TokenSigner,
    TokenVerifier,
    generate_keyset,
    rotate_keyset,
)
from shared_utils.auth.keys import verification_keys
from shared_utils.errors import UnauthenticatedError, UnavailableError

MakeHost = Callable[[Callable[[int], bytes | None]], AbstractAsyncContextManager[Any]]


def response(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class Issuer:
    """Publishes whatever set its key file holds, or what it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.instead: bytes | None = None
        generate_keyset(path)

    def answer(self, _: int) -> bytes | None:
        return self.instead or response(json.dumps(TokenSigner(self.path).public_jwks()).encode())

    def token(self) -> str:
        return TokenSigner(self.path).access_token(Caller("a", Role.ADMIN), timedelta(minutes=5))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "keys.json")


async def test_keys_are_fetched_once_for_many(issuer: Issuer, host: MakeHost) -> None:
    async with host(issuer.answer) as published:
        verifier = TokenVerifier(RemoteKeys(published.url))
        found = await asyncio.gather(*(verifier.verify(issuer.token()) for _ in range(20)))
        await verifier.close()

        assert {caller.role for caller in found} == {Role.ADMIN}
        assert len(published.requests) == 1


async def test_a_new_key_is_fetched_when_its_first_token_comes(
    issuer: Issuer, host: MakeHost
) -> None:
    now = [0.0]
    async with host(issuer.answer) as published:
        verifier = TokenVerifier(RemoteKeys(published.url, clock=lambda: now[0]))
        old = issuer.token()
        await verifier.verify(old)
        rotate_keyset(issuer.path)
        new = issuer.token()

        with pytest.raises(UnauthenticatedError):
            await verifier.verify(new)
        now[0] = 2.5
        assert await verifier.verify(new)
        assert verifier.cached(old) is None
        assert await verifier.verify(old)
        await verifier.close()

        assert len(published.requests) == 2


async def test_made_up_key_ids_do_not_crowd_the_issuer(
    issuer: Issuer, host: MakeHost, tmp_path: Path
) -> None:
    stranger = Issuer(tmp_path / "stranger.json")
    async with host(issuer.answer) as published:
        verifier = TokenVerifier(RemoteKeys(published.url))
        for _ in range(20):
            rotate_keyset(stranger.path)
            with pytest.raises(UnauthenticatedError):
                await verifier.verify(stranger.token())
        await verifier.close()

        assert len(published.requests) == 1


async def test_a_withdrawn_key_stops_working_when_the_set_is_renewed(
    issuer: Issuer, host: MakeHost
) -> None:
    now = [0.0]
    async with host(issuer.answer) as published:
        verifier = TokenVerifier(RemoteKeys(published.url, clock=lambda: now[0]))
        token = issuer.token()
        await verifier.verify(token)
        generate_keyset(issuer.path)
        verifier.forget()
        now[0] = 299.0
        assert await verifier.verify(token)
        verifier.forget()
        now[0] = 301.0

        with pytest.raises(UnauthenticatedError):
            await verifier.verify(token)
        await verifier.close()


BROKEN: dict[str, bytes] = {
    "an error": response(b"{}", "500 Oh"),
    "a redirect": response(b"", "302 Found\r\nLocation: http://127.0.0.1:1/"),
    "no JSON": response(b"<html>"),
    "no keys": response(b'{"keys": 1}'),
    "too much": response(b'{"keys": []}' + b" " * 100_000),
    "no HTTP": b"hello\r\n\r\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_while_the_issuer_fails_it_is_503_before_and_the_last_keys_after(
    issuer: Issuer, host: MakeHost, broken: bytes
) -> None:
    now = [0.0]
    token = issuer.token()
    async with host(issuer.answer) as published:
        verifier = TokenVerifier(RemoteKeys(published.url, clock=lambda: now[0]))
        issuer.instead = broken
        for _ in range(3):
            with pytest.raises(UnavailableError):
                await verifier.verify(token)
        assert len(published.requests) == 1
        issuer.instead = None
        now[0] = 10.0
        assert await verifier.verify(token)

        verifier.forget()
        issuer.instead = broken
        now[0] = 1000.0
        assert await verifier.verify(token)
        await verifier.close()


async def test_an_issuer_that_is_not_there_is_503() -> None:
    verifier = TokenVerifier(RemoteKeys("http://127.0.0.1:1/jwks.json"))
    token = "eyJhbGciOiJFZERTQSIsImtpZCI6ImEiLCJ0eXAiOiJhdCtqd3QifQ.e30." + "A" * 86

    with pytest.raises(UnavailableError):
        await verifier.verify(token)
    await verifier.close()


def _jwk(path: Path, **changes: Any) -> dict[str, Any]:
    generate_keyset(path)
    (jwk,) = TokenSigner(path).public_jwks()["keys"]
    return {name: value for name, value in (jwk | changes).items() if value is not None}


PASSED_OVER: dict[str, dict[str, Any]] = {
    "another kind": {"kty": "RSA"},
    "another curve": {"crv": "Ed448"},
    "an agreement curve": {"crv": "X25519"},
    "for encryption": {"use": "enc"},
    "for signing only": {"key_ops": ["sign"]},
    "operations as text": {"key_ops": "verify"},
    "another algorithm": {"alg": "HS256"},
    "no id": {"kid": None},
    "id a number": {"kid": 1},
}


@pytest.mark.parametrize("changes", PASSED_OVER.values(), ids=PASSED_OVER)
def test_a_key_for_something_else_is_passed_over(tmp_path: Path, changes: dict[str, Any]) -> None:
    good, other = _jwk(tmp_path / "a"), _jwk(tmp_path / "b", **changes)

    found = verification_keys(json.dumps({"keys": [other, good, "nonsense", None]}).encode())

    assert list(found) == [good["kid"]]


REFUSED: dict[str, dict[str, Any]] = {
    "a private key": {"d": "A" * 43},
    "no point": {"x": None},
    "point too short": {"x": "AAAA"},
    "point padded": {"x": "A" * 43 + "="},
    "point not canonical": {"x": "A" * 42 + "B"},
    "point a number": {"x": 1},
    "use and operations that contradict": {"key_ops": ["verify", "encrypt"]},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_set_with_a_bad_key_is_refused_whole(tmp_path: Path, changes: dict[str, Any]) -> None:
    raw = json.dumps({"keys": [_jwk(tmp_path / "a"), _jwk(tmp_path / "b", **changes)]}).encode()

    with pytest.raises(InvalidKeySetError) as refusal:
        verification_keys(raw)
    assert "AAA" not in str(refusal.value)


def test_a_key_id_twice_is_refused(tmp_path: Path) -> None:
    one, two = _jwk(tmp_path / "a"), _jwk(tmp_path / "b")

    with pytest.raises(InvalidKeySetError):
        verification_keys(json.dumps({"keys": [one, two | {"kid": one["kid"]}]}).encode())


FILES: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "no set": b"{}",
    "no key": b'{"keys": []}',
    "public only": b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AAAA"}]}',
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_signer_says_what_is_wrong_with_its_file(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "keys.json").write_bytes(content)

    with pytest.raises(InvalidKeySetError):
        TokenSigner(tmp_path / "keys.json")
