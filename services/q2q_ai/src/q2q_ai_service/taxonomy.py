"""The dimensions that texts are scored for, as versioned data."""

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from event_contracts.vocabulary import Dimension


class DimensionEntry(BaseModel):
    """One dimension: what it is, its poles, its scale, and what it must not be mistaken for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Dimension
    definition: str
    low: str
    high: str
    scale: tuple[float, float]
    is_not: Annotated[str, Field(alias="not")]


class Taxonomy(BaseModel):
    """A version of the taxonomy; it defines every dimension once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    dimensions: tuple[DimensionEntry, ...]

    @model_validator(mode="after")
    def covers_every_dimension(self) -> "Taxonomy":
        """Refuse a taxonomy that leaves out or repeats a dimension of the contracts."""
        if sorted(entry.name for entry in self.dimensions) != sorted(Dimension):
            raise ValueError("define each dimension of the contracts once")
        return self


@cache
def load_taxonomy() -> Taxonomy:
    """Read the taxonomy that comes with the service."""
    text = files("q2q_ai_service").joinpath("taxonomy.yaml").read_text(encoding="utf-8")
    return Taxonomy.model_validate(yaml.safe_load(text))
