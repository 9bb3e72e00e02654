"""A service that fails on request: run as a process, so that its real log lines can be read."""

from collections.abc import AsyncIterator
from typing import ClassVar

from fastapi import APIRouter, FastAPI
from starlette.responses import StreamingResponse

from shared_utils.errors import ConflictError
from shared_utils.http import create_app
from shared_utils.runtime import serve
from shared_utils.settings import ServiceSettings

SECRET = "zoe example.org 0151"


class Settings(ServiceSettings):
    """Settings of a service called loud."""

    service: ClassVar[str] = "loud"


router = APIRouter()


@router.get("/defect/{person}")
async def fail(person: str) -> str:
    """Fail as a defect does, quoting what came."""
    raise ValueError(f"{person}: {SECRET}")


@router.get("/refusal/{person}")
async def refuse(person: str) -> str:
    """Refuse as expected."""
    raise ConflictError


@router.get("/half")
async def answer_half() -> StreamingResponse:
    """Fail in the middle of the answer."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        raise ValueError(SECRET)

    return StreamingResponse(pieces())


def build(settings: Settings) -> FastAPI:
    """Put it together."""
    return create_app(settings, title="Loud", routers=[router])


if __name__ == "__main__":
    serve(build, Settings)
