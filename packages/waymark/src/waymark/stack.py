"""Everything `waymark up` runs, started in an order that overlaps what can overlap."""

import json
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg import sql

from waymark.children import ForkedService, ForkServerChild, ServerChild
from waymark.errors import CommandError
from waymark.forking import ForkServer
from waymark.forkserver import Job
from waymark.home import Home
from waymark.pythons import python_environment
from waymark.reloading import SHARED, Watching
from waymark.servers import NatsServer, PostgresServer
from waymark.servers.process import ServerStartError, free_port, log_tail
from waymark.services import PRELOADED, SERVICES, Service, Wiring
from waymark.supervisor import Child, Supervisor

DATABASE = "waymark"
_START_SECONDS = 90.0
_STOP_SECONDS = 28.0
_CRASHES_THAT_END_A_START = 3
_LOOK_SECONDS = 0.05
_CHANGES_SAID = 3

T = TypeVar("T")


class StoppedError(CommandError):
    """Told to stop while starting."""


@dataclass(frozen=True)
class Programs:
    """What a stack runs; tests put small programs in the services' place."""

    services: Sequence[Service] = SERVICES
    preloaded: Sequence[str] = PRELOADED
    preparing: str = "waymark.preparing"
    shared: Sequence[str] = SHARED

    @property
    def logins(self) -> list[str]:
        """Every database login of the services."""
        both = [login for each in self.services for login in (each.login, each.tenant_login)]
        return [login for login in both if login is not None]


