"""The codes by which a row is refused: codes are added, never reused."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """A row's problem, as FORMATS numbers them; E014 and up are this service's own."""

    EMAIL = "E001"
    MISSING = "E002"
    DATE = "E003"
    DURATION = "E004"
    LEVEL = "E005"
    RATING = "E006"
    ORDER = "E007"
    SESSION_TYPE = "E008"
    TOO_LONG = "E009"
    JSON = "E010"
    REPEATED_KEY = "E011"
    UNKNOWN_REFERENCE = "E012"
    ERASED = "E013"
    RAGGED = "E014"
    CHOICE = "E015"
    CONTRADICTION = "E016"
    TAKEN = "E017"
    NUMBER = "E018"
    PHONE = "E019"
    URL = "E020"
    PERIOD = "E021"
    STAFFS_WORD = "E023"
    OVERLAP = "E024"
    UNLOADABLE = "E050"


MEANING: dict[Code, str] = {
    Code.EMAIL: "not an e-mail address",
    Code.MISSING: "a required field is empty",
    Code.DATE: "not a date or time, or one that can be read two ways",
    Code.DURATION: "a duration outside 1-480 minutes",
    Code.LEVEL: "not a CEFR level (A1-C2)",
    Code.RATING: "a rating outside the scale of its column",
    Code.ORDER: "completed before scheduled, or ended before started",
    Code.SESSION_TYPE: "an unknown session type",
    Code.TOO_LONG: "a text longer than its field takes",
    Code.JSON: "not valid JSON",
    Code.REPEATED_KEY: "the same key twice in the file with different content",
    Code.UNKNOWN_REFERENCE: "a reference to a record that does not exist, or is not yours",
    Code.ERASED: "a person who was erased",
    Code.RAGGED: "a row with more or fewer cells than the header",
    Code.CHOICE: "a word that is not one of the field's choices",
    Code.CONTRADICTION: "two fields that cannot both be true",
    Code.TAKEN: "a value that belongs to another record",
    Code.NUMBER: "not a number in its range, or one that can be read two ways",
    Code.PHONE: "not a phone number, or one without its country",
    Code.URL: "not a web address",
    Code.PERIOD: "not a year, quarter or month",
    Code.STAFFS_WORD: "a change to what programme staff reported",
    Code.OVERLAP: "a period that overlaps another one of the same costs",
    Code.UNLOADABLE: "a row that could not be stored, by a fault of the service",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused; `message` is for a programme coordinator and repeats no content."""

    code: Code
    column: str | None
    message: str


class CellError(Exception):
    """A cell breaks the rule of its field."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
