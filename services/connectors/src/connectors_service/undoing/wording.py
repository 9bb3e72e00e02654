"""The words in which an undo is told to a coordinator."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors_service.undoing.fates import Why
from connectors_service.undoing.schemas import Holder, RowLeft

NOTE = (
    "People whom only this import knew stay as provisional people without records; "
    "an administrator can erase them."
)
REMOVED = "Nobody else states it: it is removed."
MESSAGES: Mapping[Why, str] = {
    Why.ASSERTED: "Another import states it too, so it stays.",
    Why.CHANGED_SINCE: "Another import changed it later, and its values stay.",
    Why.CHANGED_OUTSIDE: "It was changed since by something other than an import. Put it right, "
    "then undo again.",
    Why.NEEDED: "Other records hang on it, such as ratings that another import brought. Undo "
    "those first, then undo again.",
    Why.FORGOTTEN: "What stood there before is no longer kept.",
    Why.UNTOLD: "Another import states it too, but had to yield to this one. Undo that import as "
    "well, or send its file again afterwards.",
    Why.ERASED: "It would bring back data of a person who was erased.",
    Why.TAKEN: "What stood there before belongs to another record by now.",
}


Stay = tuple[int, str, str, str | None, UUID | None, datetime | None]
"""A record that stays: its row, kind and fate, why, by which import, and since when."""


def row_left(stay: Stay, uploaders: Mapping[UUID, Any]) -> RowLeft:
    """Word why a record stays, and because of whom."""
    row, record, fate, why, by, at = stay
    known = uploaders.get(by) if by else None
    holder = None
    if known is not None:
        holder = Holder(
            role=known.uploaded_role, import_id=known.import_id, subject=known.uploaded_by
        )
    elif by is not None:
        holder = Holder(role=None)
    since = at or (known.finished_at if known is not None else None)
    message = MESSAGES[Why(why)] if why else ""
    return RowLeft(
        row=row, record=record, fate=fate, code=why, message=message, by=holder, at=since
    )


def csv_rows(rows: Iterable[RowLeft]) -> Iterable[list[str]]:
    """Yield the lines of the file of what stayed."""
    for one in rows:
        by = one.by
        who = [by.role or "", by.subject or "", str(by.import_id or "")] if by else ["", "", ""]
        at = one.at.isoformat() if one.at else ""
        yield [str(one.row), one.record, one.fate, one.code or "", one.message, *who, at]


CSV_HEADER = ["row", "record", "fate", "code", "message", "role", "subject", "import_id", "at"]
