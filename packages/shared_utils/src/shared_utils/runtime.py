"""Runs a service as a process: settings, logs, server, and an orderly end."""

import gc
import signal
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import uvicorn

from shared_utils import log
from shared_utils.settings import ProcessSettings, load

S = TypeVar("S", bound=ProcessSettings)

App = Callable[..., Any]


class _Server(uvicorn.Server):
    """Says where it listens, and lets health say "not ready" before it stops taking requests."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                log.get_logger(__name__).info("listening", host=host, port=port)
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.get_logger(__name__).info("stopping")
        await super().shutdown(sockets)
        log.get_logger(__name__).info("stopped")


def serve(build: Callable[[S], Any], settings_class: type[S]) -> None:
    """Run the app that `build` makes of the settings, until SIGTERM or SIGINT.

    Wrong settings end the process with one line (status 2). After the signal no request is taken;
    those begun, and the batches in hand, have `shutdown_seconds`; then the process ends with 0.
    """
    settings = load(settings_class)
    log.configure(settings.service, settings.log_level)
    app = build(settings)
    # uvicorn raises the signal again when it has stopped; this makes that the end of a good run.
    signal.signal(signal.SIGTERM, _nothing_more)
    signal.signal(signal.SIGINT, _nothing_more)
    _Server(_configured(app, settings)).run()


def _configured(app: Any, settings: ProcessSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, settings.shutdown_seconds - 10),
    )


def _nothing_more(_number: int, _frame: object) -> None:
    """The signal has been obeyed by the time that uvicorn raises it again."""
