"""A mapping out of its YAML: read, extended, held against its dataset; each problem has a path."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from connectors_service.datasets.base import Dataset
from connectors_service.datasets.catalogue import DATASETS
from connectors_service.mapping.model import Column, Mapping
from connectors_service.mapping.text import MappingTextError, data_of
from connectors_service.rules.codes import CellError, Code

MOST_PROBLEMS = 50
PATH_CHARS = 200
FindBase = Callable[[str], Mapping | None]
"""Finds the shipped mapping that `extends: name@version` names."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a mapping, and where: `columns.rating.values`, or a line of the text."""

    path: str
    message: str


class MappingProblemsError(Exception):
    """A definition that cannot be used, with all that is wrong about it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{item.path}: {item.message}" for item in problems))
        self.problems = problems


def read(text: str, find_base: FindBase) -> Mapping:
    """Read a mapping's YAML; raises MappingProblemsError."""
    try:
        return from_data(data_of(text), find_base)
    except MappingTextError as error:
        raise MappingProblemsError((Problem(error.where, error.message),)) from error


def from_data(data: dict[str, Any], find_base: FindBase) -> Mapping:
    """Check a mapping's definition; raises MappingProblemsError."""
    try:
        mapping = Mapping.model_validate(_extended(data, find_base))
    except ValidationError as error:
        raise MappingProblemsError(tuple(_of_shape(error))[:MOST_PROBLEMS]) from error
    if found := tuple(problems(mapping))[:MOST_PROBLEMS]:
        raise MappingProblemsError(found)
    return mapping


def _extended(data: dict[str, Any], find_base: FindBase) -> dict[str, Any]:
    """Put a definition over the one it extends: its own entries and columns win."""
    if "extends" not in data:
        return data
    base = find_base(str(data["extends"]))
    if base is None:
        message = "names no shipped mapping; write it as kintell-sessions@1"
        raise MappingProblemsError((Problem("extends", message),))
    own = {key: entry for key, entry in data.items() if key != "extends"}
    columns = own.get("columns", {})
    if isinstance(columns, dict):
        own["columns"] = {**base.definition["columns"], **columns}
    return base.definition | own


def _of_shape(error: ValidationError) -> Iterator[Problem]:
    for found in error.errors(include_input=False, include_url=False):
        path = ".".join(map(str, found["loc"]))[:PATH_CHARS]
        yield Problem(path, found["msg"].removeprefix("Value error, "))


def problems(mapping: Mapping) -> Iterator[Problem]:
    """Yield what in a mapping does not fit its dataset."""
    dataset = DATASETS.get(mapping.dataset)
    if dataset is None:
        yield Problem("dataset", f"no dataset is called {mapping.dataset[:60]}")
        return
    for name in mapping.columns.keys() - dataset.by_name.keys():
        yield Problem(f"columns.{name[:60]}", f"{dataset.name} has no field {name[:60]}")
    for field in dataset.fields:
        if field.required and field.name not in mapping.columns:
            yield Problem("columns", f"no column feeds the required field {field.name}")
    if all(_is_constant(mapping.columns.get(name)) for name in dataset.key):
        yield Problem("columns", f"no column feeds the key ({', '.join(dataset.key)})")
    for name in dataset.by_name.keys() & mapping.columns.keys():
        yield from _of_column(mapping, dataset, name)


def _is_constant(column: Column | None) -> bool:
    return column is not None and not column.headers


def _of_column(mapping: Mapping, dataset: Dataset[Any], name: str) -> Iterator[Problem]:
    column, rule, path = mapping.columns[name], dataset.by_name[name].rule, f"columns.{name}"
    if column.rating_scale and rule.code is not Code.RATING:
        yield Problem(f"{path}.rating_scale", f"{name} is no rating")
    parser = rule.parser(mapping.reading(name))
    for word, meaning in column.values.items():
        try:
            parser(meaning)
        except CellError as error:
            mapped = f"{word[:60]!r} is mapped to {meaning[:60]!r}"
            message = f"{mapped}, which the field does not take: it {error.message}"
            yield Problem(f"{path}.values", message)
    try:
        if column.value is not None:
            parser(column.values.get(column.value.casefold(), column.value))
    except CellError as error:
        yield Problem(f"{path}.value", f"the value {error.message}")


def as_yaml(mapping: Mapping) -> str:
    """Write a mapping as it could be sent."""
    head = {"name": mapping.name, "version": mapping.version}
    return to_yaml({**head, **mapping.definition})


def to_yaml(data: dict[str, Any]) -> str:
    """Write plain data as YAML, in its own order; read again it gives the same texts."""
    return yaml.safe_dump(
        data, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a mapping's definition."""
    shape = Mapping.model_json_schema()
    version = {**shape["properties"]["version"], "type": ["string", "integer"]}
    extends = {
        "type": "string",
        "description": "A shipped mapping and its version, as kintell-sessions@1: what this one "
        "does not state is taken from it, column by column",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **shape,
        "properties": {**shape["properties"], "version": version, "extends": extends},
    }
