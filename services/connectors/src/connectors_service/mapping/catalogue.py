"""The shipped mappings, read from YAML and checked against their datasets at start."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from connectors_service.errors import BrokenMappingError, UnknownMappingError
from connectors_service.mapping import definition
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.plan import REPORT_COLUMNS

Mappings = dict[tuple[str, str], Mapping]


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
    """Read one shipped mapping, which extends none; raises BrokenMappingError naming the file."""
    try:
        return definition.read(text, lambda _: None)
    except definition.MappingProblemsError as error:
        raise BrokenMappingError(name, str(error)) from error


def shipped_as(reference: str) -> Mapping | None:
    """Return the shipped mapping of `name@version`, or None."""
    name, _, version = reference.partition("@")
    return shipped().get((name, version))


def mapping_for(dataset: str, name: str | None, version: str | None = None) -> Mapping:
    """Return a shipped mapping, the newest version unless told; by default the dataset's own.

    Raises UnknownMappingError.
    """
    found = find_shipped(dataset, name or dataset, version)
    if found is None:
        raise UnknownMappingError(tuple(sorted(mapping_names(dataset))))
    return found


def find_shipped(dataset: str, name: str, version: str | None = None) -> Mapping | None:
    """Return a shipped mapping, the newest version unless told; None if there is none."""
    found = [
        mapping
        for mapping in shipped().values()
        if (mapping.dataset, mapping.name) == (dataset, name) and version in (None, mapping.version)
    ]
    return max(found, key=lambda mapping: int(mapping.version), default=None)


def mapping_names(dataset: str) -> set[str]:
    """Return the names of a dataset's shipped mappings."""
    return {mapping.name for mapping in shipped().values() if mapping.dataset == dataset}


def known_headers(dataset: str) -> frozenset[str]:
    """Return all normalised column names by which a file of the dataset can be recognised.

    Those that the file of refused rows adds are among them, whatever language its others are in.
    """
    return frozenset(REPORT_COLUMNS).union(
        *(mapping.known_headers for mapping in shipped().values() if mapping.dataset == dataset)
    )
