"""What a dry run finds beside its counts: the people who would be new."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors_service.mapping.rows import Accepted

ROWS_SHOWN = 20


@dataclass
class Findings:
    """Gathers over all chunks of a dry run; memory is that of the new people's marks."""

    new_people: set[int] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)

    def meet(
        self,
        rows: Iterable[Accepted],
        emails: Callable[[Any], Iterable[str]],
        unknown: Collection[str],
    ) -> None:
        """Note the rows that are the first to name someone whom no one knows yet."""
        for row in rows if unknown else ():
            marks = {hash(email) for email in emails(row.record) if email in unknown}
            if marks - self.new_people and len(self.rows) < ROWS_SHOWN:
                self.rows.append(row.row)
            self.new_people |= marks

    def shown(self) -> dict[str, Any]:
        """Return the findings as the import's report holds them: rows, and nobody's address."""
        return {"would": {"people": {"new": len(self.new_people), "rows": self.rows}}}
