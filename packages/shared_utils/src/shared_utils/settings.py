"""What a process is told by its environment: typed, checked at the start, named when wrong."""

import re
import sys
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "WAYMARK_"

S = TypeVar("S", bound=BaseSettings)

_KEEP = re.compile(r"(?P<count>[1-9][0-9]{0,5})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(value: Any) -> Any:
    match = _KEEP.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{_UNITS[match["unit"]]: int(match["count"])}) if match else value


def _postgres_url(value: str) -> str:
    return _url(value, ("postgresql", "postgres"), "postgresql://user:password@host:port/database")


def _nats_url(value: str) -> str:
    for part in value.split(","):
        _url(part, ("nats", "tls"), "nats://user:password@host:port")
    return value


def _url(value: str, schemes: tuple[str, ...], example: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"must be like {example}")
    return value


def _hex_key(value: str) -> str:
    if len(value) < 64 or not re.fullmatch(r"([0-9a-fA-F]{2})+", value):
        raise ValueError("must be at least 32 bytes in hexadecimal (openssl rand -hex 32)")
    return value


PostgresUrl = Annotated[str, AfterValidator(_postgres_url), Field(repr=False)]
"""`postgresql://user:password@host:port/database`; never shown in a repr."""

OptionalPostgresUrl = Annotated[
    Annotated[str, AfterValidator(_postgres_url)] | None, Field(repr=False)
]
"""The same, or nothing."""

NatsUrl = Annotated[str, AfterValidator(_nats_url), Field(repr=False)]
"""`nats://user:password@host:port`, several separated by commas; never shown in a repr."""

HexKey = Annotated[str, AfterValidator(_hex_key), Field(repr=False)]
"""A secret of at least 32 bytes in hexadecimal; never shown in a repr."""

Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""`90s`, `30m`, `12h`, `30d`, or ISO 8601."""


class ProcessSettings(BaseSettings):
    """What every long-running process needs; `service` names it in logs, events and roles."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    service: ClassVar[str] = "waymark"

    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(0, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    shutdown_seconds: int = Field(25, ge=1, le=300)
    database_url: PostgresUrl
    database_pool_size: int = Field(5, ge=2, le=100)
    nats_url: NatsUrl
    nats_replicas: Literal[1, 3, 5] = 1
    events_keep: Duration = Field(timedelta(days=30), ge=timedelta(hours=1))
    max_attempts: int = Field(5, ge=1, le=100)


class ServiceSettings(ProcessSettings):
    """What a service needs beside: who signs its callers' tokens, and the key of its hashes."""

    database_tenant_url: OptionalPostgresUrl = None
    jwks_url: str = Field(pattern=r"^https?://[^\s@]+$")
    hmac_key: HexKey


def load(settings_class: type[S]) -> S:
    """Read the settings from the environment; what is wrong ends the process with one line.

    The line names each variable and the rule it breaks, and never repeats a value.
    """
    try:
        return settings_class()
    except ValidationError as error:
        complaint = "; ".join(_complaint(found) for found in error.errors(include_url=False))
    _refuse(complaint)


def _complaint(found: ErrorDetails) -> str:
    variable = PREFIX + str(found["loc"][0] if found["loc"] else "*").upper()
    if found["type"] == "missing":
        return f"{variable} is missing"
    return f"{variable}: {found['msg'].removeprefix('Value error, ')}"


def _refuse(complaint: str) -> NoReturn:
    print(f"cannot start: {complaint}", file=sys.stderr)  # noqa: T201 - logging is not set up yet
    raise SystemExit(2)
