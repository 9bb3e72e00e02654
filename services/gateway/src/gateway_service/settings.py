"""What the gateway is told by its environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from gateway_service.rules import Service
from gateway_service.schemas import MAX_PASSWORD, MIN_PASSWORD, Email
from shared_utils.settings import Duration, ServiceSettings

MIB = 1024 * 1024

BaseUrl = Annotated[str, Field(pattern=r"^https?://[^\s@/?#]+/?$")]
"""Where a service answers: scheme, host and port, no path."""

FirstPassword = Annotated[SecretStr, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]


class Settings(ServiceSettings):
    """`WAYMARK_` and the upper-cased name is the variable; durations read `2s`, `15m`, `14d`."""

    service: ClassVar[str] = "gateway"

    jwt_private_keys: Path
    upstream_connectors: BaseUrl
    upstream_profile: BaseUrl
    upstream_safety: BaseUrl
    upstream_q2q_ai: BaseUrl
    upstream_connect_timeout: Duration = timedelta(seconds=2)
    upstream_read_timeout: Duration = timedelta(seconds=30)
    upstream_stream_timeout: Duration = timedelta(minutes=5)
    body_max_bytes: int = Field(MIB, gt=0)
    import_max_bytes: int = Field(2048 * MIB, gt=0)
    access_token_keep: Duration = Field(timedelta(minutes=15), le=timedelta(hours=1))
    refresh_token_keep: Duration = timedelta(days=14)
    admin_email: Email | None = None
    admin_password: FirstPassword | None = None

    @property
    def upstreams(self) -> dict[Service, str]:
        """The base URL of each service behind the gateway."""
        return {
            Service.CONNECTORS: self.upstream_connectors,
            Service.PROFILE: self.upstream_profile,
            Service.SAFETY: self.upstream_safety,
            Service.Q2Q_AI: self.upstream_q2q_ai,
        }

    @property
    def import_body_max_bytes(self) -> int:
        """What an import request may weigh: the file's limit and room for the form around it."""
        return self.import_max_bytes + MIB
