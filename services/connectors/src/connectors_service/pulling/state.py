"""Where a source's pull stands, as the source keeps it: enough to go on after any crash."""

from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from connectors_service.pulling.paging import Place
from shared_schema.tables.imports import Source


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull under way.

    `place` is the next page to ask for, None behind the last. `asked` pages were read, of which
    `stored` became pieces of the upload with `records` in `size` bytes. `since` is what the whole
    pull asks from, `seen` the greatest value of the incremental field so far. `mark` tells the
    last page's content, `repeats` how often it came again, `tail` its last records, by which a
    page that begins with them is known to have moved; `failures` in a row led to waiting.
    """

    import_id: UUID
    place: Place | None
    since: str | None
    seen: str | None
    asked: int = 0
    stored: int = 0
    records: int = 0
    size: int = 0
    mark: str = ""
    repeats: int = 0
    tail: tuple[str, ...] = ()
    failures: int = 0
    on_demand: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the source keeps it."""
        return {**asdict(self), "import_id": str(self.import_id)}


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a source remembers: `since`, the greatest value that completed imports have seen.

    Beside it the pull under way, or the import that is being loaded with what it has seen.
    """

    since: str | None = None
    pull: Pull | None = None
    loading: UUID | None = None
    loading_seen: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the source keeps it."""
        return {
            "since": self.since,
            "pull": self.pull.as_json() if self.pull else None,
            "loading": str(self.loading) if self.loading else None,
            "loading_seen": self.loading_seen,
        }

    def settled(self, status: str | None) -> "Cursor":
        """Return the cursor once the import it waits for is over: only a completed one counts.

        One that was undone since counts too: taken back is not to come again by itself.
        """
        since = self.loading_seen if status in ("completed", "undone") else self.since
        return replace(self, since=since, loading=None, loading_seen=None)


def cursor_of(source: Source) -> Cursor:
    """Return what a source remembers."""
    kept = source.cursor
    loading = kept.get("loading")
    return Cursor(
        kept.get("since"),
        _pull(kept.get("pull")),
        UUID(loading) if loading else None,
        kept.get("loading_seen"),
    )


def _pull(kept: dict[str, Any] | None) -> Pull | None:
    if kept is None:
        return None
    place = Place(**kept["place"]) if kept["place"] else None
    tail = tuple(kept.get("tail", ()))
    return Pull(**{**kept, "import_id": UUID(kept["import_id"]), "place": place, "tail": tail})
