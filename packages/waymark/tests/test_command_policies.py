"""Decisions of the supervisor and its servers, as tables."""

import os
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from waymark.pythons import python_environment
from waymark.servers.account import Account, may_enter, write_private
from waymark.servers.process import free_port, is_taken
from waymark.services import SERVICES, Wiring
from waymark.supervisor import how_it_ended, pause_before_restart

STRANGER = Account("stranger", uid=54321, gid=54321)


@pytest.mark.parametrize(
    ("crashes", "pause"), [(1, 0.1), (2, 0.5), (3, 1.0), (7, 30.0), (8, 30.0), (1000, 30.0)]
)
def test_pauses_grow_and_stay_bounded(crashes: int, pause: float) -> None:
    assert pause_before_restart(crashes) == pause


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "ended with status 0"), (3, "ended with status 3"), (-9, "was killed by signal 9")],
)
def test_an_end_is_told_in_words(status: int, words: str) -> None:
    assert how_it_ended(status) == words


@pytest.mark.parametrize(("mode", "enters"), [(0o700, False), (0o711, True), (0o755, True)])
def test_a_folder_is_entered_only_through_open_parents(
    tmp_path: Path, mode: int, enters: bool
) -> None:
    closed = Path("/tmp") / f"waymark-test-{os.getpid()}-{mode:o}"  # noqa: S108  0755 parents
    closed.mkdir(mode=mode)
    inside = closed / "inside"
    inside.mkdir(mode=0o755)

    assert may_enter(inside, STRANGER) is enters
    assert may_enter(inside, None)

    inside.rmdir()
    closed.rmdir()


def test_a_private_file_is_never_readable_by_others(tmp_path: Path) -> None:
    before = os.umask(0)
    path = write_private(tmp_path / "secret", "word", None)
    os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "word"


GIVE_PORTS = """
from waymark.servers import process
process._PORTS = range(19000, 19100)
print(*(process.free_port() for _ in range(20)), flush=True)
input()
"""


def test_two_processes_never_get_the_same_port() -> None:
    given: list[str] = []
    with ExitStack() as running:
        for _ in range(2):
            process = running.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", GIVE_PORTS],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert process.stdout is not None
            given += process.stdout.readline().split()
            running.callback(process.terminate)

    assert len(given) == len(set(given)) == 40


def test_a_free_port_is_below_the_range_of_outgoing_connections() -> None:
    port = free_port()

    assert 20000 <= port < 32000
    assert not is_taken(port)


class TestBytecode:
    """Children read compiled modules; where there are none they are written once."""

    def probe(self, folder: Path, *, compiled: bool) -> str:
        package = folder / f"probe_{'compiled' if compiled else 'cold'}"
        package.mkdir()
        source = package / "__init__.py"
        source.write_text("")
        if compiled:
            target = Path(cache_from_source(str(source)))
            target.parent.mkdir()
            target.write_bytes(b"")
        return package.name

    @pytest.mark.parametrize(
        ("compiled", "forbidden", "redirected"),
        [(True, "", False), (True, "1", False), (False, "", False), (False, "1", True)],
    )
    def test_bytecode_goes_to_the_data_folder_only_if_it_has_no_place(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        compiled: bool,
        forbidden: str,
        redirected: bool,
    ) -> None:
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", forbidden)
        monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)

        environment = python_environment(tmp_path / "bc", self.probe(tmp_path, compiled=compiled))

        assert (environment.get("PYTHONPYCACHEPREFIX") == str(tmp_path / "bc")) is redirected
        assert ("PYTHONDONTWRITEBYTECODE" in environment) is not redirected


def wiring() -> Wiring:
    return Wiring(
        database_url=lambda login: f"postgresql://{login}@db/waymark",
        nats_url="nats://bus",
        ports={each.name: 1000 + number for number, each in enumerate(SERVICES)},
        hmac_key="ab" * 32,
        keys="/home/keys.json",
    )


def test_a_service_is_told_its_own_logins_and_nothing_of_the_owner() -> None:
    environments = {each.name: wiring().environment(each) for each in SERVICES}

    for name, environment in environments.items():
        login = "relay" if name == "relay" else f"{name}_worker"
        assert environment["WAYMARK_DATABASE_URL"] == f"postgresql://{login}@db/waymark"
        assert "WAYMARK_POSTGRES_URL" not in environment
    assert "WAYMARK_JWT_PRIVATE_KEYS" in environments["gateway"]
    assert sum("WAYMARK_JWT_PRIVATE_KEYS" in each for each in environments.values()) == 1


def test_the_gateway_knows_every_upstream() -> None:
    gateway = next(each for each in SERVICES if each.is_gateway)
    environment = wiring().environment(gateway)

    upstreams = {name for name in environment if name.startswith("WAYMARK_UPSTREAM_")}
    assert upstreams == {
        f"WAYMARK_UPSTREAM_{each.name.upper()}"
        for each in SERVICES
        if each.name not in ("gateway", "relay")
    }
