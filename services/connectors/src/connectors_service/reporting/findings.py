"""What a dry run finds beside its counts: who would be new, and what would change."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from connectors_service.mapping.rows import Accepted
from connectors_service.reporting.figures import MovedFigures

ROWS_SHOWN = 20
CHANGES_SHOWN = 20


@dataclass
class Findings:
    """Gathers over all chunks of a dry run; memory is that of the new people's marks.

    `fields` counts changed facts by kind and field, `changes` are the first of them. `newcomers`
    are the new people of the chunk at hand, by the domain of their address.
    """

    new_people: set[int] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)
    newcomers: Mapping[UUID, str] = field(default_factory=dict)
    figures: MovedFigures | None = None
    fields: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    changes: list[dict[str, Any]] = field(default_factory=list)

    def meet(
        self,
        rows: Iterable[Accepted],
        emails: Callable[[Any], Iterable[str]],
        unknown: Mapping[str, UUID],
    ) -> None:
        """Note the rows that are the first to name someone whom no one knows yet."""
        self.newcomers = {who: email.rpartition("@")[2] for email, who in unknown.items()}
        for row in rows if unknown else ():
            marks = {hash(email) for email in emails(row.record) if email in unknown}
            if marks - self.new_people and len(self.rows) < ROWS_SHOWN:
                self.rows.append(row.row)
            self.new_people |= marks

    def change(
        self, record: str, fields: Mapping[str, int], first: Iterable[Mapping[str, Any]]
    ) -> None:
        """Note what changes of the facts of one kind, in all and the first ones."""
        self.fields[record].update(fields)
        self.changes += [{"record": record, **one} for one in first]

    @property
    def room(self) -> int:
        """How many more changes are shown."""
        return CHANGES_SHOWN - len(self.changes)

    def shown(self) -> dict[str, Any]:
        """Return the findings as the import's report holds them: rows, and nobody's address."""
        fields = {record: dict(sorted(counts.items())) for record, counts in self.fields.items()}
        return {
            "would": {
                "people": {"new": len(self.new_people), "rows": self.rows},
                "changes": {"fields": fields, "first": self.changes},
                "figures": self.figures.shown() if self.figures else [],
            }
        }
