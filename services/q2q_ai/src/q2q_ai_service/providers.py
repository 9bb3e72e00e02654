"""What scores texts: the protocol every provider keeps, and the one that says it has no model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from event_contracts.vocabulary import Dimension


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence that justifies a score: offsets in characters, half-open, and its SHA-256."""

    start: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Score:
    """A value with its interval and calibrated confidence, or the reason why there is none.

    `value` is 0-1, for `lang_level_proxy` 0-6. Either `value` or `abstained` is set, never both.
    """

    dimension: Dimension
    value: float | None
    interval: tuple[float, float] | None
    confidence: float | None
    abstained: str | None
    evidence: tuple[Evidence, ...]
    model_id: str


@dataclass(frozen=True, slots=True)
class Item:
    """A text to score; `language` is an ISO 639-1 code, if known."""

    text: str
    language: str | None = None


class Provider(Protocol):
    """Scores texts. The same text and `model_id` give the same score in any batch."""

    @property
    def model_id(self) -> str:
        """The digest or name of everything that a score depends on."""
        ...

    async def score(
        self, items: Sequence[Item], dimensions: Collection[Dimension]
    ) -> list[list[Score]]:
        """Return, item by item, a score a dimension, in the order given; never invents one."""
        ...


class NoModel:
    """Abstains on everything: what an installation without a measured model can honestly say."""

    model_id = "no-model.1"

    async def score(
        self, items: Sequence[Item], dimensions: Collection[Dimension]
    ) -> list[list[Score]]:
        """Return an abstention for every item and dimension."""
        return [[self._abstention(dimension) for dimension in dimensions] for _ in items]

    def _abstention(self, dimension: Dimension) -> Score:
        return Score(dimension, None, None, None, "no_model", (), self.model_id)
