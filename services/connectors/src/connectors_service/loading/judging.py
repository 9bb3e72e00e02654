"""What becomes of the rows of a chunk: by the file alone, then by what they refer to."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from connectors_service.datasets.base import Dataset
from connectors_service.datasets.facts import Linked
from connectors_service.datasets.parents import Missing, Parent, ParentName
from connectors_service.loading.source import Block
from connectors_service.loading.survey import MOST_EQUAL, Surveyed
from connectors_service.mapping.plan import Plan
from connectors_service.mapping.rows import Accepted, Refused, RowReader
from connectors_service.repository.statements import Statements
from connectors_service.rules.codes import Code, Reason
from shared_utils.hashing import KeyedHash

Objection = Callable[[Accepted], Reason | None]


@dataclass(frozen=True, slots=True)
class Held:
    """A row that waits for the fact it hangs on."""

    row: Accepted
    name: ParentName
    reason: Reason


class Bulk(Protocol):
    """Accepted rows that were judged by whole columns, and stay so until they are staged."""

    def __len__(self) -> int: ...

    @property
    def emails(self) -> frozenset[str]:
        """The addresses that the rows mention."""
        ...

    def known_as(self) -> Iterable[ParentName]:
        """By what others' rows may name these."""
        ...

    def without(self, emails: Collection[str]) -> "tuple[Bulk, list[Accepted]]":
        """Part with the rows that mention one of these addresses."""
        ...

    def copied(self, statements: Statements, linked: Linked, keyed: KeyedHash) -> bytes:
        """What the rows state for a table, as its COPY takes it."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A chunk's rows; `repeated` counts those that only say again what another row says.

    `nth` is the how many-th of its key a row is, where keys are weak, from the second on. `bulk`
    holds rows that are accepted beside those of `accepted`.
    """

    first_row: int
    next_row: int
    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]
    repeated: int = 0
    held: tuple[Held, ...] = ()
    nth: Mapping[int, int] = field(default_factory=dict)
    bulk: Bulk | None = None

    @property
    def taken(self) -> int:
        """How many rows are accepted."""
        return len(self.accepted) + (len(self.bulk) if self.bulk else 0)

    def with_bulk(self, bulk: Bulk) -> "Judged":
        """Add rows that columns have judged."""
        return replace(self, bulk=bulk if len(bulk) else None)

    def parted(self, emails: Collection[str]) -> "Judged":
        """Have the rows that mention one of these addresses stand alone."""
        if self.bulk is None or not emails:
            return self
        bulk, rows = self.bulk.without(emails)
        accepted = sorted((*self.accepted, *rows), key=lambda row: row.row)
        return replace(self, accepted=tuple(accepted)).with_bulk(bulk)


def judge(block: Block, reader: RowReader, surveyed: Surveyed) -> Judged:
    """Judge each row of a chunk by the rules, and by what the whole file says about its key."""
    return judge_some(block, reader, surveyed, (block[0][0], block[-1][0] + 1))


def judge_some(
    block: Block, reader: RowReader, surveyed: Surveyed, chunk: tuple[int, int]
) -> Judged:
    """Judge some rows of the chunk that begins at the first row and ends before the second."""
    accepted, refused, repeated = [], [], 0
    for row, cells in block:
        judged = reader.judge(row, cells)
        if row in surveyed.conflicting:
            refused.append(_conflicting(judged, reader.plan))
        elif isinstance(judged, Refused):
            refused.append(judged)
        elif surveyed.nth.get(row, 1) > MOST_EQUAL:
            refused.append(Refused(row, cells, (_one_too_many(reader.plan),)))
        elif row in surveyed.repeated:
            repeated += 1
        else:
            accepted.append(judged)
    return Judged(
        *chunk,
        tuple(accepted),
        tuple(refused),
        repeated,
        nth={row: surveyed.nth[row] for row, _ in block if row in surveyed.nth},
    )


def _one_too_many(plan: Plan) -> Reason:
    header = plan.header_of(plan.dataset.key[0])
    message = f"More than {MOST_EQUAL} rows of the file have this key."
    return Reason(Code.REPEATED_KEY, header, message)


