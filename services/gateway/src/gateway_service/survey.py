"""Ask the services behind the gateway how they are, each with its own short patience."""

import asyncio
from collections.abc import Iterable

from gateway_service.rules import Service
from gateway_service.schemas import Health, HealthOfAll
from gateway_service.upstreams import Upstreams

PROBES = ("live", "ready", "startup")


async def health_of(upstreams: Upstreams, service: Service) -> Health:
    """The three probes of one service; a probe that does not come back in time failed."""
    answers = await asyncio.gather(
        *(upstreams.answers_well(service, f"/health/{probe}") for probe in PROBES)
    )
    live, ready, startup = answers
    return Health(service=service.value, live=live, ready=ready, startup=startup)


async def health_of_all(upstreams: Upstreams, own: Health) -> HealthOfAll:
    """Every service at once, the gateway among them."""
    others = await asyncio.gather(*(health_of(upstreams, name) for name in upstreams.services))
    return summed([own, *others])


def summed(found: Iterable[Health]) -> HealthOfAll:
    """Ready is what all of them are; pure."""
    services = {health.service: health for health in found}
    ready = all(health.live and health.ready and health.startup for health in services.values())
    return HealthOfAll(status="ready" if ready else "not-ready", services=services)
