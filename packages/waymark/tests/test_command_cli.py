"""The commands as a person types them, each as a process of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from connectors_service.datasets.catalogue import DATASETS
from shared_utils.auth import Role, StaticKeys, TokenSigner, TokenVerifier
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

ACME = UUID("55555555-5555-7555-8555-555555555555")


def command(
    home: Path, *words: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if "WAYMARK_" not in name}
    return subprocess.run(
        [sys.executable, "-m", "waymark", *words],
        env={**inherited, "WAYMARK_HOME": str(home), **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def deployment(database: MigratedDatabase, keyset: Keyset) -> dict[str, str]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO program.companies (company_id, key, name) VALUES (%s, 'acme', 'Acme')",
            [ACME],
        )
    return {
        "WAYMARK_POSTGRES_URL": database.owner_url,
        "WAYMARK_JWT_PRIVATE_KEYS": str(keyset.path),
    }


async def _verified(keyset: Keyset, token: str) -> Any:
    return await TokenVerifier(StaticKeys.of(TokenSigner(keyset.path).public_jwks())).verify(token)


async def test_a_token_is_bare_and_says_what_was_asked_for(
    tmp_path: Path, deployment: dict[str, str], keyset: Keyset
) -> None:
    words = ("token", "--role", "company_user", "--company", "acme", "--ttl", "5")

    printed = command(tmp_path, *words, variables=deployment)

    assert printed.returncode == 0
    assert printed.stdout.count("\n") == 1
    caller = await _verified(keyset, printed.stdout.strip())
    assert (caller.role, caller.company_id, caller.is_manager) == (Role.COMPANY_USER, ACME, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--role", "emperor"], "no role 'emperor'"),
        (["--role", "company_user"], "add --company"),
        (["--role", "company_user", "--company", "globex"], "no company has the key 'globex'"),
        (["--role", "participant"], "add --person"),
        (["--role", "admin", "--ttl", "100000"], "a token lives for 1 to 1440 minutes"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_one_line(
    tmp_path: Path, deployment: dict[str, str], options: list[str], said: str
) -> None:
    refused = command(tmp_path, "token", *options, variables=deployment)

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_up_says_which_option_moves_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        refused = command(tmp_path / "home", "up", "--json", "--port", port)

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == f"waymark: port {port} is taken; choose another with --port\n"


@pytest.mark.parametrize(
    "words", [["events", "tail"], ["reconcile"], ["deadletters"], ["db", "seed"]]
)
def test_where_nothing_runs_the_remedy_is_said(tmp_path: Path, words: list[str]) -> None:
    refused = command(tmp_path / "home", *words)

    assert refused.returncode == 1
    assert "run `waymark up`, or set WAYMARK_POSTGRES_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_reset_forgets_every_row_and_leaves_a_seeded_database(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    reset = command(tmp_path, "db", "reset", "--yes", variables=deployment)

    assert reset.returncode == 0, reset.stderr
    with psycopg.connect(deployment["WAYMARK_POSTGRES_URL"]) as connection:
        assert connection.execute("SELECT FROM program.companies").rowcount == 0
        assert connection.execute("SELECT FROM insight.reference_values").rowcount > 0


def test_reset_asks_before_it_forgets(tmp_path: Path, deployment: dict[str, str]) -> None:
    reset = command(tmp_path, "db", "reset", variables=deployment)

    assert reset.returncode == 1
    with psycopg.connect(deployment["WAYMARK_POSTGRES_URL"]) as connection:
        assert connection.execute("SELECT FROM program.companies").rowcount == 1


@pytest.fixture
def dead_letter(deployment: dict[str, str]) -> str:
    number = str(uuid4())
    with psycopg.connect(deployment["WAYMARK_POSTGRES_URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ops.dead_letters (dead_letter_id, consumer, message_id, event_id, type,"
            " body, reason) VALUES (%s, 'profile-x', 'm', 'e', 'x.v1', '{}', 'KeyError')",
            [number],
        )
    return number


def test_a_dead_letter_is_seen_replayed_and_resolved(
    tmp_path: Path, deployment: dict[str, str], dead_letter: str
) -> None:
    def said(*words: str) -> subprocess.CompletedProcess[str]:
        return command(tmp_path, "deadletters", *words, variables=deployment)

    listed = json.loads(said("list", "--json").stdout)["items"]
    assert [(each["dead_letter_id"], each["reason"]) for each in listed] == [
        (dead_letter, "KeyError")
    ]
    assert json.loads(said("show", dead_letter).stdout)["replayed_at"] is None

    assert said("replay", dead_letter).returncode == 0
    assert json.loads(said("show", dead_letter).stdout)["replayed_at"] is not None

    assert said("resolve", dead_letter).returncode == 0
    assert json.loads(said("list", "--json").stdout)["items"] == []
    again = said("resolve", dead_letter)
    assert (again.returncode, again.stdout) == (1, "")
    assert "resolved already" in again.stderr


@contextmanager
def gateway_that_ends_an_import(status: str, unavailable: int) -> Iterator[str]:
    """A loopback gateway: takes any upload, is away `unavailable` times, then tells the status."""
    away = [503] * unavailable
    rows = {"read": 3, "created": 2, "updated": 0, "unchanged": 0, "refused": 1, "held": 0}

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            self._say(202 if b"session_id" in body else 422, {"import_id": "i"})

        def do_GET(self) -> None:
            if away:
                self._say(away.pop(), {})
            elif "errors" in self.path:
                self._say(
                    200,
                    {
                        "items": [{"row": 2, "code": "E001", "message": "is no address"}],
                        "next": None,
                    },
                )
            else:
                self._say(200, {"import_id": "i", "status": status, "rows": rows})

        def _say(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "unavailable", "exit_status"),
    [("completed", 0, 0), ("completed", 2, 0), ("failed", 0, 1), ("cancelled", 0, 1)],
)
def test_an_import_is_followed_to_its_end_and_the_status_tells_it(
    tmp_path: Path,
    deployment: dict[str, str],
    status: str,
    unavailable: int,
    exit_status: int,
) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text("session_id\n1\n2\n3\n")
    with gateway_that_ends_an_import(status, unavailable) as url:
        words = ("import", str(file), "--dataset", "kintell-sessions")

        done = command(tmp_path, *words, variables={**deployment, "WAYMARK_GATEWAY_URL": url})

    assert done.returncode == exit_status, done.stderr
    assert f"import i: {status}" in done.stdout
    assert "3 read, 2 created" in done.stdout
    assert "E001: 1, such as: is no address" in done.stdout
    assert f"{url}/v1/imports/i/errors.csv" in done.stdout


def test_import_says_which_datasets_there_are(tmp_path: Path) -> None:
    helped = "".join(command(tmp_path, "import", "--help").stdout.split())

    assert [name for name in DATASETS if name not in helped] == []


@pytest.mark.parametrize(
    ("home", "port", "status", "said"),
    [
        ("/proc/waymark", "0", 1, "name one you may write with WAYMARK_HOME"),
        ("/dev/null/waymark", "0", 1, "name one you may write with WAYMARK_HOME"),
        ("home", "99999", 2, "65535"),
    ],
)
def test_what_cant_be_started_is_said_without_a_traceback(
    tmp_path: Path, home: str, port: str, status: int, said: str
) -> None:
    refused = command(tmp_path / home, "up", "--port", port)

    assert refused.returncode == status
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_gateway_that_is_not_there_is_one_line(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    file = tmp_path / "sessions.csv"
    file.write_text("session_id\n1\n")
    named = {**deployment, "WAYMARK_GATEWAY_URL": "http://127.0.0.1:9"}

    refused = command(tmp_path, "import", str(file), "--dataset", "x", variables=named)

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "the upload to http://127.0.0.1:9 broke off" in refused.stderr


def test_read_shows_a_file_without_anything_running(tmp_path: Path) -> None:
    file = tmp_path / "-odd name.csv"
    file.write_text("id;day\n1;2026-01-01\n2;2026-01-02\n")

    found = command(tmp_path, "read", str(file), "--json", "--rows", "1")

    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    assert (told["dialect"]["delimiter"], told["rows"]) == (";", [["1", "2026-01-01"]])
    assert command(tmp_path, "read", str(tmp_path / "none")).returncode == 2
