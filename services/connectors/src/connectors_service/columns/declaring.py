"""What a dataset declares so that its rows can be judged and staged by columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from connectors_service.datasets.base import FileFacts
from event_contracts.vocabulary import FactType


@dataclass(frozen=True, slots=True)
class Words:
    """The columns of what a person wrote: the text, who wrote it, and when."""

    body: str
    author: str
    at: str


@dataclass(frozen=True, slots=True)
class Staged:
    """How a fact table's staged rows are made of a frame's columns.

    `columns` gives an expression for each column of the table; `person(field)` is the column of a
    field's people. A row without `needs` states no fact. `details` names the columns of JSON.
    """

    columns: Mapping[str, pl.Expr]
    needs: str | None = None
    words: Words | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InColumns:
    """A dataset's record, its breaches and its staging, by columns.

    `derived` adds what rows tell beyond their cells, `sound` is true where no rule between fields
    is broken. `people` are the fields of addresses, `known_as` is the partner's id.
    """

    derived: Callable[[pl.DataFrame, FileFacts], pl.DataFrame]
    sound: pl.Expr
    people: tuple[str, ...]
    known_as: str
    staged: Mapping[FactType, Staged]


def person(field_name: str) -> str:
    """Name the column that holds the person of a field's address."""
    return f"person:{field_name}"
