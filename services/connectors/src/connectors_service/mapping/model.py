"""A mapping: which columns of a partner's file feed which fields, and how its cells are read."""

from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors_service.reading.dialect import normalised
from connectors_service.rules.amounts import DecimalSign
from connectors_service.rules.dates import Calendar, DateOrder
from connectors_service.rules.ratings import Scale
from connectors_service.rules.rule import Reading

SessionProgram = Literal["language", "mentorship"]
DEFAULT_SCALE = Scale.ONE_TO_FIVE
MOST_NAMES = 200
MOST_WORDS = 2000


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Cells(_Strict):
    """How cells are read; a column may say otherwise than its mapping."""

    time_zone: str | None = Field(None, description="The zone of times without offset, else UTC")
    date_order: DateOrder | None = Field(None, description="How 03/04/2025 is read")
    rating_scale: Scale | None = Field(None, description="Else told by the column's cells")
    decimal: DecimalSign | None = Field(None, description="The sign before decimals in amounts")

    @field_validator("time_zone")
    @classmethod
    def check_zone(cls, zone: str | None) -> str | None:
        """Refuse a zone that does not exist."""
        if zone is not None and zone not in available_timezones():
            raise ValueError("there is no such time zone")
        return zone


class Column(_Cells):
    """The names that a field's column goes by, the preferred first, and words it uses."""

    headers: tuple[str, ...] = Field(
        (), max_length=MOST_NAMES, description="Names of the column; the first found is read"
    )
    value: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="What stands where the file has no such column, or its cell is empty",
    )
    values: dict[str, str] = Field(
        default_factory=dict,
        max_length=MOST_WORDS,
        description="What the file's words mean, in any case: `tutor: volunteer`",
    )

    @field_validator("values")
    @classmethod
    def fold_words(cls, values: dict[str, str]) -> dict[str, str]:
        """Compare words without regard to case and the spaces around them."""
        folded = {word.strip().casefold(): meaning for word, meaning in values.items()}
        if len(folded) < len(values):
            raise ValueError("a word stands twice, in other letters")
        return folded

    @model_validator(mode="after")
    def check_source(self) -> "Column":
        """Refuse a field that nothing feeds."""
        if self.value is None and not any(map(normalised, self.headers)):
            raise ValueError("state the names of its column as headers, or a value")
        return self


class ProgramSigns(_Strict):
    """What tells that a file or row belongs to a programme."""

    headers: tuple[str, ...] = ()
    id_prefixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()


class Mapping(_Cells):
    """One version of a mapping; a change to a released one is a new version.

    The version of a shipped mapping is a number; that of one that an upload brought is told from
    its content, whatever it states.
    """

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    version: str = Field("1", pattern=r"^([1-9][0-9]{0,3}|[0-9a-f]{12})$")
    dataset: str
    description: str = Field("", max_length=1000)
    default_region: str | None = Field(
        None, pattern="^[A-Z]{2}$", description="The country of phone numbers without +, as NO"
    )
    columns: dict[str, Column]
    programs: dict[SessionProgram, ProgramSigns] = Field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """How this mapping reads dates."""
        return Calendar(ZoneInfo(self.time_zone or "UTC"), self.date_order)

    @property
    def known_headers(self) -> frozenset[str]:
        """All column names it knows, normalised."""
        return frozenset(
            normalised(name) for column in self.columns.values() for name in column.headers
        )

    def stated_scale(self, field: str) -> Scale | None:
        """Return the scale that the mapping states for a field's column, if it does."""
        return self.columns[field].rating_scale or self.rating_scale

    def reading(self, field: str, scale: Scale | None = None) -> Reading:
        """Return how a field's cells are read; `scale` is what its file decided."""
        column = self.columns[field]
        zone = ZoneInfo(column.time_zone or self.time_zone or "UTC")
        return Reading(
            Calendar(zone, column.date_order or self.date_order),
            scale or self.stated_scale(field) or DEFAULT_SCALE,
            column.decimal or self.decimal,
            self.default_region,
        )

    @property
    def definition(self) -> dict[str, Any]:
        """All that it states, as data; the same content gives the same data."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude={"version"})
