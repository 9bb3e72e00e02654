"""One JSON line a log event, tied to its request, and free of personal data."""

import logging
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared_utils.correlation import correlation_id

SCRUBBED = "[scrubbed]"
_LONGEST = 4000
_NOISY = ("uvicorn.access", "httpx", "httpcore", "nats")


def configure(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records out, one JSON object a line.

    They go to stdout unless `stream` is another: a command's stdout is its answer.
    """
    structlog.configure(
        processors=[*_shared(service), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _Output(stream)
    handler.setFormatter(_formatter(service))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Output(logging.Handler):
    """Writes to a stream, or to what is stdout at the time."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        stream = self._stream or sys.stdout
        try:
            stream.write(self.format(record) + "\n")
            stream.flush()
        except (ValueError, OSError):
            self.handleError(record)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose events are words, with values as keywords: `log.info("served", ms=3)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(name)
    return logger


def _shared(service: str) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        add_correlation,
        describe_failure,
        scrub,
    ]


def _formatter(service: str) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(service),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    )


def _json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _named(service: str) -> Processor:
    def add_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add_service


def add_correlation(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add the correlation id of the work at hand."""
    if (found := correlation_id.get()) is not None:
        event.setdefault("correlation_id", found)
    return event


def describe_failure(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say a failure's class and places, not its words: those may quote what people sent."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["error"] = error_name(failure)
        event["trace"] = _places(failure)
    return event


def error_name(failure: BaseException) -> str:
    """The class of a failure, with PostgreSQL's error code where it has one."""
    cause = getattr(failure, "orig", None) or failure
    code = getattr(cause, "sqlstate", None)
    return f"{type(cause).__name__} {code}" if code else type(cause).__name__


def _places(failure: BaseException) -> list[str]:
    frames = traceback.extract_tb(failure.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace every word with an @ in it: the last defence of e-mail addresses and passwords."""
    return {key: _scrubbed(value) for key, value in event.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _scrubbed_text(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(found) for key, found in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(found) for found in value]
    return value if isinstance(value, int | float | bool | None) else _scrubbed_text(str(value))


def _scrubbed_text(text: str) -> str:
    shown = text[:_LONGEST]
    if not _holds_address(shown):
        return shown
    return " ".join(SCRUBBED if _holds_address(word) else word for word in shown.split())


def _holds_address(text: str) -> bool:
    return "@" in text or "%40" in text or "\uff20" in text


structlog.configure(  # until `configure`: structlog's own default renders failures with all locals
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        add_correlation,
        describe_failure,
        scrub,
        structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
    ]
)
