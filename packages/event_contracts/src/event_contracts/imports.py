"""Imports: what a file did, and what undoing it did."""

from uuid import UUID

from event_contracts.event import Event
from event_contracts.fields import Count, Slug


class ImportCompleted(Event, type="imports.import.completed.v1", about="import_id"):
    """A file was taken in; `read` is the sum of the other counts."""

    import_id: UUID
    dataset: Slug
    read: Count
    created: Count
    updated: Count
    unchanged: Count
    refused: Count
    held: Count


class ImportUndone(Event, type="imports.import.undone.v1", about="import_id"):
    """An import was taken back, fact by fact."""

    import_id: UUID
    restored: Count
    removed: Count
    kept: Count
    refused: Count
