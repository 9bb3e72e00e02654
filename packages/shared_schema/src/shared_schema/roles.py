"""The cluster's roles: one owner without a login, two logins a service, and the relay's."""

from collections.abc import Mapping

from psycopg import Connection, sql

OWNER = "waymark_owner"
RELAY = "relay"
SERVICES = ("gateway", "connectors", "profile", "safety", "q2q_ai")
WORKERS = tuple(f"{service}_worker" for service in SERVICES)
TENANTS = tuple(f"{service}_tenant" for service in SERVICES)


def service_roles() -> tuple[str, ...]:
    """Every role that a process signs in with."""
    return (*WORKERS, *TENANTS, RELAY)


def set_passwords(connection: Connection[tuple[object, ...]], passwords: Mapping[str, str]) -> None:
    """Give roles their passwords, role name to password; needs the right to alter them."""
    for role, password in passwords.items():
        if role not in service_roles():
            raise UnknownRoleError(role)
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


class UnknownRoleError(LookupError):
    """No role of Waymark has this name."""
