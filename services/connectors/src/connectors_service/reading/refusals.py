"""What can go wrong with JSON and workbooks; like all refusals they repeat nothing of the file."""

from connectors_service.errors import UploadRefusedError
from shared_utils.errors import TooLargeError, UnprocessableError


class UnreadableWorkbookError(UploadRefusedError, UnprocessableError):
    """A workbook is damaged, or lacks the sheet that was asked for."""

    type = "unreadable-workbook"
    title = "The workbook cannot be read"
    default_detail = "The workbook is damaged. Open it, save it anew as .xlsx and send that."


class WorkbookTooLargeError(UploadRefusedError, UnprocessableError):
    """A workbook holds more than may be unpacked."""

    type = "workbook-too-large"
    title = "The workbook holds too much"

    def __init__(self, what: str, limit: str, maximum: int) -> None:
        name = f"WAYMARK_IMPORT_MAX_WORKBOOK_{limit}"
        super().__init__(
            f"A workbook may have {maximum} {what} (setting {name}). Save the sheet as CSV UTF-8.",
            limit=name,
            maximum=maximum,
        )


class BrokenJsonError(UploadRefusedError, UnprocessableError):
    """A list of JSON breaks in the middle: what follows cannot be told apart."""

    type = "broken-json"
    title = "The JSON cannot be read"

    def __init__(self, row: int) -> None:
        super().__init__(
            f"The JSON breaks in element {row}: it is not valid, nests too deep or is cut off. "
            "Send a list of objects, or one object a line (NDJSON), where a bad line spoils "
            "only itself.",
            row=row,
        )


class BadgesElsewhereError(UploadRefusedError, UnprocessableError):
    """Open Badges were sent as another dataset than `credentials`."""

    type = "badges-elsewhere"
    title = "Open Badges are credentials"

    def __init__(self, badges: int) -> None:
        super().__init__(
            f"{badges} of its rows are Open Badges, which only the dataset `credentials` takes. "
            "Send them to /v1/import/credentials, and the other rows without them.",
            badges=badges,
        )


class NoRowsError(UploadRefusedError, UnprocessableError):
    """The JSON holds no object."""

    type = "no-rows"
    title = "The JSON holds no rows"
    default_detail = "Send one object, a list of objects, or one object a line."


class TooManyRowsError(UploadRefusedError, TooLargeError):
    """A request of JSON holds more objects than allowed."""

    type = "too-many-rows"
    title = "The request holds too many rows"

    def __init__(self, maximum: int) -> None:
        super().__init__(
            f"A request of JSON may hold {maximum} objects (setting "
            "WAYMARK_IMPORT_MAX_JSON_ROWS); send more as a file.",
            limit="WAYMARK_IMPORT_MAX_JSON_ROWS",
            maximum=maximum,
        )
