"""What can go wrong with an upload or an import; no message repeats what a file holds."""

from typing import Any

from shared_utils.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    NotFoundError,
    TooLargeError,
    UnprocessableError,
    UnsupportedMediaTypeError,
    WaymarkError,
)

PROPOSED = (
    "Try the file with dry_run=true: it shows which columns may be meant, and why. Then send it "
    "again with that mapping, or with confirm and the import_id of the dry run."
)


class UploadRefusedError(WaymarkError):
    """A file that is not taken at all, found while it arrives: nothing of it is kept.

    UploadRefusedError
    ├── UploadTooLargeError, TooManyRowsError 413
    ├── ForeignFormatError, NotMultipartError 415
    └── BadUploadError, EmptyFileError, UnreadableEncodingError, NullBytesError, NoHeaderError,
        MissingColumnsError, DuplicateColumnError, TooManyColumnsError, FieldTooLongError,
        RowTooLongError, OpenQuoteError, BrokenJsonError, NoRowsError, BadgesElsewhereError,
        UnreadableWorkbookError, WorkbookTooLargeError, UnknownMappingError, BadMappingError,
        NotConfirmableError, UnsupportedOptionError, LateOptionError 422
    """


class UploadTooLargeError(UploadRefusedError, TooLargeError):
    """The file exceeds the limit of bytes."""

    type = "upload-too-large"
    title = "The file is too large"

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"A file may have {maximum} bytes (setting WAYMARK_IMPORT_MAX_BYTES).",
            limit="WAYMARK_IMPORT_MAX_BYTES",
            maximum=maximum,
        )


class NotMultipartError(UploadRefusedError, UnsupportedMediaTypeError):
    """The request is not a form with a file."""

    type = "not-multipart"
    title = "Send the file as multipart/form-data"
    default_detail = (
        "Send a form with a part named `file`, as `curl -F file=@export.csv` does, or JSON objects "
        "as application/json."
    )


class ForeignFormatError(UploadRefusedError, UnsupportedMediaTypeError):
    """The file is another format than delimited text."""

    type = "not-csv"
    title = "The file is not a CSV file"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The file is {name}, whatever its name says. Export it as CSV (UTF-8) and send that.",
            format=name,
        )


class BadUploadError(UploadRefusedError, UnprocessableError):
    """The form is broken, or holds no file or several."""

    type = "bad-upload"
    title = "The upload form cannot be read"


class EmptyFileError(UploadRefusedError, UnprocessableError):
    """The file holds nothing."""

    type = "empty-file"
    title = "The file is empty"
    default_detail = "The file has no content. Export it again."


class UnreadableEncodingError(UploadRefusedError, UnprocessableError):
    """The file's characters cannot be read with certainty."""

    type = "unreadable-encoding"
    title = "The file's encoding cannot be read"


class NullBytesError(UploadRefusedError, UnprocessableError):
    """The file holds zero characters, which no text does."""

    type = "null-bytes"
    title = "The file holds zero bytes"

    def __init__(self, row: int) -> None:
        super().__init__(
            f"Row {row} holds a zero byte: the file is damaged or not text. Export it again.",
            row=row,
        )


class NoHeaderError(UploadRefusedError, UnprocessableError):
    """No row names the dataset's columns."""

    type = "no-header"
    title = "The file has no header row"
    default_detail = (
        "None of the first rows names the columns of this dataset. The template shows them: "
        "GET /v1/import/{dataset}/template.csv."
    )


