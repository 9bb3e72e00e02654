"""Whether an import can be undone, and the wish to undo it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors_service.errors import NotUndoableError, UndoTooLateError
from connectors_service.repository import audit, histories
from connectors_service.repository import left as stored_left
from connectors_service.repository import undo as stored
from shared_schema.tables.imports import Import
from shared_utils.auth import Caller
from shared_utils.work import Work


def check_undoable(found: Import, keep_days: int) -> None:
    """Raise NotUndoableError or UndoTooLateError where an import can't be taken back."""
    if found.dry_run:
        raise NotUndoableError("A dry run has written nothing: there is nothing to undo.")
    if found.status not in (*stored.OVER, "undone"):
        raise NotUndoableError("The import is not over yet: wait for its end, or cancel it first.")
    if found.channel == "webhook" and found.status == "running":
        raise NotUndoableError("Today's webhooks still arrive: undo them when the day is over.")
    ended = found.finished_at or found.received_at
    if found.status != "undone" and ended < datetime.now(UTC) - timedelta(days=keep_days):
        raise UndoTooLateError(keep_days)


async def ask_undo(work: Work, found: Import, caller: Caller) -> bool:
    """Have an import undone in the background; False where nothing is left to do.

    Raises NotUndoableError while its refused rows are being tried again.
    """
    undo = found.undo or {}
    if undo.get("status") == "running" or not await _is_open(work, found):
        return undo.get("status") == "running"
    pieces = await histories.pieces(await work.raw(), found.import_id)
    asked = _asked(caller, undo, sum(piece.facts for piece in pieces))
    if not await stored.ask(work.session, found.import_id, asked):
        raise NotUndoableError("The import is being changed right now: try again in a moment.")
    await audit.record(work, caller, "imports.import.undo", "import", str(found.import_id))
    return True


async def _is_open(work: Work, found: Import) -> bool:
    """Tell whether some of an import still stands: it was never undone, or rows were refused."""
    if found.undo is None:
        return True
    return await stored_left.still_refused(work.session, found.import_id)


def _asked(caller: Caller, before: dict[str, Any], total: int) -> dict[str, Any]:
    return {
        "status": "running",
        "asked_by": caller.subject,
        "asked_role": caller.role,
        "asked_at": datetime.now(UTC).isoformat(),
        "attempt": before.get("attempt", 0) + 1,
        "piece": 0,
        "start": 0,
        "done": 0,
        "total": total,
    }
