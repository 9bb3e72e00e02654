"""A multipart form read as a stream: the file's bytes pass through, the options are kept."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError, MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectors_service.errors import BadUploadError, NotMultipartError

FILE = "file"
OPTION_BYTES = 1024
LONG_OPTIONS = {"mapping": 64 * 1024}
"""Options that may be a text of some length, and how many bytes they may have."""
MOST_PARTS = 20
JSON_TYPES = ("application/json", "application/x-ndjson", "application/ndjson")
"""Types of a body that holds rows itself."""


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    filename: str | None = None


class JsonBody:
    """A request whose body is the rows, as JSON or NDJSON; options come in the query alone."""

    is_json = True

    def __init__(self, kind: str) -> None:
        self.filename: str | None = None
        self.file_type: str | None = kind
        self.options: dict[str, str] = {}

    def feed(self, data: bytes) -> bytes:
        """Return the bytes: all of them are the file's."""
        return data

    def seen(self) -> dict[str, str]:
        """Return the options that have arrived so far: none."""
        return {}

    def finish(self) -> None:
        """Do nothing: a body that broke off does not reach its end."""


def body_of(content_type: str) -> "UploadForm | JsonBody":
    """Return what reads a body of that type; raises NotMultipartError."""
    kind, _ = parse_options_header(content_type)
    name = kind.strip().lower().decode("latin-1")
    return JsonBody(name) if name in JSON_TYPES else UploadForm(content_type)


class UploadForm:
    """Feed it the body; it hands out the file's bytes and collects the other parts as options.

    Raises NotMultipartError for another content type, BadUploadError for a broken form.
    """

    is_json = False

    def __init__(self, content_type: str) -> None:
        kind, parameters = parse_options_header(content_type)
        boundary = parameters.get(b"boundary")
        if kind.strip().lower() != b"multipart/form-data" or not boundary:
            raise NotMultipartError
        self.filename: str | None = None
        self.file_type: str | None = None
        self.options: dict[str, str] = {}
        self._parts = 0
        self._part = _Part()
        self._header = [b"", b""]
        self._pieces: list[bytes] = []
        self._values: dict[str, bytes] = {}
        self._ended = False
        try:
            self._parser = _parser(boundary, self)
        except FormParserError as error:
            raise BadUploadError("The form's boundary is too long to be one.") from error

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the body and return those that belong to the file."""
        try:
            self._parser.write(data)
        except (MultipartParseError, UnicodeDecodeError) as error:
            raise BadUploadError("The form is broken: its parts cannot be told apart.") from error
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def seen(self) -> dict[str, str]:
        """Return the options that have arrived so far."""
        return {
            name: value.decode("utf-8", "replace").strip() for name, value in self._values.items()
        }

    def finish(self) -> None:
        """Check that the form came whole and held a file."""
        if not self._ended:
            raise BadUploadError("The upload broke off before its end. Send it again.")
        if self.filename is None:
            raise BadUploadError("The form has no part named `file` with a file name.")
        self.options = self.seen()

    def begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadUploadError(f"The form has more than {MOST_PARTS} parts.")
        self._part = _Part()

    def header_name(self, data: bytes) -> None:
        self._header[0] += data

    def header_value(self, data: bytes) -> None:
        self._header[1] += data

    def end_header(self) -> None:
        name, value = self._header
        self._part.headers[name.lower()] = value
        self._header = [b"", b""]

    def end_headers(self) -> None:
        disposition = self._part.headers.get(b"content-disposition", b"")
        _, parameters = parse_options_header(disposition)
        self._part.name = parameters.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in parameters:
            self._part.filename = parameters[b"filename"].decode("utf-8", "replace")
        if self._part.name == FILE:
            self._begin_file()

    def _begin_file(self) -> None:
        if self.filename is not None:
            raise BadUploadError("The form has more than one part named `file`.")
        if self._part.filename is None:
            raise BadUploadError("The part named `file` is no file: it has no file name.")
        self.filename = self._part.filename.replace("\0", "")[-200:]
        kind = self._part.headers.get(b"content-type")
        self.file_type = kind.decode("latin-1")[:100] if kind else None

    def part_data(self, data: bytes) -> None:
        if self._part.name == FILE:
            self._pieces.append(data)
            return
        value = self._values.get(self._part.name, b"") + data
        most = LONG_OPTIONS.get(self._part.name, OPTION_BYTES)
        if len(value) > most:
            raise BadUploadError(f"An option of the form has more than {most} bytes.")
        self._values[self._part.name] = value

    def end_part(self) -> None:
        if self._part.name != FILE:
            self._values.setdefault(self._part.name, b"")

    def end(self) -> None:
        self._ended = True


def _parser(boundary: bytes, form: UploadForm) -> MultipartParser:
    return MultipartParser(
        boundary,
        {
            "on_part_begin": form.begin_part,
            "on_part_data": lambda data, start, end: form.part_data(data[start:end]),
            "on_part_end": form.end_part,
            "on_header_field": lambda data, start, end: form.header_name(data[start:end]),
            "on_header_value": lambda data, start, end: form.header_value(data[start:end]),
            "on_header_end": form.end_header,
            "on_headers_finished": form.end_headers,
            "on_end": form.end,
        },
    )
