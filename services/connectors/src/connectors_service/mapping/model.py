"""A mapping: which columns of a partner's file feed which fields, and how its cells are read."""

from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors_service.reading.dialect import normalised
from connectors_service.rules.dates import Calendar, DateOrder
from connectors_service.rules.ratings import Scale

SessionProgram = Literal["language", "mentorship"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Strict):
    """The names that a field's column goes by, the preferred first, and words it uses."""

    headers: tuple[str, ...] = Field(min_length=1)
    values: dict[str, str] = Field(default_factory=dict)

    @field_validator("values")
    @classmethod
    def fold_words(cls, values: dict[str, str]) -> dict[str, str]:
        """Compare words without regard to case."""
        return {word.casefold(): meaning for word, meaning in values.items()}


class ProgramSigns(_Strict):
    """What tells that a file or row belongs to a programme."""

    headers: tuple[str, ...] = ()
    id_prefixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()


class Mapping(_Strict):
    """One version of a mapping; a change to a released one is a new version."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    version: int = Field(ge=1)
    dataset: str
    description: str
    time_zone: str = "UTC"
    date_order: DateOrder | None = None
    rating_scale: Scale | None = None
    columns: dict[str, Column]
    programs: dict[SessionProgram, ProgramSigns] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def check_zone(cls, zone: str) -> str:
        """Refuse a zone that does not exist."""
        if zone not in available_timezones():
            raise ValueError("there is no such time zone")
        return zone

    @property
    def calendar(self) -> Calendar:
        """How this mapping reads dates."""
        return Calendar(ZoneInfo(self.time_zone), self.date_order)

    @property
    def known_headers(self) -> frozenset[str]:
        """All column names it knows, normalised."""
        return frozenset(
            normalised(name) for column in self.columns.values() for name in column.headers
        )
