"""What goes to a service and back: the target, the headers, the failures."""

import httpx
import pytest
from services.gateway.tests.conftest import Upstream

from gateway_service.rules import Service

PROBLEM = "urn:waymark:problem:"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/imports", Service.CONNECTORS),
        ("/v1/profile/duplicates", Service.PROFILE),
        ("/v1/q2q/taxonomy", Service.Q2Q_AI),
        ("/v1/safety/reviews", Service.SAFETY),
    ],
)
async def test_a_route_goes_to_its_service(
    admin: httpx.AsyncClient, upstreams: dict[Service, Upstream], path: str, service: Service
) -> None:
    answered = await admin.get(path, params={"cursor": "a/b", "x": "é"})

    assert answered.json() == {"answered_by": service.value}
    assert [seen.target for seen in upstreams[service].seen] == [f"{path}?cursor=a%2Fb&x=%C3%A9"]
