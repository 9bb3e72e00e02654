"""How one file is read: its header matched with a mapping, and what the file says as a whole."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from connectors_service.datasets.base import Dataset, FileFacts
from connectors_service.errors import (
    DuplicateColumnError,
    MissingColumnsError,
    UnsupportedOptionError,
)
from connectors_service.mapping.model import Mapping
from connectors_service.reading.dialect import normalised

REPORT_COLUMNS = ("row", "reasons")
"""What the file of refused rows adds at its end; sent again, these columns are not data."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A field and the column that feeds it; `header` is its name in the file."""

    field: str
    index: int
    header: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A dataset's fields bound to the columns of one file."""

    dataset: Dataset[Any]
    mapping: Mapping
    headers: tuple[str, ...]
    feeds: tuple[Feed, ...]
    extra: tuple[tuple[str, int], ...]
    file: FileFacts

    @property
    def present(self) -> frozenset[str]:
        """The fields that the file speaks of: by a column, a value of the mapping, or another."""
        stated = (name for name, column in self.mapping.columns.items() if column.value is not None)
        fed = frozenset(feed.field for feed in self.feeds).union(stated)
        told = self.dataset.tells.items()
        return fed.union(name for name, others in told if not fed.isdisjoint(others))

    def header_of(self, field: str) -> str:
        """Name the column of a field as the file does, or as it would be expected."""
        found = next((feed.header for feed in self.feeds if feed.field == field), None)
        if found is not None:
            return found
        column = self.mapping.columns.get(field)
        return column.headers[0] if column and column.headers else field


def plan_for(
    dataset: Dataset[Any],
    mapping: Mapping,
    headers: tuple[str, ...],
    filename: str = "",
    program: str | None = None,
) -> Plan:
    """Match a header row with a mapping.

    Raises MissingColumnsError for required columns that are absent, and all that `matched` does.
    """
    plan = matched(dataset, mapping, headers, filename, program)
    _require(plan)
    return plan


def matched(
    dataset: Dataset[Any],
    mapping: Mapping,
    headers: tuple[str, ...],
    filename: str = "",
    program: str | None = None,
) -> Plan:
    """Match a header row with a mapping, whether or not required columns are there.

    Raises DuplicateColumnError for a known column that stands twice, and UnsupportedOptionError
    for a programme that the dataset does not have.
    """
    if program is not None and program not in mapping.programs:
        takes = " | ".join(mapping.programs) or "no value for this dataset"
        raise UnsupportedOptionError("program", takes)
    places = _places(headers, mapping)
    feeds = tuple(feed for name in mapping.columns if (feed := _feed(name, mapping, places)))
    used = {feed.index for feed in feeds}
    return Plan(
        dataset,
        mapping,
        headers,
        feeds,
        extra=_extra(headers, used),
        file=replace(
            file_facts(mapping, headers, filename, program),
            present=frozenset(feed.field for feed in feeds),
        ),
    )


def _extra(headers: tuple[str, ...], used: set[int]) -> tuple[tuple[str, int], ...]:
    reported = headers[-2:] == REPORT_COLUMNS
    data = headers[:-2] if reported else headers
    return tuple((h or f"column {i + 1}", i) for i, h in enumerate(data) if i not in used)


def _places(headers: tuple[str, ...], mapping: Mapping) -> dict[str, Feed]:
    names = [normalised(header) for header in headers]
    for name, times in Counter(names).items():
        if times > 1 and name in mapping.known_headers:
            raise DuplicateColumnError(headers[names.index(name)])
    return {name: Feed("", i, headers[i]) for i, name in enumerate(names)}


def _feed(field: str, mapping: Mapping, places: dict[str, Feed]) -> Feed | None:
    for header in mapping.columns[field].headers:
        if place := places.get(normalised(header)):
            return Feed(field, place.index, place.header)
    return None


def _require(plan: Plan) -> None:
    missing = tuple(
        plan.header_of(field.name)
        for field in plan.dataset.fields
        if field.required and field.name not in plan.present
    )
    if missing:
        raise MissingColumnsError(missing)


def file_facts(
    mapping: Mapping, headers: tuple[str, ...], filename: str, program: str | None
) -> FileFacts:
    """Tell what headers, file name and uploader say about the programme, in that order."""
    names = {normalised(header) for header in headers}
    folded = filename.casefold()
    return FileFacts(
        by_headers=_only(
            name
            for name, signs in mapping.programs.items()
            if names & {normalised(header) for header in signs.headers}
        ),
        otherwise=_only(
            name
            for name, signs in mapping.programs.items()
            if any(part in folded for part in signs.file_names)
        )
        or program,
        id_prefixes=tuple(
            (prefix, name)
            for name, signs in mapping.programs.items()
            for prefix in signs.id_prefixes
        ),
    )


def _only(names: Any) -> str | None:
    found = list(names)
    return found[0] if len(found) == 1 else None
