"""What stands at the root: the key set, the merged documentation, the services' health."""

from typing import Any

from fastapi import APIRouter, Request, Response

from gateway_service.errors import UnknownServiceError
from gateway_service.parts import InUse
from gateway_service.rules import Service
from gateway_service.schemas import Health, HealthOfAll
from gateway_service.survey import health_of, health_of_all
from shared_utils.health import Health as OwnHealth

router = APIRouter(tags=["gateway"])


@router.get("/.well-known/jwks.json")
async def show_keys(response: Response, parts: InUse) -> dict[str, Any]:
    """The public keys that access tokens are signed with (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return parts.keyring.public_jwks()


@router.get("/openapi.json", include_in_schema=False)
async def show_document(request: Request, parts: InUse) -> dict[str, Any]:
    """One OpenAPI document for all services."""
    return await parts.library.document(request.app.openapi())


@router.get("/health/all")
async def show_health_of_all(request: Request, response: Response, parts: InUse) -> HealthOfAll:
    """How every service is; 503 unless all are ready."""
    found = await health_of_all(parts.upstreams, await _own(request))
    response.status_code = 200 if found.status == "ready" else 503
    return found


@router.get("/health/{service}")
async def show_health(service: str, request: Request, response: Response, parts: InUse) -> Health:
    """How one service is; 503 unless it is ready."""
    if service == Service.GATEWAY:
        found = await _own(request)
    else:
        found = await health_of(parts.upstreams, _known(service, parts))
    response.status_code = 200 if found.ready and found.live else 503
    return found


async def _own(request: Request) -> Health:
    health: OwnHealth = request.app.state.health
    ready = await health.is_ready()
    return Health(
        service="gateway", live=health.alive(), ready=ready, startup=health.has_started or ready
    )


def _known(name: str, parts: InUse) -> Service:
    for service in parts.upstreams.services:
        if name in (service.value, service.value.replace("_", "-")):
            return service
    raise UnknownServiceError
