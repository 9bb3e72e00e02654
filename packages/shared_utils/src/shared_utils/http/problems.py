"""From a failure to RFC 9457 problem details that say what to do and repeat nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared_utils import errors
from shared_utils.correlation import correlation_id
from shared_utils.http.database_errors import translated
from shared_utils.http.validation import complaints

MEDIA_TYPE = "application/problem+json"

_PHRASES = {status.value: status.phrase for status in HTTPStatus}

_BY_STATUS: dict[int, type[errors.WaymarkError]] = {
    kind.status: kind
    for kind in (
        errors.BadRequestError,
        errors.UnauthenticatedError,
        errors.ForbiddenError,
        errors.NotFoundError,
        errors.MethodNotAllowedError,
        errors.TooLargeError,
        errors.UnsupportedMediaTypeError,
        errors.UnprocessableError,
        errors.TooManyRequestsError,
    )
}


class InvalidRequestError(errors.UnprocessableError):
    """Values of the request break the rules that `errors` name, each with its place."""

    type = "invalid-request"
    title = "Some values of the request cannot be used"
    default_detail = "Correct the values that `errors` names."


class RefusedBodyError(HTTPException):
    """A problem found while the body arrives, in the one form that FastAPI lets through."""

    def __init__(self, problem: errors.WaymarkError) -> None:
        super().__init__(problem.status)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details: status, type, title, and what `members` and `headers` add."""

    status: int
    type: str
    title: str
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The JSON to send, with the correlation id by which we find the request again."""
        content = {"type": self.type, "title": self.title, "status": self.status, **self.members}
        return orjson.dumps({**content, "correlation_id": correlation_id.get()}, default=str)

    @property
    def response(self) -> Response:
        """The answer to send."""
        return Response(self.body, self.status, dict(self.headers), MEDIA_TYPE)


def problem_for(failure: BaseException, known_names: Collection[str] = ()) -> Problem:
    """The problem that tells a caller about any failure at all.

    Of a validation error only the places in `known_names` (the names of the API's own fields) are
    told; what is not an expected failure becomes a 500 without a word.
    """
    if isinstance(failure, ExceptionGroup):
        return problem_for(failure.exceptions[0], known_names)
    if isinstance(failure, HTTPException) and not isinstance(failure, RefusedBodyError):
        return problem_of_status(failure.status_code, failure.headers or {})
    return _of_error(_expected(failure, known_names))


def _expected(failure: BaseException, known_names: Collection[str]) -> errors.WaymarkError:
    if isinstance(failure, errors.WaymarkError):
        return failure
    if isinstance(failure, RefusedBodyError):
        return failure.problem
    if isinstance(failure, RequestValidationError):
        return InvalidRequestError(errors=complaints(failure.errors(), known_names))
    if isinstance(failure, SQLAlchemyError | psycopg.Error):
        return translated(failure) or errors.WaymarkError()
    return errors.WaymarkError()


def _of_error(error: errors.WaymarkError) -> Problem:
    detail = {} if error.detail is None else {"detail": error.detail}
    return Problem(
        error.status,
        errors.PROBLEM_PREFIX + error.type,
        error.title,
        {**detail, **error.extra},
        error.headers,
    )


def problem_of_status(status: int, headers: Mapping[str, str]) -> Problem:
    """The problem for a bare HTTP status; its words are ours, whoever chose the status."""
    kind = _BY_STATUS.get(status)
    if kind is None:
        return Problem(status, "about:blank", _PHRASES.get(status, "Refused"), headers=headers)
    known = _of_error(kind())
    return Problem(status, known.type, known.title, known.members, {**known.headers, **headers})
