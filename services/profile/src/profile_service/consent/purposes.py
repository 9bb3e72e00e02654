"""The purposes that people are asked about: data, checked at start."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from shared_schema.vocabulary import CONSENT_PURPOSES

PURPOSES_FILE = Path(__file__).with_name("purposes.yaml")

GATES = {"scoring": True, "evidence": False}
"""What holds while nothing was said; q2q, row security and the fragments of SQL rely on it."""


class Purpose(BaseModel):
    """One thing that a person may allow, in the words they read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: str
    title: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=40, max_length=2000)
    unrecorded: Literal["allowed", "refused"]

    @property
    def default(self) -> bool:
        """Whether it is allowed while nothing was said."""
        return self.unrecorded == "allowed"


class Purposes(BaseModel):
    """All purposes; the version goes with every statement about them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: PositiveInt
    purposes: tuple[Purpose, ...]

    @model_validator(mode="after")
    def _are_those_that_gate(self) -> Self:
        if sorted(one.purpose for one in self.purposes) != sorted(CONSENT_PURPOSES):
            raise ValueError(f"the purposes are {', '.join(CONSENT_PURPOSES)}, each once")
        for one in self.purposes:
            if one.default is not GATES[one.purpose]:
                raise ValueError(f"`unrecorded` of {one.purpose} is not what its gates do")
        return self

    @cached_property
    def by_name(self) -> dict[str, Purpose]:
        return {one.purpose: one for one in self.purposes}


@lru_cache(maxsize=1)
def load_purposes(path: Path = PURPOSES_FILE) -> Purposes:
    """Read and check the purposes; a mistake in them stops the service before it starts."""
    return Purposes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