@dataclass
class Stack:
    """PostgreSQL, NATS and the services of one data folder, children of this process."""

    home: Home
    lock: int
    gateway_port: int
    say: Callable[[str], None]
    stopping: threading.Event
    programs: Programs = field(default_factory=Programs)
    reload: bool = False

    def __post_init__(self) -> None:
        names = ["postgres", "nats", "hmac_key", *self.programs.logins]
        self.secrets = self.home.secrets(names)
        self.postgres = self._postgres()
        self.nats = self._nats()
        self.forks = self._forks()
        self.wiring = self._wiring()
        self.services = [self._service(each) for each in self.programs.services]
        self.servers: dict[str, Child] = {
            "forkserver": ForkServerChild(self.forks),
            "nats": ServerChild("nats", f"nats://127.0.0.1:{self.nats.port}", self.nats),
            "postgres": ServerChild(
                "postgres", f"postgresql://127.0.0.1:{self.postgres.port}", self.postgres
            ),
        }
        self.supervisor = Supervisor(self.say, self.record)
        self.ready = False
        self.sources = self._sources() if self.reload else None

    @property
    def addresses(self) -> dict[str, str]:
        """The gateway's, PostgreSQL's (its superuser) and NATS' URLs."""
        return {
            "gateway": self.wiring.url("gateway"),
            "postgres": self.postgres.url(DATABASE),
            "nats": self.nats.url,
        }

    @property
    def variables(self) -> dict[str, str]:
        """What leads this package's commands to this stack."""
        urls = {f"WAYMARK_{name.upper()}_URL": url for name, url in self.addresses.items()}
        return {**urls, "WAYMARK_JWT_PRIVATE_KEYS": str(self.home.keys)}

    def start(self) -> None:
        """Start all and return when every service is ready; ServerStartError otherwise."""
        self.supervisor.launch(self.servers["forkserver"], self.servers["nats"])
        self.postgres.create()
        self.postgres.forget_lock()
        self.supervisor.launch(self.servers["postgres"])
        self._wait(self.postgres.is_ready, "postgres")
        self._wait(self.nats.is_ready, "nats")
        create_database(self.postgres)
        self._prepare()
        self.supervisor.launch(*self.services)
        self.record()
        for service in self.services:
            self._wait(service.is_ready, service.name)
        self.ready = True
        self.record()

    def watch(self) -> None:
        """Keep all of it running until told to stop."""
        while not self.stopping.wait(_LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Start again what ended, and what runs old code if that is wanted."""
        self.supervisor.look()
        if self.sources is not None:
            self.sources.look()

    def while_doing(self, work: Callable[[], T]) -> T:
        """Keep all of it running while a thread does `work`; StoppedError if told to stop.

        The children stay with this thread: the kernel ties their life to the one that started them.
        """
        done: Future[T] = Future()
        threading.Thread(target=_do, args=(work, done), daemon=True).start()
        while not done.done():
            if self.stopping.wait(_LOOK_SECONDS):
                raise StoppedError("stopped before the end")
            self.look()
        return done.result()

    def stop(self) -> None:
        """Stop in the order that loses nothing: gateway, services, relay, NATS, PostgreSQL."""
        self.ready = False
        for group in self._stop_order():
            self.supervisor.stop(group, _STOP_SECONDS)
        self.record()

    def record(self) -> None:
        """Write down what runs, for `status`, `down` and every command that needs an address."""
        children: list[Child] = [self.servers["postgres"], self.servers["nats"], *self.services]
        listed = [
            {"name": each.name, "url": each.url, "pid": None if each.ended() else each.pid}
            for each in children
        ]
        self.home.write_state({"ready": self.ready, **self.addresses, "services": listed})

    def _stop_order(self) -> list[list[Child]]:
        by_name: dict[str, Child] = {each.name: each for each in self.services}
        first = [by_name.pop(name) for name in ("gateway",) if name in by_name]
        last = [by_name.pop(name) for name in ("relay",) if name in by_name]
        return [first, [*by_name.values()], last, *([child] for child in self.servers.values())]

    def _prepare(self) -> None:
        environment = {
            "WAYMARK_POSTGRES_URL": self.addresses["postgres"],
            "WAYMARK_JWT_PRIVATE_KEYS": str(self.home.keys),
            "WAYMARK_ROLE_PASSWORDS": json.dumps(
                {login: self.secrets[login] for login in self.programs.logins}
            ),
        }
        log = self.home.log("preparing")
        pid = self.forks.fork(Job(self.programs.preparing, [], environment, str(log)))
        self._wait(lambda: self.forks.ended(pid) is not None, "preparing")
        if self.forks.ended(pid) != 0:
            raise ServerStartError(f"the database could not be prepared: {log_tail(log)}")

    def _wait(self, is_ready: Callable[[], bool], name: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not is_ready():
            self.supervisor.look()
            if self.stopping.wait(0.02):
                raise StoppedError("stopped before everything was ready")
            if self._is_hopeless() or time.monotonic() > deadline:
                raise ServerStartError(f"{name} is not ready: {log_tail(self.home.log(name))}")

    def _is_hopeless(self) -> bool:
        watched = self.supervisor.watched
        return any(each.crashes >= _CRASHES_THAT_END_A_START for each in watched)

    def _postgres(self) -> PostgresServer:
        return PostgresServer(
            self.home.data / "postgres",
            self.home.log("postgres"),
            password=self.secrets["postgres"],
            keep_open=[self.lock],
        )

    def _nats(self) -> NatsServer:
        return NatsServer(
            self.home.data / "nats",
            self.home.log("nats"),
            password=self.secrets["nats"],
            keep_open=[self.lock],
        )

    def _forks(self) -> ForkServer:
        return ForkServer(
            self.home.log("forkserver"),
            () if self.reload else self.programs.preloaded,
            environment=python_environment(self.home.bytecode),
            keep_open=[self.lock],
        )

    def _sources(self) -> Watching:
        return Watching(self.programs.services, self.programs.shared, self._renew)

    def _renew(self, changed: Collection[Path], concerned: Collection[str]) -> None:
        names = ", ".join(sorted(path.name for path in changed)[:_CHANGES_SAID])
        more = f" and {len(changed) - _CHANGES_SAID} more" if len(changed) > _CHANGES_SAID else ""
        self.say(f"{names}{more} changed: starting {', '.join(concerned)} again")
        self.supervisor.renew(concerned, _STOP_SECONDS)

    def _wiring(self) -> Wiring:
        ports = {each.name: free_port() for each in (*SERVICES, *self.programs.services)}
        return Wiring(
            database_url=lambda login: self.postgres.url(DATABASE, login, self.secrets[login]),
            nats_url=self.nats.url,
            ports=ports | {"gateway": self.gateway_port},
            hmac_key=self.secrets["hmac_key"],
            keys=str(self.home.keys),
        )

    def _service(self, service: Service) -> ForkedService:
        return ForkedService(
            self.forks,
            service.name,
            service.module,
            self.wiring.ports[service.name],
            self.wiring.environment(service),
            self.home.log(service.name),
        )


def create_database(server: PostgresServer, name: str = DATABASE) -> None:
    """Create the empty database that the migrations fill; safe to run again."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.rowcount == 0:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _do(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except Exception as error:
        done.set_exception(error)
