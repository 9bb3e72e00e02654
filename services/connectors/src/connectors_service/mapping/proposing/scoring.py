"""How well each column fits each field, and the one-to-one assignment with the best total."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors_service.datasets.base import Dataset, Field
from connectors_service.mapping.model import Mapping
from connectors_service.mapping.proposing.evidence import (
    FITS,
    LOOSE,
    MISFITS,
    NUMBERS,
    Content,
    Named,
    Sampled,
    common_prefix,
    content_evidence,
    name_evidence,
    names_of,
)
from connectors_service.rules.codes import Code

ENOUGH = 0.5
"""A fit below this is not proposed."""
SURE = 0.65
"""A fit below this is proposed as doubtful."""
CLOSE = 0.1
"""Two fits this near each other cannot be told apart."""
BY_CONTENT_ALONE = 0.75
NAME_SHARE, NAME_SHARE_OF_NUMBERS = 0.7, 0.85
AGAINST = 0.4
MOST_COLUMNS = 200
Place = tuple[int, str]
"""A column's index and a field's name."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a column fits a field, 0-1, and all that speaks for it."""

    score: float
    named: Named
    content: Content
    reasons: tuple[str, ...]
    telling: bool = False
    """Whether a required field's kind is plain to see in the cells."""


Fits = dict[Place, Fit]


def all_fits(dataset: Dataset[Any], mapping: Mapping, columns: Sequence[Sampled]) -> Fits:
    """Judge every column for every field; the pairs that nothing speaks for are left out."""
    prefix = common_prefix([column.header for column in columns])
    contents = Contents(mapping)
    fits = {
        (column.index, field.name): _fit(
            column,
            field,
            dataset,
            name_evidence(column.header, names_of(field, mapping), prefix),
            contents.of(column, field),
        )
        for column in columns[:MOST_COLUMNS]
        for field in dataset.fields
    }
    _reward_the_only_ones(fits, dataset)
    return {place: fit for place, fit in fits.items() if fit.score > 0.0 or fit.telling}


class Contents:
    """What cells say, looked at once for all fields with the same rule and reading."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._known: dict[Any, Content] = {}

    def of(self, column: Sampled, field: Field) -> Content:
        """Return how many of a column's cells a field takes."""
        mapped = self._mapping.columns.get(field.name)
        words = tuple(mapped.values.items()) if mapped else ()
        place = column.index, field.rule, words, mapped and mapped.date_order
        if place not in self._known:
            self._known[place] = content_evidence(column, field, self._mapping)
        return self._known[place]


def _fit(
    column: Sampled, field: Field, dataset: Dataset[Any], named: Named, content: Content
) -> Fit:
    score = _score(named.score, content.share, field)
    reasons = [named.reason] if named.score >= ENOUGH else []
    reasons += [content.reason] if content.reason else []
    if field.rule.code in LOOSE and column.looks_like in (Code.EMAIL, Code.DATE):
        score *= AGAINST
    if dataset.key == (field.name,) and len(column.cells) > 1:
        score, why = _as_key(score, column.distinct)
        reasons += [why]
    loose = field.rule.code in LOOSE | NUMBERS
    telling = field.required and not loose and (content.share or 0.0) >= FITS
    return Fit(score, named, content, tuple(reasons), telling)


def _score(name: float, share: float | None, field: Field) -> float:
    if share is None or field.rule.code in LOOSE:
        return name * (1.0 if share is None or share >= FITS else AGAINST)
    if share < MISFITS:
        return name * AGAINST
    weight = NAME_SHARE_OF_NUMBERS if field.rule.code in NUMBERS else NAME_SHARE
    return weight * name + (1 - weight) * share


def _as_key(score: float, distinct: float) -> tuple[float, str]:
    if distinct >= FITS:
        return min(score + 0.1, 1.0) if score else 0.0, "its values differ from row to row"
    return (score, "") if distinct > MISFITS else (score * AGAINST, "its values repeat")


def _reward_the_only_ones(fits: Fits, dataset: Dataset[Any]) -> None:
    """Where just one column's cells are what just one field asks for, no name is needed."""
    for field in dataset.fields:
        code = field.rule.code
        if code in LOOSE | NUMBERS or sum(item.rule.code is code for item in dataset.fields) > 1:
            continue
        fitting = [
            place
            for place, fit in fits.items()
            if place[1] == field.name and (fit.content.share or 0.0) >= FITS
        ]
        if len(fitting) == 1:
            fits[fitting[0]] = _rewarded(fits[fitting[0]])


def _rewarded(fit: Fit) -> Fit:
    if fit.score >= BY_CONTENT_ALONE:
        return fit
    reasons = (*fit.reasons, "no other column and no other field is of this kind")
    return replace(fit, score=BY_CONTENT_ALONE, reasons=reasons)


def assigned(fits: Table[Place, Fit]) -> dict[str, int]:
    """Return field -> column, one to one, with the best total of fits; ties go to the left.

    Greedy by fit, then bettered by exchanges until none helps.
    """
    chosen: dict[str, int] = {}
    taken: set[int] = set()
    worth = {place: fit.score for place, fit in fits.items() if fit.score >= ENOUGH}
    for column, field in sorted(worth, key=lambda place: (-worth[place], place)):
        if field not in chosen and column not in taken:
            chosen[field] = column
            taken.add(column)
    while exchange := _better(chosen, worth):
        chosen |= exchange
    return chosen


def _better(chosen: dict[str, int], worth: Table[Place, float]) -> dict[str, int] | None:
    """Return an exchange of columns between fields that raises the total, if there is one."""
    fields = sorted({field for _, field in worth})
    for one in sorted(chosen):
        for other in fields:
            if one == other:
                continue
            swap = _swap(chosen, worth, one, other)
            if swap is not None:
                return swap
    return None


def _swap(
    chosen: dict[str, int], worth: Table[Place, float], one: str, other: str
) -> dict[str, int] | None:
    mine, theirs = chosen[one], chosen.get(other)
    free = [c for c, f in worth if f == one and c not in chosen.values()]
    back = [theirs] if theirs is not None else free
    now = worth[mine, one] + (worth[theirs, other] if theirs is not None else 0.0)
    for column in back:
        then = worth.get((mine, other)), worth.get((column, one))
        if None not in then and sum(then) > now + 1e-9:  # type: ignore[arg-type]
            return {other: mine, one: column}
    return None
