"""What the profile service is told from outside."""

from pathlib import Path
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from profile_service.rules import RULES_FILE
from shared_utils.settings import PostgresUrl, ServiceSettings


def _zone_name(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Oslo") from None


class Settings(ServiceSettings):
    """`journey_rules_file` replaces the rule table that comes with the service.

    `small_group_size` is k: no company sees a figure over fewer participants. Every
    `duplicates_every_hours` (0: never) duplicates are looked for, if people have changed since.
    Closed periods are restated once their facts have rested for `restating_quiet_seconds`; periods
    that closed by themselves are looked for every `closing_interval_seconds`.
    `backup_keep_days` is how long backups are kept, which certificates of erasure state.
    """

    service: ClassVar[str] = "profile"

    database_tenant_url: PostgresUrl
    small_group_size: int = Field(10, ge=5, le=1000)
    backup_keep_days: int = Field(35, ge=0, le=3650)
    programme_time_zone: Annotated[str, AfterValidator(_zone_name)] = "UTC"
    duplicates_every_hours: float = Field(1, ge=0, le=24 * 365)
    journey_rules_file: Path = RULES_FILE
    restating_quiet_seconds: float = Field(30, ge=0)
    closing_interval_seconds: float = Field(3600, gt=0)

    @property
    def zone(self) -> ZoneInfo:
        """Where periods begin at midnight, and enrollments on their first day."""
        return ZoneInfo(self.programme_time_zone)

    @property
    def digest_key(self) -> bytes:
        """What digests leave under."""
        return bytes.fromhex(self.hmac_key)
