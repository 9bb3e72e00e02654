"""Signing keys rotate while the gateway runs: old tokens hold, new ones are signed anew."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from services.gateway.tests.conftest import Gateway, Upstream, gateway_with, settings_for

from gateway_service.keyring import Keyring
from gateway_service.rules import Service
from shared_utils.auth import (
    Caller,
    InvalidKeySetError,
    RemoteKeys,
    Role,
    TokenVerifier,
    generate_keyset,
    rotate_keyset,
)
from shared_utils.errors import UnauthenticatedError
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMIN = Caller("somebody", Role.ADMIN)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    generate_keyset(path)
    return path


@pytest_asyncio.fixture(loop_scope="module")
async def rotating(
    keys: Path, database: MigratedDatabase, keyset: Keyset, upstreams: dict[Service, Upstream]
) -> AsyncIterator[Gateway]:
    """A gateway whose keys this test may rotate."""
    own = Keyset(keys, keyset.jwks_url)
    settings = settings_for(database, own, upstreams)
    async with gateway_with(settings, database, own) as gateway:
        yield gateway


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def published(gateway: Gateway) -> list[str]:
    answered = await gateway.anyone.get("/.well-known/jwks.json")
    assert all("d" not in key for key in answered.json()["keys"])
    return [key["kid"] for key in answered.json()["keys"]]


async def test_after_a_rotation_both_keys_are_published_and_both_tokens_hold(
    rotating: Gateway, keys: Path
) -> None:
    old = rotating.keyset.token("admin")
    (first,) = await published(rotating)

    rotate_keyset(keys)
    new = rotating.keyset.token("admin")

    told = await published(rotating)
    answered = [await rotating.anyone.get("/v1/me", headers=bearer(t)) for t in (old, new)]
    assert len(told) == 2
    assert told[1] == first
    assert [found.status_code for found in answered] == [200, 200]
    assert old.split(".")[0] != new.split(".")[0]


async def test_a_token_signed_with_the_newest_key_is_known_at_once(
    rotating: Gateway, keys: Path
) -> None:
    rotate_keyset(keys)

    answered = await rotating.anyone.get("/v1/me", headers=bearer(rotating.keyset.token("admin")))

    assert answered.status_code == 200


async def test_a_key_that_was_taken_out_signs_nobody_in(rotating: Gateway, keys: Path) -> None:
    old = rotating.keyset.token("admin")
    assert (await rotating.anyone.get("/v1/me", headers=bearer(old))).status_code == 200

    rotate_keyset(keys, keep=0)

    assert len(await published(rotating)) == 1
    assert (await rotating.anyone.get("/v1/me", headers=bearer(old))).status_code == 401


async def test_services_verify_with_what_the_gateway_publishes(
    rotating: Gateway, keys: Path
) -> None:
    verifier = TokenVerifier(RemoteKeys(f"{rotating.url}/.well-known/jwks.json", retry_seconds=0))
    old = await verifier.verify(rotating.keyset.token("admin"))
    rotate_keyset(keys)
    new = await verifier.verify(rotating.keyset.token("reviewer"))
    await verifier.close()

    assert (old.role, new.role) == (Role.ADMIN, Role.REVIEWER)


def spoilt(keys: Path) -> bytes:
    good = keys.read_bytes()
    keys.write_bytes(b"{")
    return good


def mend(keys: Path, good: bytes) -> None:
    keys.write_bytes(good)
    rotate_keyset(keys)


async def test_a_spoilt_file_changes_nothing_until_it_is_mended(keys: Path) -> None:
    keyring = Keyring(keys)
    before = keyring.public_jwks()

    good = spoilt(keys)
    meanwhile = keyring.access_token(ADMIN, MINUTE)
    mend(keys, good)

    assert (await TokenVerifier(keyring).verify(meanwhile)).role is Role.ADMIN
    assert len(keyring.public_jwks()["keys"]) == len(before["keys"]) + 1


async def test_a_missing_file_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidKeySetError):
        Keyring(tmp_path / "none.json")


async def test_a_token_of_another_issuers_key_is_nobodys(keys: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    generate_keyset(other)
    foreign = Keyring(other).access_token(ADMIN, MINUTE)

    with pytest.raises(UnauthenticatedError):
        await TokenVerifier(Keyring(keys)).verify(foreign)
