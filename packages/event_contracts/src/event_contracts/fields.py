"""The field types of events: narrow enough that no free text and no contact detail fits in."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError


def to_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; a moment outside years 1-9999 in UTC is refused."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("moment_range", "Moment lies outside the calendar") from None


UtcDateTime = Annotated[AwareDatetime, AfterValidator(to_utc)]
"""A moment with an offset, kept in UTC."""

Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""Raised by each write of a fact's row; of two states the higher revision wins."""

Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Minutes = Annotated[int, Field(ge=1, le=480)]
Severity = Annotated[int, Field(ge=1, le=4)]
"""1 is the worst."""

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A rating, share or confidence on 0-1."""

Level = Annotated[float, Field(ge=0, le=6, allow_inf_nan=False)]
"""A score: 0-1, or 0-6 (pre-A1 to C2) for `lang_level_proxy`."""

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]

Slug = Annotated[str, Field(max_length=60, pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$")]
"""A lower-case word of an open vocabulary: `kintell-sessions`, `first_session`."""

Code = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9]+([._:/+-][A-Za-z0-9]+)*$")]
"""An identifier that someone else chose for a thing, never for a person: `ECO-101`, `v1.2`."""

StoreName = Annotated[str, Field(max_length=80, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
"""A place that holds data: `pii.texts`."""

Language = Annotated[str, Field(max_length=3, pattern=r"^[a-z]{2,3}$")]
"""ISO 639."""

Period = Annotated[str, Field(max_length=7, pattern=r"^[0-9]{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$")]
"""`2026`, `2026-Q1` or `2026-03`."""

Digest = Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 or its keyed form, in hexadecimal."""

Correlation = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9._:/-]{1,128}$")]
"""Ties together all that one request or import caused."""

Reference = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9._:/~-]{1,128}$")]
"""A URI reference without query, fragment or user."""

EventType = Annotated[str, Field(max_length=100, pattern=r"^[a-z]+(\.[a-z_]+)+\.v[1-9][0-9]*$")]
"""The type of an event: `kintell.session.completed.v1`."""

SpecVersion = Literal["1.0"]
JsonContent = Literal["application/json"]
