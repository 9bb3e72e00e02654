"""The journey's rule table: data, checked at start; and how a fact speaks for a flag."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from event_contracts import FACTS
from event_contracts.vocabulary import FactType
from profile_service.facts import FactRow, Json

RULES_FILE = Path(__file__).with_name("journey.yaml")
_SLUG = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"


@dataclass(frozen=True, slots=True)
class FlagSetting:
    """A flag as one fact sets it: the value, since when, and by which event."""

    person_id: UUID
    flag: str
    value: Json
    since: datetime
    event_id: UUID
    event_type: str

    @property
    def order(self) -> tuple[datetime, UUID]:
        """The fact's own time, and the event's id where two are of the same time."""
        return self.since, self.event_id


class Rule(BaseModel):
    """One row of the table: which facts of which side set the flag, to what, and its milestone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flag: str = Field(pattern=_SLUG, max_length=60)
    takes: Literal["first", "latest"]
    fact: FactType
    side: Literal["participant", "volunteer"]
    where: dict[str, tuple[str, ...]] = {}
    value: str | None = None
    values: tuple[str, ...] = ()
    milestone: str | None = Field(default=None, pattern=_SLUG, max_length=60)

    @model_validator(mode="after")
    def _names_what_exists(self) -> Self:
        known = _fields_of(self.fact)
        unknown = ({*self.where, self.value} - {None}) - known
        if unknown:
            raise ValueError(f"{self.fact} has no field {', '.join(sorted(map(str, unknown)))}")
        if not (self.takes == "latest") == (self.value is not None) == bool(self.values):
            raise ValueError("`latest` needs a `value` and its `values`, `first` has neither")
        return self

    def person(self, fact: FactRow) -> UUID | None:
        """The side of the fact that the rule is about."""
        return fact.participant_id if self.side == "participant" else fact.volunteer_id

    def value_in(self, fact: FactRow) -> Json:
        """What the fact says of the flag; None where it doesn't speak for it."""
        if fact.retracted or fact.fact_type != self.fact:
            return None
        return self.value_of(fact.state)

    def value_of(self, state: Mapping[str, Json]) -> Json:
        """What a standing fact of the rule's type says, from its state."""
        for field, allowed in self.where.items():
            if state.get(field) not in allowed:
                return None
        return True if self.value is None else state.get(self.value)

    def accepts(self, value: Json) -> bool:
        """Whether the flag can have this value, as when someone sets it by hand."""
        return value in self.values if self.values else isinstance(value, bool)

    @cached_property
    def is_first(self) -> bool:
        """Whether the earliest fact sets the flag, not the latest."""
        return self.takes == "first"

    @property
    def unset(self) -> Json:
        """The flag's value while no fact speaks for it."""
        return None if self.values else False

    def setting(self, fact: FactRow) -> FlagSetting | None:
        """The flag as the fact would set it for its own person."""
        person, value = self.person(fact), self.value_in(fact)
        if person is None or value is None or fact.occurred_at is None:
            return None
        return FlagSetting(
            person, self.flag, value, fact.occurred_at, fact.event_id, fact.event_type
        )

    def stronger(self, one: FlagSetting, other: FlagSetting) -> FlagSetting:
        """The one of two settings that holds, whichever came first."""
        pick = min if self.is_first else max
        return pick(one, other, key=lambda setting: setting.order)


class RuleTable(BaseModel):
    """All rules; the version goes with every flag and milestone they set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: PositiveInt
    rules: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        for names in (self.flags, [rule.milestone for rule in self.rules if rule.milestone]):
            if len(set(names)) != len(names):
                raise ValueError("a flag or milestone has two rules")
        return self

    @cached_property
    def flags(self) -> list[str]:
        return [rule.flag for rule in self.rules]

    @cached_property
    def by_flag(self) -> dict[str, Rule]:
        return {rule.flag: rule for rule in self.rules}

    @cached_property
    def by_fact(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.fact, []).append(rule)
        return found

    def settings(self, facts: Iterable[FactRow]) -> Iterator[FlagSetting]:
        """What each of these facts says of any flag, for its own person."""
        for fact in facts:
            for rule in self.by_fact.get(fact.fact_type, ()):
                if setting := rule.setting(fact):
                    yield setting

    def strongest(self, settings: Iterable[FlagSetting]) -> dict[tuple[UUID, str], FlagSetting]:
        """The setting that holds by (person, flag), whatever order they come in."""
        held: dict[tuple[UUID, str], FlagSetting] = {}
        for setting in settings:
            key = (setting.person_id, setting.flag)
            known = held.get(key)
            rule = self.by_flag[setting.flag]
            held[key] = rule.stronger(known, setting) if known else setting
        return held


def load_rules(path: Path = RULES_FILE) -> RuleTable:
    """Read and check the table; a mistake in it stops the service before it starts."""
    return RuleTable.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _fields_of(fact_type: FactType) -> set[str]:
    classes = (one for one in FACTS if one.fact_type == fact_type)
    return {field for one in classes for field in one.model_fields}
