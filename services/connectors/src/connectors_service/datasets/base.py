"""What a dataset is: fields, a small record, rules between fields, and the facts it loads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from connectors_service.datasets.facts import Target
from connectors_service.datasets.parents import Parent, ParentName, no_names
from connectors_service.rules.codes import Code
from connectors_service.rules.rule import Rule

R = TypeVar("R")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a column may feed; `example` goes into the template."""

    name: str
    rule: Rule
    description: str
    example: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the file as a whole says about each of its rows: from headers, and from elsewhere.

    `present` are the fields that it has a column for.
    """

    by_headers: str | None = None
    present: frozenset[str] = frozenset()
    otherwise: str | None = None
    id_prefixes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule between fields that a row breaks."""

    field: str
    code: Code
    message: str


class OwnRows(Enum):
    """How a company's own rows are told: none are, by the company they name, by their people."""

    NONE = 0
    BY_COMPANY = 1
    BY_PEOPLE = 2


def no_breach(values: Values, file: FileFacts) -> Iterable[Breach]:
    """A dataset whose fields stand alone."""
    return ()


def nothing(record: Any) -> tuple[Any, ...]:
    """A record that names none of what was asked."""
    return ()


@dataclass(frozen=True, slots=True)
class Dataset(Generic[R]):
    """All that is special about one kind of file; everything else is common code.

    `key` names the fields of the natural key, `else_key` those that stand for it where its first is
    empty; with a `weak` key equal rows are different facts, told apart by their order in the file.
    `parent` is the fact that rows hang on, `known_as` by what others' rows may name these.
    `emails`, `companies` and `names` say whom a record mentions: addresses, companies' own keys,
    and (address, name) pairs. `defaults` stand for empty fields. `for_company` says which rows a
    company's manager may import, `owners` whose belonging to the company makes a row its own
    (everybody's whom the row mentions, unless said), and `speaks_for` who else must belong to it
    because the row states their words or ratings. `tells` names, for a field, the others by which
    a file speaks of it as well.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    record: Callable[[Values, FileFacts], R]
    targets: tuple[Target[R], ...]
    breaches: Callable[[Values, FileFacts], Iterable[Breach]] = no_breach
    emails: Callable[[R], Iterable[str]] = nothing
    companies: Callable[[R], Iterable[str]] = nothing
    names: Callable[[R], Iterable[tuple[str, str]]] = nothing
    defaults: Mapping[str, Any] = field(default_factory=dict)
    else_key: tuple[str, ...] = ()
    weak: bool = False
    parent: Parent[R] | None = None
    known_as: Callable[[R], Iterable[ParentName]] = no_names
    for_company: OwnRows = OwnRows.BY_PEOPLE
    owners: Callable[[R], Iterable[str]] | None = None
    speaks_for: Callable[[R], Iterable[str]] = nothing
    tells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_name: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {item.name: item for item in self.fields})
