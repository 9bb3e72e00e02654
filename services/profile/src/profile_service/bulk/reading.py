"""One message of deeds as columns: what is written, who is in it, which flags it speaks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from event_contracts.plain import Record
from profile_service.bulk.shapes import Shape
from profile_service.repository.bulk import Deed
from profile_service.rules import Rule, RuleTable
from shared_utils.work import PlainCause

NULL = r"\N"


class Setting(NamedTuple):
    """A flag as one deed sets it; `since` lacks its Z, so that settings compare as moments do."""

    since: str
    event_id: str
    value: Any
    event_type: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(f"{self.since}Z")


class PlainDeed(NamedTuple):
    """What decides whom a deed counts for; persons are as stated."""

    fact_id: str
    participant: str | None
    volunteer: str | None
    occurred_at: str
    program: str

    @property
    def row(self) -> Deed:
        """The deed as its attribution is written."""
        return self.fact_id, self.occurred_at, self.program, self.participant, self.volunteer


FlagKey = tuple[str, str]


@dataclass(slots=True)
class Columns:
    """The deeds of one or several messages of one event class.

    `lines` is what COPY takes of the facts; `settings` is by (person as stated, flag),
    `causes` by person.
    """

    shape: Shape
    lines: str = ""
    deeds: list[PlainDeed] = field(default_factory=list)
    settings: dict[FlagKey, Setting] = field(default_factory=dict)
    causes: dict[str, PlainCause] = field(default_factory=dict)


def columns_of(shape: Shape, records: Sequence[Record], rules: RuleTable) -> Columns:
    """Read the records of one message; all are of the shape's class."""
    found = Columns(shape)
    _meet(found, shape, records)
    if shape.is_fact:
        found.lines = "".join(_lines(shape, records))
    if shape.counts:
        found.deeds = list(_deeds(shape, records))
    if speaking := rules.by_fact.get(shape.fact_type):
        sinces = [_occurred(shape, record["data"])[:-1] for record in records]
        for rule in speaking:
            _speak(found, rule, records, sinces)
    return found


def _meet(found: Columns, shape: Shape, records: Sequence[Record]) -> None:
    causes, one, other = found.causes, shape.participant, shape.volunteer
    for record in records:
        data, cause = record["data"], PlainCause(record["id"], record["correlationid"])
        if (person := data.get(one)) is not None:
            causes[person] = cause
        if (person := data.get(other)) is not None:
            causes[person] = cause


def _lines(shape: Shape, records: Sequence[Record]) -> Iterator[str]:
    """Each fact as COPY takes it."""
    key, one, other, elsewhere = shape.key, shape.participant, shape.volunteer, shape.kept_elsewhere
    for record in records:
        data = record["data"]
        yield (
            f"{data[key]}\t{data.get('revision', 1)}\t{record['id']}\t{data.get(one) or NULL}\t"
            f"{data.get(other) or NULL}\t{_occurred(shape, data)}\t{_state(data, elsewhere)}\n"
        )


def _deeds(shape: Shape, records: Sequence[Record]) -> Iterator[PlainDeed]:
    key, one, other, program = shape.key, shape.participant, shape.volunteer, shape.program
    for record in records:
        data = record["data"]
        named = data["session_type"] if program is None else program
        occurred = _occurred(shape, data)
        yield PlainDeed(data[key], data.get(one), data.get(other), occurred, named)


def _state(data: Mapping[str, Any], kept_elsewhere: frozenset[str]) -> str:
    state = {
        name: value
        for name, value in data.items()
        if value is not None and name not in kept_elsewhere
    }
    return to_json(state).decode().replace("\\", "\\\\")


def _occurred(shape: Shape, data: Mapping[str, Any]) -> str:
    stated: str = data[shape.occurred]
    return f"{stated}T00:00:00Z" if shape.is_day else stated


def _speak(found: Columns, rule: Rule, records: Sequence[Record], sinces: Sequence[str]) -> None:
    """Note what the rule makes of each deed; of one person's, the one that holds."""
    shape, value_of = found.shape, rule.value_of
    side = shape.participant if rule.side == "participant" else shape.volunteer
    for record, since in zip(records, sinces, strict=True):
        data = record["data"]
        value = value_of(data)
        if value is not None and (person := data.get(side)) is not None:
            setting = Setting(since, record["id"], value, record["type"])
            hold(found.settings, rule, (person, rule.flag), setting)


def hold(held: dict[FlagKey, Setting], rule: Rule, key: FlagKey, setting: Setting) -> None:
    """Keep the stronger of the setting and the one held so far."""
    known = held.setdefault(key, setting)
    if known is not setting and (setting < known) is rule.is_first:
        held[key] = setting


def merged(parts: Iterable[Columns], rules: RuleTable, canonical: Mapping[str, str]) -> Columns:
    """The columns of all parts but the lines; persons of settings and causes are canonical."""
    each = list(parts)
    whole = Columns(each[0].shape)
    for part in each:
        whole.deeds += part.deeds
        whole.causes |= part.causes
        for key, setting in part.settings.items():
            hold(whole.settings, rules.by_flag[key[1]], key, setting)
    return _of_persons(whole, rules, canonical) if canonical else whole


def _of_persons(whole: Columns, rules: RuleTable, canonical: Mapping[str, str]) -> Columns:
    """Let merged persons have what is stated of any of them."""
    stated, causes = whole.settings, whole.causes
    whole.settings = {}
    whole.causes = {canonical.get(one, one): cause for one, cause in causes.items()}
    for (person, flag), setting in stated.items():
        hold(whole.settings, rules.by_flag[flag], (canonical.get(person, person), flag), setting)
    return whole
