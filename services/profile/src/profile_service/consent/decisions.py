"""What the statements of everyone who counts as one person come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of `program.consents`: what a source person said of a purpose.

    `effective_at` is from when it holds, `recorded_at` when Waymark heard of it.
    """

    person_id: UUID
    purpose: str
    revision: int
    state: str
    effective_at: datetime
    recorded_at: datetime

    @property
    def order(self) -> tuple[datetime, int]:
        """The later holds: by its own time, and of one time the one recorded later."""
        return self.effective_at, self.revision


def in_force(
    canonical: UUID,
    merged_at: Mapping[UUID, datetime],
    statements: Iterable[Statement],
    *,
    default: bool,
) -> bool:
    """Whether one purpose is allowed by a canonical person and all who count as them.

    Of each source person the last statement speaks, and of several the stricter wins; but whoever
    was merged away (`merged_at`) no longer speaks where the person who stayed has spoken since.
    Without any statement `default` holds. `program.settle_consents` does the same in the database.
    """
    last = _last(statements)
    own = last.get(canonical)
    speaking = [
        said for person, said in last.items() if not _is_replaced(merged_at.get(person), own)
    ]
    return all(said.state == GIVEN for said in speaking) if speaking else default


def standing(statements: Sequence[Statement]) -> Statement | None:
    """The statement of one person that holds; None where there is none."""
    return max(statements, key=lambda said: said.order, default=None)


def _last(statements: Iterable[Statement]) -> dict[UUID, Statement]:
    last: dict[UUID, Statement] = {}
    for said in statements:
        known = last.get(said.person_id)
        if known is None or known.order < said.order:
            last[said.person_id] = said
    return last


def _is_replaced(merged_at: datetime | None, own: Statement | None) -> bool:
    return merged_at is not None and own is not None and own.recorded_at > merged_at
