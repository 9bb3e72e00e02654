"""Runs a service as a process: settings, logs, server, and an orderly end."""

import gc
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared_utils import log
from shared_utils.settings import ProcessSettings, load

S = TypeVar("S", bound=ProcessSettings)

_log = log.get_logger(__name__)


class _Server(uvicorn.Server):
    """Says where it listens, and has health say "not ready" before it stops taking requests."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                _log.info("listening", host=host, port=port)
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.health.drain()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _log.info("stopping")
        await super().shutdown(sockets)
        _log.info("stopped")


def serve(build: Callable[[S], FastAPI], settings_class: type[S]) -> None:
    """Run the app that `build` makes of the settings, until SIGTERM or SIGINT.

    Wrong settings end the process with one line (status 2). After the signal no request is taken;
    those begun, and the batches in hand, have `shutdown_seconds`; then the process ends with 0.
    """
    settings = load(settings_class)
    log.configure(settings.service, settings.log_level)
    app = build(settings)
    # uvicorn raises the signal again when it has stopped: this makes that the end of a good run.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    _Server(app, _configured(app, settings)).run()


def _configured(app: FastAPI, settings: ProcessSettings) -> uvicorn.Config:
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
        # Else whoever is on this machine could say from which address they come.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, settings.shutdown_seconds - 10),
    )


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)