def _conflicting(judged: Accepted | Refused, plan: Plan) -> Refused:
    header = plan.header_of(plan.dataset.key[0])
    message = "Another row of the file has the same key and different content; keep one of them."
    others = judged.reasons if isinstance(judged, Refused) else ()
    return Refused(judged.row, judged.cells, (Reason(Code.REPEATED_KEY, header, message), *others))


def object_to(judged: Judged, objections: Iterable[Objection]) -> Judged:
    """Refuse the accepted rows that one of the objections speaks against."""
    raised = list(objections)
    accepted, refused = [], list(judged.refused)
    for row in judged.accepted:
        found = (reason for objection in raised if (reason := objection(row)))
        reasons = tuple(dict.fromkeys(found))
        if reasons:
            refused.append(Refused(row.row, row.cells, reasons))
        else:
            accepted.append(row)
    return _with(judged, accepted, refused)


def _with(
    judged: Judged,
    accepted: Iterable[Accepted],
    refused: Iterable[Refused],
    held: Iterable[Held] = (),
) -> Judged:
    in_order = tuple(sorted(refused, key=lambda row: row.row))
    return replace(judged, accepted=tuple(accepted), refused=in_order, held=tuple(held))


def part_orphans(plan: Plan, judged: Judged, found: Collection[int], *, hold: bool) -> Judged:
    """Refuse or hold the accepted rows whose parent was not found; with `hold` all are held."""
    parent: Parent[Any] | None = plan.dataset.parent
    orphans = [row for row in judged.accepted if row.row not in found] if parent else []
    if parent is None or not orphans:
        return judged
    accepted = [row for row in judged.accepted if row.row in found]
    missing = [(row, _orphaned(plan, parent, row)) for row in orphans]
    if hold or parent.missing is Missing.HOLD:
        held = [Held(row, parent.name(row.record), reason) for row, reason in missing]
        return _with(judged, accepted, judged.refused, held)
    refused = [Refused(row.row, row.cells, (reason,)) for row, reason in missing]
    return _with(judged, accepted, [*judged.refused, *refused])


def _orphaned(plan: Plan, parent: Parent[Any], row: Accepted) -> Reason:
    header = plan.header_of(parent.fields(row.record))
    message = f"{header} names no {parent.title} that is known here."
    return Reason(Code.UNKNOWN_REFERENCE, header, message)


def unknown_company(plan: Plan, companies: Mapping[str, UUID], *, own: bool) -> Objection:
    """Object to rows whose company does not exist; with `own`, to all but the caller's own."""
    header = plan.header_of("company_id")

    def objection(row: Accepted) -> Reason | None:
        keys = list(plan.dataset.companies(row.record))
        if (keys or not own) and all(key in companies for key in keys):
            return None
        message = "names no company that exists and that you may import for"
        return Reason(Code.UNKNOWN_REFERENCE, header, f"{header} {message}.")

    return objection


def erased_person(dataset: Dataset[Any], erased: frozenset[str]) -> Objection:
    """Object to rows about people who were erased."""

    def objection(row: Accepted) -> Reason | None:
        if erased.isdisjoint(dataset.emails(row.record)):
            return None
        message = "A person of this row was erased; an administrator can lift that."
        return Reason(Code.ERASED, None, message)

    return objection


def taken_value(plan: Plan, field: str, held: dict[Any, Any]) -> Objection:
    """Object to rows that claim a value which another fact has; the first claim holds.

    New claims are added to `held`: of a dry run, whose chunks leave no trace, it outlasts a chunk.
    """
    key = plan.dataset.key[0]

    def objection(row: Accepted) -> Reason | None:
        value = getattr(row.record, field)
        claimant = getattr(row.record, key)
        if value is None or held.setdefault(value, claimant) == claimant:
            return None
        header = plan.header_of(field)
        return Reason(Code.TAKEN, header, f"{header} belongs to another record.")

    return objection
