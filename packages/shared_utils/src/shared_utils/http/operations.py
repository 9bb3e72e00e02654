"""The routes that operators and supervisors ask: health and metrics."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shared_utils import metrics
from shared_utils.health import Finding, Health

router = APIRouter(include_in_schema=False)


@router.get("/health")
async def show_health(request: Request) -> JSONResponse:
    """All three answers at once, with what each dependency said; 503 unless ready and alive."""
    health = _health(request)
    ready, alive = await health.is_ready(), health.alive()
    content = {
        "service": request.app.state.settings.service,
        "live": alive,
        "ready": ready,
        "startup": health.has_started,
        "checks": {finding.name: _told(finding) for finding in await health.findings()},
    }
    return JSONResponse(content, 200 if ready and alive else 503)


@router.get("/health/live")
async def show_liveness(request: Request) -> JSONResponse:
    """Whether the process works; dependencies don't matter."""
    return _verdict(_health(request).alive())


@router.get("/health/ready")
async def show_readiness(request: Request) -> JSONResponse:
    """Whether requests can be answered now: every dependency is up."""
    return _verdict(await _health(request).is_ready())


@router.get("/health/startup")
async def show_startup(request: Request) -> JSONResponse:
    """Whether the process was ready once."""
    health = _health(request)
    return _verdict(health.has_started or await health.is_ready())


@router.get("/metrics")
async def show_metrics() -> Response:
    """This process's metrics for Prometheus."""
    return Response(metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _health(request: Request) -> Health:
    health: Health = request.app.state.health
    return health


def _verdict(ok: bool) -> JSONResponse:
    return JSONResponse({"status": "ok" if ok else "unavailable"}, 200 if ok else 503)


def _told(finding: Finding) -> dict[str, Any]:
    told = {"ok": finding.ok, "seconds": finding.seconds}
    return told if finding.problem is None else {**told, "problem": finding.problem}
