"""A pull that connects by number still asks for, and checks, the name's certificate."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from services.connectors.tests.partner_api import PartnerApi, Reply, partner_api

from connectors_service.pulling import connecting
from connectors_service.pulling.addresses import policy
from connectors_service.pulling.errors import SourceUnavailableError
from connectors_service.pulling.fetching import Call, Fetcher, Pace

NAME = "api.partner.example"
QUICK = Pace(attempts=1, per_second=1000, timeout=5)


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for NAME that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "partner.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PartnerApi]:
    """A partner with TLS, whose certificate this process trusts."""
    path = certificate(tmp_path)
    trusted = ssl.create_default_context(cafile=str(path))
    monkeypatch.setattr(connecting, "_certificates", lambda: trusted)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    async with partner_api(tls=serving) as api:
        api.answer = lambda asked: Reply(body=b"[]")
        yield api


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def fetched(url: str) -> bytes | None:
    async with Fetcher(policy(["127.0.0.1"]), QUICK, 1000, resolve=loopback) as fetcher:
        return (await fetcher.fetch(Call("GET", httpx.URL(url)))).body


async def test_the_name_is_asked_for_and_its_certificate_taken(api: PartnerApi) -> None:
    assert await fetched(f"https://{NAME}:{api.port}/") == b"[]"
    assert [each.headers["host"] for each in api.asked] == [f"{NAME}:{api.port}"]


@pytest.mark.parametrize("host", ["other.partner.example", "127.0.0.1"])
async def test_a_certificate_of_another_name_is_refused(api: PartnerApi, host: str) -> None:
    with pytest.raises(SourceUnavailableError):
        await fetched(f"https://{host}:{api.port}/")

    assert api.asked == []
