"""How long tokens, verdicts and keys hold."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from shared_utils.auth import (
    Caller,
    Role,
    StaticKeys,
    TokenSigner,
    TokenVerifier,
    generate_keyset,
    rotate_keyset,
)
from shared_utils.errors import UnauthenticatedError

NOW = 1_800_000_000


async def test_a_token_ends_to_the_second_even_if_it_was_verified_before(tmp_path: Path) -> None:
    generate_keyset(tmp_path / "keys.json")
    now = [float(NOW)]
    signer = TokenSigner(tmp_path / "keys.json", clock=lambda: now[0])
    verifier = TokenVerifier(signer.key_source(), clock=lambda: now[0])
    token = signer.access_token(Caller("a", Role.ADMIN), timedelta(seconds=30))
    assert await verifier.verify(token)

    now[0] = NOW + 29.9
    assert verifier.cached(token)
    now[0] = NOW + 30.0

    assert verifier.cached(token) is None
    with pytest.raises(UnauthenticatedError):
        await verifier.verify(token)


async def test_a_verdict_is_kept_for_a_minute_at_most_and_never_beyond_the_limit(
    tmp_path: Path,
) -> None:
    generate_keyset(tmp_path / "keys.json")
    now = [float(NOW)]
    signer = TokenSigner(tmp_path / "keys.json", clock=lambda: now[0])
    verifier = TokenVerifier(signer.key_source(), cache_size=2, clock=lambda: now[0])
    one, two, three = (
        signer.access_token(Caller(str(number), Role.ADMIN), timedelta(hours=1))
        for number in range(3)
    )
    await verifier.verify(one)
    await verifier.verify(two)
    await verifier.verify(three)

    assert verifier.cached(one) is None
    assert verifier.cached(two)
    now[0] += 61
    assert verifier.cached(two) is None
    await verifier.verify(two)
    verifier.forget()
    assert verifier.cached(two) is None


async def test_after_a_rotation_old_tokens_verify_and_new_ones_use_the_new_key(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys.json"
    generate_keyset(path)
    caller = Caller("a", Role.ADMIN)
    before = TokenSigner(path).access_token(caller, timedelta(minutes=1))
    rotate_keyset(path)
    after = TokenSigner(path).access_token(caller, timedelta(minutes=1))
    verifier = TokenVerifier(TokenSigner(path).key_source())

    assert await verifier.verify(before)
    assert await verifier.verify(after)
    for _ in range(3):
        rotate_keyset(path)
    assert len(TokenSigner(path).public_jwks()["keys"]) == 3
    with pytest.raises(UnauthenticatedError):
        await TokenVerifier(TokenSigner(path).key_source()).verify(before)


def test_a_signer_refuses_what_its_verifier_would(tmp_path: Path) -> None:
    generate_keyset(tmp_path / "keys.json")
    signer = TokenSigner(tmp_path / "keys.json")

    for caller, ttl in (
        (Caller("a", Role.ADMIN), timedelta(days=2)),
        (Caller("a", Role.ADMIN), timedelta(seconds=-1)),
        (Caller("a", Role.COMPANY_USER), timedelta(minutes=1)),
        (Caller("", Role.ADMIN), timedelta(minutes=1)),
    ):
        with pytest.raises(ValueError, match="token"):
            signer.access_token(caller, ttl)


def test_key_files_are_for_their_owner_only_and_what_is_published_is_public(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    generate_keyset(path)
    rotate_keyset(path)

    published = TokenSigner(path).public_jwks()

    assert path.stat().st_mode & 0o777 == 0o600
    assert [sorted(key) for key in published["keys"]] == [
        ["alg", "crv", "kid", "kty", "use", "x"]
    ] * 2
    assert StaticKeys.of(published)
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


async def test_a_token_is_good_now(tmp_path: Path) -> None:
    generate_keyset(tmp_path / "keys.json")
    signer = TokenSigner(tmp_path / "keys.json")
    token = signer.access_token(Caller("a", Role.ADMIN), timedelta(minutes=1))

    caller = await TokenVerifier(signer.key_source()).verify(token)

    assert caller.expires_at is not None
    assert abs(caller.expires_at.timestamp() - time.time() - 60) < 2