class MissingColumnsError(UploadRefusedError, UnprocessableError):
    """Required columns are not in the header."""

    type = "missing-columns"
    title = "Required columns are missing"

    def __init__(
        self,
        columns: tuple[str, ...],
        proposal: dict[str, Any] | None = None,
        lacking: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.columns = columns = tuple(name for name, _ in lacking) or columns
        names = "; ".join(f"{name} ({why})" for name, why in lacking) or ", ".join(columns)
        detail = f"The header lacks the required columns: {names}. {PROPOSED if proposal else ''}"
        extra = {"proposal": proposal} if proposal else {}
        super().__init__(detail.strip(), columns=list(columns), **extra)


class DuplicateColumnError(UploadRefusedError, UnprocessableError):
    """A known column stands twice in the header."""

    type = "duplicate-column"
    title = "A column stands twice"

    def __init__(self, column: str) -> None:
        super().__init__(f"The header names {column} more than once.", column=column)


class TooManyColumnsError(UploadRefusedError, UnprocessableError):
    """A row has more cells than allowed."""

    type = "too-many-columns"
    title = "A row has too many columns"

    def __init__(self, row: int, maximum: int) -> None:
        super().__init__(
            f"Row {row} has more than {maximum} columns (setting WAYMARK_IMPORT_MAX_COLUMNS).",
            limit="WAYMARK_IMPORT_MAX_COLUMNS",
            maximum=maximum,
            row=row,
        )


class FieldTooLongError(UploadRefusedError, UnprocessableError):
    """A cell is longer than allowed."""

    type = "field-too-long"
    title = "A field is too long"

    def __init__(self, row: int, maximum: int) -> None:
        super().__init__(
            f"A field in row {row} has more than {maximum} characters (setting "
            "WAYMARK_IMPORT_MAX_FIELD_CHARS); a quote that is never closed looks like this too.",
            limit="WAYMARK_IMPORT_MAX_FIELD_CHARS",
            maximum=maximum,
            row=row,
        )


class RowTooLongError(UploadRefusedError, UnprocessableError):
    """A row's fields are each within the limit, but too long together."""

    type = "row-too-long"
    title = "A row is too long"

    def __init__(self, row: int, maximum: int) -> None:
        super().__init__(
            f"Row {row} has more than {maximum} characters (four times the setting "
            "WAYMARK_IMPORT_MAX_FIELD_CHARS).",
            limit="WAYMARK_IMPORT_MAX_FIELD_CHARS",
            maximum=maximum,
            row=row,
        )


class OpenQuoteError(UploadRefusedError, UnprocessableError):
    """The file ends inside quotes."""

    type = "open-quote"
    title = "The file ends inside a quoted field"

    def __init__(self, row: int) -> None:
        super().__init__(
            f"A quote opened in row {row} is never closed: the file is cut off or a quote is "
            "missing. Export it again.",
            row=row,
        )


class LateOptionError(UploadRefusedError, UnprocessableError):
    """An option about how to read the file stands behind the file, which is read by then."""

    type = "late-option"
    title = "An option stands behind the file"
    default_detail = (
        "Put encoding, delimiter, quote, escape, header_row and sheet before the file in the form, "
        "or into the query."
    )


class UnsupportedOptionError(UploadRefusedError, UnprocessableError):
    """An option that does not exist, or a value it does not take."""

    type = "unsupported-option"
    title = "An option of the upload cannot be used"

    def __init__(self, option: str, takes: str) -> None:
        super().__init__(f"The option {option} takes {takes}.", option=option)


class UnknownMappingError(UploadRefusedError, UnprocessableError):
    """No mapping of that name reads this dataset."""

    type = "unknown-mapping"
    title = "There is no such mapping"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"Mappings of this dataset: {', '.join(known)}.", mappings=list(known))


class BadMappingError(UploadRefusedError, UnprocessableError):
    """A mapping that an upload brought cannot be used; each problem has its path."""

    type = "bad-mapping"
    title = "The mapping cannot be used"

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__(
            "Mend what `errors` names. The format: GET /v1/import/mappings/schema.", errors=problems
        )


class NotConfirmableError(UploadRefusedError, UnprocessableError):
    """The option confirm names no dry run whose mapping can be used for this file."""

    type = "not-confirmable"
    title = "This dry run cannot be confirmed"


class UnknownDatasetError(NotFoundError):
    """No dataset has that name."""

    type = "unknown-dataset"
    title = "There is no such dataset"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"Datasets: {', '.join(known)}.", datasets=list(known))


class UnknownImportError(NotFoundError):
    """No import has that id, or none that the caller may see."""

    type = "unknown-import"
    title = "There is no such import"


class NotCancellableError(ConflictError):
    """The import is over."""

    type = "import-is-over"
    title = "The import is over"
    default_detail = "Only an import that is received or running can be cancelled."


class RefusedWholeError(ConflictError):
    """A file that was to be taken whole holds rows that are refused: none was imported."""

    type = "refused-whole"
    title = "Nothing was imported"

    def __init__(self, refused: int, rows: int) -> None:
        super().__init__(
            f"{refused} of {rows} rows are refused, and the file was to be taken whole "
            "(atomic=all), so none was imported. The error file says what to mend.",
            refused=refused,
            rows=rows,
        )


class NotUndoableError(ConflictError):
    """The import can't be undone as it is."""

    type = "not-undoable"
    title = "The import cannot be undone now"


class NotReplayableError(ConflictError):
    """The import's refused rows can't be tried again now."""

    type = "not-replayable"
    title = "The import cannot be replayed now"
    default_detail = (
        "Only an import that is over, that was no dry run and that is not undone can be replayed."
    )


class TooManyErrorsError(UnprocessableError):
    """More refused rows than a worksheet holds."""

    type = "too-many-errors"
    title = "The refused rows do not fit a worksheet"
    default_detail = "More rows are refused than a worksheet can hold: take errors.csv."


class UndoTooLateError(GoneError):
    """What the import overwrote is no longer kept."""

    type = "undo-too-late"
    title = "The import is too old to be undone"

    def __init__(self, keep_days: int) -> None:
        super().__init__(
            f"What an import overwrote is kept for {keep_days} days (setting "
            "WAYMARK_UNDO_KEEP_DAYS). Send a corrected file instead.",
            limit="WAYMARK_UNDO_KEEP_DAYS",
            maximum=keep_days,
        )


class NotForCompaniesError(ForbiddenError):
    """A dataset that only those who run programmes import."""

    type = "not-for-companies"
    default_detail = "This dataset is imported by those who run the programmes."


class BrokenMappingError(Exception):
    """A shipped mapping does not fit its dataset: the service refuses to start."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"mapping {name}: {problem}")


class TakenOverError(Exception):
    """Another runner has moved the import on: this one steps back and writes nothing."""
