"""What this service is told by its environment."""

from typing import Annotated, ClassVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from connectors_service.pulling.addresses import Policy, policy
from connectors_service.reading.limits import Limits, WorkbookLimits
from shared_utils.settings import PostgresUrl, ServiceSettings

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3


def _networks(value: str) -> str:
    policy(value.split(","))
    return value


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone such as Europe/Oslo")
    return name


class Settings(ServiceSettings):
    """The settings of connectors; each limit is named by the refusal it causes."""

    service: ClassVar[str] = "connectors"

    database_tenant_url: PostgresUrl
    import_max_bytes: int = Field(2 * GIBIBYTE, ge=1)
    import_max_field_chars: int = Field(1_000_000, ge=100, le=100_000_000)
    import_max_columns: int = Field(2_000, ge=2, le=100_000)
    import_max_json_rows: int = Field(1_000, ge=1, le=1_000_000)
    import_max_workbook_bytes: int = Field(GIBIBYTE // 2, ge=1)
    import_max_workbook_cells: int = Field(5_000_000, ge=1)
    import_max_workbook_memory: int = Field(GIBIBYTE, ge=GIBIBYTE // 8)
    import_max_workbook_seconds: int = Field(60, ge=1)
    import_chunk_rows: int = Field(10_000, ge=1, le=100_000)
    import_columns_from_rows: int = Field(2_000, ge=1)
    undo_keep_days: int = Field(90, ge=0, le=3650)
    programme_time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    import_trial_minutes: int = Field(10, ge=0, le=1440)
    pull_allowed_networks: Annotated[str, AfterValidator(_networks)] = ""
    pull_page_max_bytes: int = Field(8 * MEBIBYTE, ge=1000, le=256 * MEBIBYTE)

    @property
    def limits(self) -> Limits:
        """The limits of an upload."""
        workbook = WorkbookLimits(
            self.import_max_workbook_bytes,
            self.import_max_workbook_cells,
            self.import_max_workbook_memory,
            self.import_max_workbook_seconds,
        )
        return Limits(
            self.import_max_bytes,
            self.import_max_field_chars,
            self.import_max_columns,
            self.import_max_json_rows,
            workbook,
        )

    @property
    def pull_policy(self) -> Policy:
        """Where pulls may go beside public addresses."""
        return policy(self.pull_allowed_networks.split(","))
