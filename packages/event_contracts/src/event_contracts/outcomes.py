"""Outcomes: what texts say about a person's progress, and what reviewers say instead."""

from collections.abc import Mapping
from typing import Any, Self
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from event_contracts.event import Event
from event_contracts.fields import Code, Level, Slug, Unit, UtcDateTime
from event_contracts.vocabulary import Dimension, FactType


def check_scale(dimension: str, *values: float | None) -> None:
    """Refuse a value above 1 outside `lang_level_proxy`, whose levels reach 6."""
    top = 6 if dimension == Dimension.LANG_LEVEL_PROXY else 1
    if any(value is not None and value > top for value in values):
        raise PydanticCustomError("outside_scale", "Value lies outside its dimension's scale")


class ScoreRecorded(Event, type="outcomes.score.recorded.v1", about="score_id"):
    """A model scored a text in one dimension, or abstained and says why."""

    score_id: UUID
    text_id: UUID
    person_id: UUID | None = None
    fact_type: FactType
    fact_id: UUID
    dimension: Dimension
    value: Level | None = None
    interval_low: Level | None = None
    interval_high: Level | None = None
    confidence: Unit | None = None
    abstention_reason: Slug | None = None
    model_id: Code
    occurred_at: UtcDateTime

    @classmethod
    def check(cls, said: Mapping[str, Any]) -> None:
        if (said.get("value") is None) is (said.get("abstention_reason") is None):
            raise PydanticCustomError(
                "value_or_reason", "Either value or abstention_reason is given, never both"
            )
        bounds = (said.get(name) for name in ("value", "interval_low", "interval_high"))
        check_scale(said["dimension"], *bounds)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        self.check(vars(self))
        return self


class ScoreOverridden(Event, type="outcomes.score.overridden.v1", about="score_id"):
    """A reviewer's value replaces a model's in every figure; no value means rejected."""

    score_id: UUID
    override_id: UUID
    text_id: UUID
    person_id: UUID | None = None
    dimension: Dimension
    value: Level | None = None
    reviewer_id: UUID
    reason_code: Slug

    @classmethod
    def check(cls, said: Mapping[str, Any]) -> None:
        check_scale(said["dimension"], said.get("value"))

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        self.check(vars(self))
        return self


class ScoreRetracted(Event, type="outcomes.score.retracted.v1", about="score_id"):
    """A score or abstention no longer stands; `reason` says why, as in `no_consent`."""

    score_id: UUID
    text_id: UUID
    person_id: UUID | None = None
    dimension: Dimension
    reason: Slug
