"""The field types of events: narrow enough that no free text and no contact detail fits in."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError


def to_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; a moment outside years 1-9999 in UTC is refused."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        refusal = PydanticCustomError("moment_range", "Moment lies outside the calendar")
    raise refusal


UtcDateTime = Annotated[
    AwareDatetime,
    AfterValidator(to_utc),
    Field(description="A moment with an offset, kept in UTC.", examples=["2026-03-02T17:30:00Z"]),
]

Day = Annotated[date, Field(description="A calendar day.", examples=["2026-03-02"])]

TextId = Annotated[UUID, Field(description="The text that came with it; it stays in the database.")]

ImportId = Annotated[UUID, Field(description="The import that wrote this revision.")]

Revision = Annotated[
    int,
    Field(
        ge=1,
        le=2**31 - 1,
        description="Raised by each write; of two states the higher revision holds.",
    ),
]

Count = Annotated[int, Field(ge=0, le=2**63 - 1, examples=[12])]

Minutes = Annotated[int, Field(ge=1, le=480, examples=[45])]

Severity = Annotated[int, Field(ge=1, le=4, description="1 is the worst.", examples=[2])]

Unit = Annotated[
    float,
    Field(ge=0, le=1, allow_inf_nan=False, description="A share from 0 to 1.", examples=[0.75]),
]

Level = Annotated[
    float,
    Field(
        ge=0,
        le=6,
        allow_inf_nan=False,
        description="0-1; for `lang_level_proxy` 0-6, pre-A1 to C2.",
        examples=[0.5],
    ),
]

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, examples=[80.0])]

Slug = Annotated[
    str,
    Field(
        max_length=60,
        pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$",
        description="A word of an open vocabulary, in lower case.",
        examples=["a_word"],
    ),
]

Code = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^[A-Za-z0-9]+([._:/+-][A-Za-z0-9]+)*$",
        description="An identifier of a thing or a version, never of a person.",
        examples=["ECO-101"],
    ),
]

StoreName = Annotated[
    str,
    Field(
        max_length=80,
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
        description="A place that holds data.",
        examples=["pii.texts"],
    ),
]

Language = Annotated[
    str, Field(max_length=3, pattern=r"^[a-z]{2,3}$", description="ISO 639.", examples=["uk"])
]

Period = Annotated[
    str,
    Field(
        max_length=7,
        pattern=r"^[0-9]{4}(-(Q[1-4]|0[1-9]|1[0-2]))?$",
        description="A calendar year, quarter or month.",
        examples=["2026-Q1"],
    ),
]

Digest = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 or its keyed form, in hexadecimal.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]

EventType = Annotated[
    str,
    Field(
        max_length=100,
        pattern=r"^[a-z]+(\.[a-z_]+)+\.v[1-9][0-9]*$",
        description="Family, what happened, version.",
        examples=["kintell.session.completed.v1"],
    ),
]

Correlation = Annotated[
    str,
    Field(
        max_length=128,
        pattern=r"^[A-Za-z0-9._:/-]+$",
        description="Ties together all that one request or import caused.",
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
    ),
]

Reference = Annotated[
    str,
    Field(
        max_length=128,
        pattern=r"^[A-Za-z0-9._:/~-]+$",
        description="A URI reference without user, query or fragment.",
        examples=["connectors"],
    ),
]

SpecVersion = Literal["1.0"]
JsonContent = Literal["application/json"]
