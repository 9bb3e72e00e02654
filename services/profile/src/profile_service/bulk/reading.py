"""One message of deeds as columns: what is written, who is in it, which flags it speaks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from event_contracts.plain import Record
from profile_service.bulk.shapes import Shape
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


FlagKey = tuple[str, str]


@dataclass(slots=True)
class Columns:
    """The deeds of one or several messages of one event class.

    `lines` is what COPY takes of so many `facts`; `settings` is by (person as stated, flag),
    `causes` by person.
    """

    shape: Shape
    lines: str = ""
    facts: int = 0
    deeds: list[PlainDeed] = field(default_factory=list)
    settings: dict[FlagKey, Setting] = field(default_factory=dict)
    causes: dict[str, PlainCause] = field(default_factory=dict)


def columns_of(shape: Shape, records: Sequence[Record], rules: RuleTable) -> Columns:
    """Read the records of one message; all are of the shape's class."""
    found = Columns(shape)
    for record in records:
        _meet(found, shape, record)
    if shape.is_fact:
        found.lines = "".join(_line(found, shape, record) for record in records)
        found.facts = len(records)
    if speaking := rules.by_fact.get(shape.fact_type):
        sinces = [_occurred(shape, record["data"])[:-1] for record in records]
        for rule in speaking:
            _speak(found, rule, records, sinces)
    return found


def _meet(found: Columns, shape: Shape, record: Record) -> None:
    data, cause = record["data"], PlainCause(record["id"], record["correlationid"])
    for person in (data.get(shape.participant), data.get(shape.volunteer)):
        if person is not None:
            found.causes[person] = cause


def _line(found: Columns, shape: Shape, record: Record) -> str:
    """The fact's line; a deed is noted as well."""
    data, event = record["data"], record["id"]
    participant, volunteer = data.get(shape.participant), data.get(shape.volunteer)
    occurred = _occurred(shape, data)
    program = data["session_type"] if shape.program is None else shape.program
    fact = data[shape.key]
    if shape.counts:
        found.deeds.append(PlainDeed(fact, participant, volunteer, occurred, program))
    return (
        f"{fact}\t{data.get('revision', 1)}\t{event}\t{participant or NULL}\t{volunteer or NULL}\t"
        f"{occurred}\t{program}\t{_state(data, shape.kept_elsewhere)}\n"
    )


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
