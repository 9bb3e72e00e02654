"""The weights of evidence, as versioned data, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt

MODEL_FILE = Path(__file__).with_name("model.yaml")
Weight = Annotated[FiniteFloat, Field(ge=-50, le=50)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding about two people; positive weights speak for their being one."""

    field: str
    finding: str
    weight: float

    @property
    def verdict(self) -> Literal["for", "against"]:
        return "for" if self.weight > 0 else "against"

    @property
    def shown(self) -> dict[str, str | float]:
        """As it is kept and shown: which field and what was found, never the field's value."""
        weight = round(self.weight, 2)
        return {
            "field": self.field,
            "finding": self.finding,
            "weight": weight,
            "verdict": self.verdict,
        }


class Part(BaseModel):
    """A part of the model's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EmailWeights(Part):
    same_box: Weight
    typo_domain: Weight
    same_local: Weight
    same_local_with_digits: Weight
    same_local_of_name: Weight


class SameOrNot(Part):
    same: Weight
    different: Weight


class AccountWeights(Part):
    same_handle: Weight
    same_handle_of_name: Weight


class NameWeights(Part):
    rarest: Weight
    variant: Weight
    part: Weight
    typo: Weight
    initial_at_most: Weight
    same_given: Weight
    same_given_at_most: Weight
    family: Weight
    other: Weight


class TogetherWeights(Part):
    same_deed: Weight


class Model(Part):
    """Log-odds of each finding; see `model.yaml`."""

    version: str
    prior: Weight
    people_at_least: PositiveInt
    propose_from: Annotated[float, Field(gt=0, lt=1)]
    largest_block: Annotated[int, Field(ge=2, le=1000)]
    news_from: Weight
    email: EmailWeights
    phone: SameOrNot
    linkedin: SameOrNot
    account: AccountWeights
    name: NameWeights
    together: TogetherWeights
    role_mailboxes: frozenset[str]
    ignores_dots: frozenset[str]
    same_domains: dict[str, str]

    def probability(self, evidence: Iterable[Evidence]) -> float:
        """How likely the two are one, if the findings were independent of one another."""
        odds = self.prior + sum(one.weight for one in evidence)
        return 1 / (1 + exp(-odds)) if odds > -700 else 0.0

    def is_proposed(self, evidence: Sequence[Evidence]) -> bool:
        return self.probability(evidence) >= self.propose_from

    def is_news(self, seen: Iterable[tuple[str, str]], now: Iterable[Evidence]) -> bool:
        """Whether strong evidence has come since a pair was told apart with what was `seen`."""
        known = set(seen)
        strong = (one for one in now if one.weight >= self.news_from)
        return any((one.field, one.finding) not in known for one in strong)


def load_model(path: Path = MODEL_FILE) -> Model:
    """Read and check the weights; a mistake stops the service before it starts."""
    return Model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
