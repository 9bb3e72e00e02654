"""The HTTP shapes of q2q_ai."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from event_contracts.vocabulary import Dimension
from q2q_ai_service.providers import Item, Score

MAX_CHARACTERS = 1_000_000
BANDS = ("pre-A1", "A1", "A2", "B1", "B2", "C1", "C2")


class TextIn(BaseModel):
    """A text to score; `language` is an ISO 639-1 code, if known."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2}$")] = None


class ScoreIn(BaseModel):
    """Up to 500 texts; without `dimensions` they are scored in all."""

    model_config = ConfigDict(extra="forbid")

    texts: Annotated[list[TextIn], Field(min_length=1, max_length=500)]
    dimensions: Annotated[list[Dimension] | None, Field(min_length=1)] = None


class EvidenceOut(BaseModel):
    """The sentence that justifies a score; offsets in characters, half-open."""

    start: int
    end: int
    sha256: str
    quote: str


class ScoreOut(BaseModel):
    """A score, or null with the reason in `abstained`; `band` for the language level alone."""

    dimension: Dimension
    value: float | None
    interval: tuple[float, float] | None
    confidence: float | None
    abstained: str | None
    band: str | None
    evidence: list[EvidenceOut]
    model_id: str

    @classmethod
    def of(cls, score: Score, item: Item) -> "ScoreOut":
        """Return the score with its evidence quoted from the item's text."""
        return cls(
            dimension=score.dimension,
            value=score.value,
            interval=score.interval,
            confidence=score.confidence,
            abstained=score.abstained,
            band=band_of(score),
            evidence=[
                EvidenceOut(
                    start=e.start, end=e.end, sha256=e.sha256, quote=item.text[e.start : e.end]
                )
                for e in score.evidence
            ],
            model_id=score.model_id,
        )


def band_of(score: Score) -> str | None:
    """Return the CEFR band nearest to a language level, else None."""
    if score.dimension is not Dimension.LANG_LEVEL_PROXY or score.value is None:
        return None
    return BANDS[round(score.value)]


class ScoredText(BaseModel):
    """The scores of one text, in the order of the dimensions asked for."""

    scores: list[ScoreOut]


class ScoredTexts(BaseModel):
    """One item a text, in the order sent."""

    items: list[ScoredText]


class DimensionOut(BaseModel):
    """A dimension of the taxonomy."""

    model_config = ConfigDict(from_attributes=True)

    name: Dimension
    definition: str
    low: str
    high: str
    scale: tuple[float, float]
    is_not: str


class TaxonomyOut(BaseModel):
    """The taxonomy in force."""

    model_config = ConfigDict(from_attributes=True)

    version: str
    dimensions: list[DimensionOut]


class OutcomeOut(BaseModel):
    """A recorded score or abstention; `score` is null exactly if `abstention_reason` is not."""

    score_id: UUID
    text_id: UUID
    person_id: UUID | None
    fact_type: str
    fact_id: UUID
    dimension: Dimension
    score: float | None
    interval_low: float | None
    interval_high: float | None
    confidence: float | None
    abstention_reason: str | None
    model_id: str
    occurred_at: datetime
    created_at: datetime
