"""A service whose handler takes a second: started by `serve`, as every service is."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from fastapi import FastAPI

from event_contracts import Envelope, SessionCompleted
from shared_utils.consume import handles
from shared_utils.http import create_app
from shared_utils.runtime import serve
from shared_utils.settings import ServiceSettings
from shared_utils.testing import write_effects
from shared_utils.work import Work


class Settings(ServiceSettings):
    """Those of every service."""

    service: ClassVar[str] = "profile"


@handles(SessionCompleted)
async def record_slowly(events: Sequence[Envelope[SessionCompleted]], work: Work) -> None:
    """Say so, take a second, and write the effects."""
    print("in hand", flush=True)  # noqa: T201
    await asyncio.sleep(1)
    await write_effects(events, work)


def build(settings: Settings) -> FastAPI:
    """The service."""
    return create_app(settings, title="Slow", handlers=[record_slowly])


serve(build, Settings)
