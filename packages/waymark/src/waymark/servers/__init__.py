"""The real PostgreSQL and NATS, run from their wheels as children of the calling process."""

from waymark.servers.nats import NatsServer
from waymark.servers.postgres import PostgresServer
from waymark.servers.process import ServerStartError

__all__ = ["NatsServer", "PostgresServer", "ServerStartError"]
