"""The shipped mappings, read from YAML and checked against their datasets at start."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import yaml
from pydantic import ValidationError

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.errors import BrokenMappingError, UnknownMappingError
from connectors_service.mapping.model import Column, Mapping
from connectors_service.rules.codes import CellError
from connectors_service.rules.rule import Reading

Mappings = dict[tuple[str, int], Mapping]


@cache
def shipped() -> Mappings:
    """Return all mappings by name and version; raises BrokenMappingError with the file named."""
    return {(mapping.name, mapping.version): mapping for mapping in _read_all()}


def _read_all() -> Iterator[Mapping]:
    folder = files("connectors_service") / "mappings"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield parse(file.name, file.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Mapping:
    """Read one mapping; raises BrokenMappingError naming what is wrong."""
    try:
        mapping = Mapping.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise BrokenMappingError(name, str(error)) from error
    for problem in problems(mapping):
        raise BrokenMappingError(name, problem)
    return mapping


def problems(mapping: Mapping) -> Iterator[str]:
    """Yield what in a mapping does not fit its dataset."""
    dataset = DATASETS.get(mapping.dataset)
    if dataset is None:
        yield f"no dataset is called {mapping.dataset}"
        return
    for name in mapping.columns.keys() - dataset.by_name.keys():
        yield f"{mapping.dataset} has no field {name}"
    for field in dataset.fields:
        if field.required and field.name not in mapping.columns:
            yield f"no column feeds the required field {field.name}"
    for name in mapping.columns.keys() & dataset.by_name.keys():
        yield from _bad_words(mapping, name)


def _bad_words(mapping: Mapping, name: str) -> Iterator[str]:
    column: Column = mapping.columns[name]
    parser = DATASETS[mapping.dataset].by_name[name].rule.parser(Reading(mapping.calendar))
    for word, meaning in column.values.items():
        try:
            parser(meaning)
        except CellError:
            yield f"{name}: {word!r} is mapped to {meaning!r}, which the field does not take"


def mapping_for(dataset: str, name: str | None, version: int | None = None) -> Mapping:
    """Return a mapping, the newest version unless told; by default the one named as its dataset.

    Raises UnknownMappingError.
    """
    wanted = name or dataset
    found = [
        mapping
        for mapping in shipped().values()
        if (mapping.dataset, mapping.name) == (dataset, wanted)
        and version in (None, mapping.version)
    ]
    if not found:
        raise UnknownMappingError(tuple(sorted(mapping_names(dataset))))
    return max(found, key=lambda mapping: mapping.version)


def mapping_names(dataset: str) -> set[str]:
    """Return the names of a dataset's mappings."""
    return {mapping.name for mapping in shipped().values() if mapping.dataset == dataset}


def known_headers(dataset: str) -> frozenset[str]:
    """Return all normalised column names by which a file of the dataset can be recognised."""
    return frozenset().union(
        *(mapping.known_headers for mapping in shipped().values() if mapping.dataset == dataset)
    )
