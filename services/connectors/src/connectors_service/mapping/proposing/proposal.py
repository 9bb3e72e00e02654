"""A mapping proposed for a file whose columns no mapping knows; it is never used unasked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors_service.datasets.base import Dataset
from connectors_service.mapping.definition import to_yaml
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.proposing.evidence import (
    ORDERS,
    Sampled,
    takes,
)
from connectors_service.mapping.proposing.scoring import (
    CLOSE,
    ENOUGH,
    SURE,
    Fit,
    Fits,
    all_fits,
    assigned,
)
from connectors_service.reading.dialect import normalised
from connectors_service.reading.structure import Record
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from connectors_service.rules.dates import Calendar, DateOrder

SAMPLE_CELLS, FEWEST_CELLS = 100, 20
ALL_CELLS = 3000
"""So many cells of a column are looked at; of a file with many columns, fewer."""
MOST_ALTERNATIVES = 3
UTC_NAME = "UTC"
_CLOCK = re.compile(r"\d:\d\d")
_OFFSET = re.compile(r"\d(?:Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another field that a column may feed."""

    field: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """What a column is taken for; with a `doubt` it is shown, but not part of the mapping."""

    header: str
    index: int
    field: str | None
    confidence: float
    reason: str
    doubt: str | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacking:
    """A required field that no column is beyond doubt for, and why."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to confirm: `definition` holds what is sure, `text` shows the doubtful too.

    It is `complete` if every required field has a column that is beyond doubt.
    """

    columns: tuple[ProposedColumn, ...]
    missing: tuple[str, ...]
    doubtful: tuple[str, ...]
    notes: tuple[str, ...]
    definition: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    lacking: tuple[Lacking, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it can be used as it stands."""
        return not self.missing


def sampled(headers: Sequence[str], rows: Sequence[Record]) -> list[Sampled]:
    """Return the columns with the first of their cells that are not empty."""
    most = max(FEWEST_CELLS, min(SAMPLE_CELLS, ALL_CELLS // max(len(headers), 1)))
    return [
        Sampled(header, index, tuple(cells_of(index, rows)[:most]))
        for index, header in enumerate(headers)
    ]


def cells_of(index: int, rows: Sequence[Record]) -> list[str]:
    """Return a column's cells that are not empty."""
    return [cell for row in rows if index < len(row) and (cell := row[index].strip())]


def propose(
    dataset: Dataset[Any], mapping: Mapping, headers: Sequence[str], rows: Sequence[Record]
) -> Proposal:
    """Propose a mapping for a file from its header and first rows; `mapping` is the usual one."""
    columns = [column for column in sampled(headers, rows) if normalised(column.header)]
    fits = all_fits(dataset, mapping, columns)
    chosen = assigned(fits)
    by_index = {index: name for name, index in chosen.items()}
    proposed = tuple(
        _proposed(column, by_index.get(column.index), fits, chosen) for column in columns
    )
    sure = {item.field: item for item in proposed if item.field and item.doubt is None}
    missing = tuple(f.name for f in dataset.fields if f.required and f.name not in sure)
    order, notes = _date_order(dataset, mapping, columns, sure)
    definition = _definition(mapping, fits, sure, order)
    if asked := local_times(dataset, mapping, columns, sure):
        notes, definition = (*notes, asked), {**definition, "time_zone": UTC_NAME}
    doubtful = tuple(item.header for item in proposed if item.doubt)
    lacking = tuple(Lacking(name, _why(dataset, name, proposed)) for name in missing)
    text = _text(definition, proposed)
    return Proposal(proposed, missing, doubtful, notes, definition, text, lacking)


def _why(dataset: Dataset[Any], name: str, proposed: Sequence[ProposedColumn]) -> str:
    """Say why no column feeds a required field, and what would."""
    near = [item for item in proposed if item.doubt and name in _wanted(item)]
    if near:
        likely = "; ".join(f"{item.header} may be it, but {item.doubt}" for item in near)
        return f"{likely}: name the right one in the mapping"
    wanted = dataset.by_name[name].description
    return f"no column has a name or cells like it ({wanted}): add one, or a value in the mapping"


def _wanted(item: ProposedColumn) -> set[str | None]:
    return {item.field, *(other.field for other in item.alternatives)}


def local_times(
    dataset: Dataset[Any],
    mapping: Mapping,
    columns: Sequence[Sampled],
    sure: dict[str, ProposedColumn],
) -> str | None:
    """Ask for the time zone where times have no offset and the mapping has no other than UTC."""
    if mapping.time_zone not in (None, UTC_NAME):
        return None
    moments = {sure[n].index for n in sure if dataset.by_name[n].rule is rule.MOMENT}
    local = [
        column.header
        for column in columns
        if column.index in moments
        and any(_CLOCK.search(c) for c in column.cells)
        and not any(_OFFSET.search(c) for c in column.cells)
    ]
    if not local:
        return None
    return (
        f"the times of {', '.join(local)} have no offset and are taken as UTC: if they are local,"
        " state time_zone, such as Europe/Berlin"
    )


def _proposed(
    column: Sampled, name: str | None, fits: Fits, chosen: dict[str, int]
) -> ProposedColumn:
    others = _alternatives(column.index, name, fits)
    if name is None:
        return _left_over(column, fits, chosen, others)
    fit = fits[column.index, name]
    return ProposedColumn(
        column.header,
        column.index,
        name,
        round(fit.score, 2),
        "; ".join(filter(None, fit.reasons)),
        _doubt(column.index, name, fits, chosen),
        others,
    )


def _left_over(
    column: Sampled, fits: Fits, chosen: dict[str, int], others: tuple[Alternative, ...]
) -> ProposedColumn:
    """Show a column that feeds nothing; one whose cells a missing field asks for is a doubt."""
    wanted = [
        name
        for (place, name), fit in fits.items()
        if place == column.index and name not in chosen and fit.telling
    ]
    if not wanted:
        reason = "no field is near enough: its cells are kept as extra"
        return ProposedColumn(column.header, column.index, None, 0.0, reason, None, others)
    guesses = tuple(Alternative(n, round(fits[column.index, n].score, 2)) for n in wanted)
    reason = fits[column.index, wanted[0]].content.reason
    doubt = "its cells would do, its name does not tell"
    return ProposedColumn(column.header, column.index, None, 0.0, reason, doubt, guesses)


def _alternatives(index: int, name: str | None, fits: Fits) -> tuple[Alternative, ...]:
    found = sorted(
        (
            (-fit.score, field)
            for (place, field), fit in fits.items()
            if place == index and field != name and fit.score >= ENOUGH
        ),
    )
    return tuple(Alternative(field, round(-score, 2)) for score, field in found[:MOST_ALTERNATIVES])


def _doubt(index: int, name: str, fits: Fits, chosen: dict[str, int]) -> str | None:
    """Say why an assignment is doubtful: it is weak, or another is as good."""
    score = fits[index, name].score
    if score < SURE:
        return "little speaks for it"
    holds = {place: held for held, place in chosen.items()}
    for (place, other), fit in fits.items():
        if fit.score <= score - CLOSE or (place == index) == (other == name):
            continue
        if place == index and _is_open(fits, chosen.get(other), other, fit.score):
            return f"it may be {other} as well"
        if place != index and _is_open(fits, place, holds.get(place), fit.score):
            return "another column fits this field as well"
    return None


def _is_open(fits: Fits, index: int | None, name: str | None, score: float) -> bool:
    """Whether a column or field is held by nothing that fits it clearly better."""
    return index is None or name is None or fits[index, name].score < score + CLOSE


def _date_order(
    dataset: Dataset[Any],
    mapping: Mapping,
    columns: Sequence[Sampled],
    sure: dict[str, ProposedColumn],
) -> tuple[DateOrder | None, tuple[str, ...]]:
    """Tell day-first from month-first by cells that can be read one way only."""
    cells = [
        cell
        for column in columns
        for name, item in sure.items()
        if item.index == column.index and dataset.by_name[name].rule.code is Code.DATE
        for cell in column.cells
    ]
    return date_order_of(cells, mapping)


def date_order_of(
    cells: Sequence[str], mapping: Mapping
) -> tuple[DateOrder | None, tuple[str, ...]]:
    """Return the order of day and month that a column's cells tell, and what to say about it."""
    calendar = mapping.calendar
    if calendar.order or not cells:
        return calendar.order, ()
    day, month = (
        {cell for cell in cells if takes(Calendar(calendar.zone, order).moment, cell)}
        for order in ORDERS
    )
    open_ones = [cell for cell in day & month if not takes(calendar.moment, cell)]
    if not open_ones:
        return None, ()
    if day - month and month - day:
        return None, ("some dates can only be read day first, others only month first",)
    if day == month:
        return None, (
            "dates such as 03/04/2025 can be read two ways and nothing tells which: state "
            "date_order: day_first or month_first",
        )
    order: DateOrder = "day_first" if day - month else "month_first"
    only = sum(cell in day ^ month for cell in cells)
    words = order.replace("_", " ")
    return order, (f"{only} of {len(cells)} dates can only be read {words}, so all are",)


def _definition(
    mapping: Mapping, fits: Fits, sure: dict[str, ProposedColumn], order: DateOrder | None
) -> dict[str, Any]:
    usual = mapping.definition
    columns = {
        name: _column(mapping, name, item, fits[item.index, name]) for name, item in sure.items()
    }
    shared = _shared(mapping, fits, sure)
    kept = {key: usual[key] for key in _KEPT if key in usual}
    if order:
        kept["date_order"] = order
    return {
        "name": f"{mapping.name[:50]}-proposed",
        "dataset": mapping.dataset,
        "description": "Proposed from the names and cells of a file's columns.",
        **kept,
        "columns": columns | shared,
    }


_KEPT = ("time_zone", "date_order", "rating_scale", "decimal", "default_region", "programs")


def _column(mapping: Mapping, name: str, item: ProposedColumn, fit: Fit) -> dict[str, Any]:
    known = mapping.columns[name].values if name in mapping.columns else {}
    words = {**known, **fit.content.words}
    return {"headers": [item.header], **({"values": words} if words else {})}


def _shared(
    mapping: Mapping, fits: Fits, sure: dict[str, ProposedColumn]
) -> dict[str, dict[str, Any]]:
    """Return fields that the usual mapping feeds from the same column as a proposed one."""
    found: dict[str, dict[str, Any]] = {}
    for name, item in sure.items():
        alias = fits[item.index, name].named.alias
        for other, column in mapping.columns.items():
            if other not in sure and alias in column.headers and other != alias:
                found[other] = {"headers": [item.header]}
    return found


def _text(definition: dict[str, Any], proposed: Sequence[ProposedColumn]) -> str:
    """Write the proposal as YAML; what is doubtful stands behind it as comments."""
    return to_yaml(definition) + "".join(_comments(proposed))


def _comments(proposed: Sequence[ProposedColumn]) -> Iterator[str]:
    for item in proposed:
        if item.doubt:
            options = [*filter(None, [item.field]), *(other.field for other in item.alternatives)]
            column = to_yaml({"headers": [item.header]}).strip().replace("\n", " ")
            yield f"  # doubtful ({item.doubt}): {' or '.join(options)}:\n"
            yield f"  #   {column}\n"
