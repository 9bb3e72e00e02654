"""Real services as child processes of a test."""

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from waymark.children import PlainService
from waymark.servers.process import free_port, log_tail
from waymark.services import SERVICES, Service, Wiring
from waymark.testing.databases import MigratedDatabase
from waymark.testing.tokens import Keyset

_READY_SECONDS = 60.0


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Poll until the condition holds; AssertionError that names `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


@dataclass
class ServiceStarter:
    """Starts services on one database and one NATS; `environment` goes over what they are told."""

    database: MigratedDatabase
    nats_url: str
    keyset: Keyset
    folder: Path
    started: list[PlainService] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wiring = Wiring(
            database_url=self.database.url,
            nats_url=self.nats_url,
            ports={each.name: free_port() for each in SERVICES},
            hmac_key=secrets.token_hex(32),
            keys=str(self.keyset.path),
        )

    def __call__(
        self, name: str, environment: Mapping[str, str] | None = None, *, wait: bool = True
    ) -> PlainService:
        """Start the service of that name (`profile`, `relay`, …); return once it is ready."""
        service = self._service(_named(name), environment or {})
        self.started.append(service)
        service.launch()
        if wait:
            self.wait_until_ready(service)
        return service

    def wait_until_ready(self, service: PlainService) -> None:
        """Wait for /health/ready; AssertionError with its log if it ends or takes too long."""
        deadline = time.monotonic() + _READY_SECONDS
        while not service.is_ready():
            if service.ended() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{service.name} is not ready: {log_tail(service.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End all of them, asking first."""
        for service in self.started:
            service.ask_to_stop()
        wait_for(lambda: all(each.ended() is not None for each in self.started), "services to end")

    def _service(self, service: Service, environment: Mapping[str, str]) -> PlainService:
        told = self.wiring.environment(service) | {"WAYMARK_JWKS_URL": self.keyset.jwks_url}
        return PlainService(
            service.name,
            service.module,
            self.wiring.ports[service.name],
            {**os.environ, **told, **environment},
            self.folder / f"{service.name}.log",
        )


def _named(name: str) -> Service:
    return next(each for each in SERVICES if each.name == name)
