"""From what is stored to what the API answers."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from connectors_service.callers import SEE_ALL
from connectors_service.loading.survey import stated_number
from connectors_service.mapping.plan import REPORT_COLUMNS
from connectors_service.schemas import (
    ImportView,
    MovedFigures,
    Preview,
    PreviewColumn,
    ReplayView,
    Report,
    RowError,
    Rows,
    UndoView,
)
from connectors_service.undoing.wording import NOTE
from shared_schema.tables.imports import Import
from shared_schema.tables.pii import RefusedRow
from shared_utils.auth import Role

Samples = dict[int, list[str]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def import_view(found: Import, samples: Samples | None = None) -> ImportView:
    """Show an import; a dry run with its preview, and with `samples` with what rows hold."""
    return ImportView(
        import_id=found.import_id,
        dataset=found.dataset,
        channel=found.channel,
        status="received" if found.status == "receiving" else found.status,
        dry_run=found.dry_run,
        atomic=found.atomic,
        rows=Rows(
            read=found.rows_read,
            created=found.rows_created,
            updated=found.rows_updated,
            unchanged=found.rows_unchanged,
            refused=found.rows_refused,
            held=found.rows_held,
        ),
        mapping=found.mapping,
        mapping_version=found.mapping_version,
        program=found.program,
        sha256=found.sha256.hex() if found.sha256 else None,
        received_at=found.received_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        problem=found.problem,
        preview=_preview(found.preview, samples or {}) if found.dry_run else None,
        report=_report(found, sees_rows=samples is not None),
        replay=ReplayView(**found.replay) if found.replay else None,
        undo=UndoView(**found.undo, note=NOTE) if found.undo else None,
    )


def _report(found: Import, *, sees_rows: bool) -> Report | None:
    """Word a report; who may not ask whether a person is known is not told how many are new.

    Nor how many people rows of several addresses name. A key is told nothing of companies.
    """
    if not found.report:
        return None
    report = Report(**found.report)
    if report.would and found.uploaded_role not in SEE_ALL:
        report.would.people = None
        report.would.figures = _of_own_company(found, report.would.figures)
    if report.would and report.would.changes and not sees_rows:
        report.would.changes.first = None
    return report


def _of_own_company(found: Import, figures: list[MovedFigures] | None) -> list[MovedFigures] | None:
    if found.uploaded_role != Role.COMPANY_USER or figures is None:
        return None
    return [one.model_copy(update={"participants": None}) for one in figures]


def _preview(stored: dict[str, Any] | None, samples: Samples) -> Preview | None:
    if stored is None:
        return None
    scales = stored["scales"]
    columns = [
        PreviewColumn(
            **column
            | {"reason": _reason(column, scales), "samples": samples.get(column["index"], [])}
        )
        for column in stored["columns"]
    ]
    return Preview(**(stored | {"columns": columns}))


def _reason(column: dict[str, Any], scales: dict[str, str]) -> str:
    scale = scales.get(column["field"])
    return f"{column['reason']}; scale {scale}" if scale else str(column["reason"])


def row_errors(refused: RefusedRow) -> list[RowError]:
    """Show each reason of a refused row."""
    return [RowError(row=refused.row_no, **reason) for reason in refused.reasons]


def csv_line(cells: Iterable[str]) -> str:
    """Write one line of a CSV file; what a spreadsheet would run as a formula is neutralised."""
    line = io.StringIO()
    csv.writer(line).writerow([_neutral(cell) for cell in cells])
    return line.getvalue()


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def error_header(headers: Sequence[str]) -> list[str]:
    """Name the columns of the file of refused rows: the original's, the row and the reasons."""
    return [*headers, *REPORT_COLUMNS]


def error_line(refused: RefusedRow, width: int) -> list[str]:
    """Show a refused row as it came, with its number and its reasons."""
    cells = list(refused.original["cells"])
    reasons = [f"{reason['code']}: {reason['message']}" for reason in refused.reasons]
    if "nth" in refused.original:
        reasons.append(stated_number(refused.original["nth"]))
    return [*cells, *[""] * (width - len(cells)), str(refused.row_no), " ".join(reasons)]
