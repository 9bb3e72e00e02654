"""Signing keys, tokens and a loopback server that publishes the keys."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

from shared_utils.auth import Caller, Role, TokenSigner, generate_keyset


@dataclass(frozen=True)
class Keyset:
    """A file of private keys and the URL where their public halves are served."""

    path: Path
    jwks_url: str

    def token(
        self,
        role: str,
        *,
        company_id: UUID | None = None,
        person_id: UUID | None = None,
        position: str | None = None,
        scopes: frozenset[str] = frozenset(),
        subject: str | None = None,
        ttl: timedelta = timedelta(minutes=10),
    ) -> str:
        """A valid access token for a caller with this role."""
        speaker = Caller(
            subject=subject or (str(person_id) if person_id else f"test-{role}"),
            role=Role(role),
            company_id=company_id,
            position=position,
            person_id=person_id,
            scopes=scopes,
        )
        return TokenSigner(self.path).access_token(speaker, ttl)


@contextmanager
def published_keyset(folder: Path) -> Iterator[Keyset]:
    """New keys in `folder`, served on loopback as an issuer would."""
    path = folder / "keys.json"
    generate_keyset(path)
    body = json.dumps(TokenSigner(path).public_jwks()).encode()

    class Published(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Keyset(path, f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
