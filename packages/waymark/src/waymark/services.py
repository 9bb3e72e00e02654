"""Which services make up Waymark, and the environment each one gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service: the module it runs, its logins, and whether it is the gateway."""

    name: str
    module: str
    login: str
    tenant_login: str | None = None
    is_gateway: bool = False


SERVICES = (
    Service("relay", "shared_utils.relay", "relay"),
    Service("connectors", "connectors_service", "connectors_worker", "connectors_tenant"),
    Service("profile", "profile_service", "profile_worker", "profile_tenant"),
    Service("safety", "safety_service", "safety_worker", "safety_tenant"),
    Service("q2q_ai", "q2q_ai_service", "q2q_ai_worker", "q2q_ai_tenant"),
    Service("gateway", "gateway_service", "gateway_worker", "gateway_tenant", is_gateway=True),
)
UPSTREAMS = ("connectors", "profile", "safety", "q2q_ai")
PRELOADED = (
    "shared_utils.http",
    "shared_utils.runtime",
    "shared_utils.bus",
    "shared_utils.consume",
    "shared_utils.client",
    "shared_schema.tables",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.lifespan.on",
    "uvloop",
)
"""Modules that the fork server imports once for all services."""


@dataclass(frozen=True)
class Wiring:
    """What the services share: addresses, the key of keyed hashes, the file of signing keys.

    `database_url` maps a login to its URL, `ports` a service's name to its port.
    """

    database_url: Callable[[str], str]
    nats_url: str
    ports: Mapping[str, int]
    hmac_key: str
    keys: str

    def url(self, name: str) -> str:
        """Base URL of a service."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def environment(self, service: Service) -> dict[str, str]:
        """The WAYMARK_ variables of one service."""
        common = {
            "WAYMARK_DATABASE_URL": self.database_url(service.login),
            "WAYMARK_NATS_URL": self.nats_url,
            "WAYMARK_HOST": "127.0.0.1",
            "WAYMARK_PORT": str(self.ports[service.name]),
            "WAYMARK_HMAC_KEY": self.hmac_key,
            "WAYMARK_JWKS_URL": f"{self.url('gateway')}/.well-known/jwks.json",
        }
        return common | self._tenant(service) | (self._gateway() if service.is_gateway else {})

    def _tenant(self, service: Service) -> dict[str, str]:
        if service.tenant_login is None:
            return {}
        return {"WAYMARK_DATABASE_TENANT_URL": self.database_url(service.tenant_login)}

    def _gateway(self) -> dict[str, str]:
        upstreams = {f"WAYMARK_UPSTREAM_{name.upper()}": self.url(name) for name in UPSTREAMS}
        return {"WAYMARK_JWT_PRIVATE_KEYS": self.keys, **upstreams}
