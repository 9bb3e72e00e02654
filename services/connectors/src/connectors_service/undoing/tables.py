"""What undo knows of each kind of fact: its table, how it is told, and what hangs on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.datasets.facts import FactTable
from event_contracts.vocabulary import FactType

_OF_THE_ROW = {"revision", "import_id", "row_no", "mapping_version", "created_at", "updated_at"}


@dataclass(frozen=True, slots=True)
class Dependents:
    """A table whose facts hang on others by `link`."""

    table: FactTable
    link: str


@dataclass(frozen=True)
class Undoable:
    """One kind of fact; several datasets may feed it, each with its own `FactTable`."""

    fact: FactTable
    dependents: tuple[Dependents, ...]
    followers: tuple[FactTable, ...]
    defaults: Mapping[str, Mapping[str, Any]]

    @property
    def model(self) -> Table:
        table: Table = self.fact.model.__table__
        return table

    @property
    def columns(self) -> tuple[str, ...]:
        """What an import may write beside the key."""
        kept = {*_OF_THE_ROW, *self.fact.key, self.fact.id_column, "details"}
        names = (column.name for column in self.model.columns)
        return tuple(name for name in names if name not in kept)

    @property
    def has_texts(self) -> bool:
        return "text_id" in self.model.columns


@cache
def undoable(fact_type: FactType) -> Undoable:
    """Return what undo knows of a kind of fact."""
    fed = [(name, table) for name, table in _tables() if table.fact_type == fact_type]
    first = fed[0][1]
    followers = {
        follower.fact_type: follower
        for dataset in DATASETS.values()
        for target in dataset.targets
        if target.table.fact_type == fact_type
        for follower in target.followers
    }
    defaults = {name: _defaults(name, table) for name, table in fed}
    return Undoable(first, _dependents(first), tuple(followers.values()), defaults)


@cache
def rank(fact_type: FactType) -> int:
    """Order kinds of fact: what hangs on others goes before them."""
    behind = [rank(one.table.fact_type) for one in undoable(fact_type).dependents]
    return 1 + max(behind, default=0)


def _tables() -> list[tuple[str, FactTable]]:
    return [
        (name, target.table) for name, dataset in DATASETS.items() for target in dataset.targets
    ]


def _defaults(dataset: str, table: FactTable) -> dict[str, Any]:
    given = {name: value for name, value in DATASETS[dataset].defaults.items() if value is not None}
    return {column: given[field] for column, field in table.fed_by.items() if field in given}


def _dependents(parent: FactTable) -> tuple[Dependents, ...]:
    found = {
        table.fact_type: Dependents(table, link)
        for _, table in _tables()
        if table.fact_type != parent.fact_type and (link := _link(table, parent))
    }
    return tuple(found.values())


def _link(table: FactTable, parent: FactTable) -> str | None:
    """Return the column by which facts of a table hang on a parent's, told or by foreign key."""
    beside = table.told.beside if table.told else None
    if beside is not None and beside.table.fact_type == parent.fact_type:
        return beside.link
    target = parent.model.__table__.columns[parent.id_column]
    for column in table.model.__table__.columns:
        if any(key.column is target for key in column.foreign_keys):
            return str(column.name)
    return None
