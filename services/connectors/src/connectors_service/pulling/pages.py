"""One step of a pull: what to ask for, and what the answer makes of where the pull stands."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import zstandard

from connectors_service.pulling.addresses import Policy
from connectors_service.pulling.bodies import line_of, records_of
from connectors_service.pulling.definition import (
    BasicAuth,
    BearerAuth,
    Definition,
    HeaderAuth,
    NumberedPages,
    QueryAuth,
)
from connectors_service.pulling.errors import (
    PullTooLargeError,
    SourceRepeatsError,
)
from connectors_service.pulling.fetching import Answer, Call
from connectors_service.pulling.hosts import checked_url
from connectors_service.pulling.paging import Page, Place, next_place, parameters
from connectors_service.pulling.since import asked_since, greatest
from connectors_service.pulling.state import Pull

PIECE_BYTES = 1024 * 1024
MOST_PAGES = 100_000
MOST_REPEATS = 2
TAIL = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A page read: the pull as it stands behind it, and the compressed pieces to keep."""

    pull: Pull
    pieces: list[bytes]


def call_for(definition: Definition, place: Place, since: str | None, policy: Policy) -> Call:
    """Return the request for a page, without the secret; raises BadUrlError."""
    url = definition.url(policy)
    params = parameters(definition, place)
    if place.token is not None and not params:
        url = checked_url(place.token, policy)
    elif definition.incremental and since is not None:
        params[definition.incremental.parameter] = since
    return Call(definition.method, url, params, dict(definition.headers))


def with_secret(call: Call, definition: Definition, secret: str | None) -> Call:
    """Return the request with its credentials."""
    auth, secret = definition.auth, secret or ""
    if isinstance(auth, BearerAuth):
        return replace(call, secret_headers={"Authorization": f"Bearer {secret}"})
    if isinstance(auth, HeaderAuth):
        return replace(call, secret_headers={auth.name: secret})
    if isinstance(auth, BasicAuth):
        pair = base64.b64encode(f"{auth.username}:{secret}".encode()).decode()
        return replace(call, secret_headers={"Authorization": f"Basic {pair}"})
    if isinstance(auth, QueryAuth):
        return replace(call, secret_params={auth.parameter: secret})
    return call


def since_for(definition: Definition, seen: str | None, now: datetime) -> str | None:
    """Return what a whole pull asks from."""
    return asked_since(definition.incremental, seen, now) if definition.incremental else None


def page_of(definition: Definition, answer: Answer) -> Page:
    """Read an answer; raises UnreadablePageError."""
    if answer.body is None:
        return Page([], None, answer.link, answer.url)
    records, body = records_of(definition, answer.content_type, answer.body)
    return Page(records, body, answer.link, answer.url)


def step(definition: Definition, pull: Pull, answer: Answer, now: datetime, max_bytes: int) -> Step:
    """Read the answer to the pull's present place.

    What only says again what the page before said is not kept. Raises SourceProblemError.
    """
    page = page_of(definition, answer)
    lines = [line_of(record) for record in page.records]
    mark = _mark(b"".join(lines))
    again = bool(lines) and mark == pull.mark
    following = next_place(definition, pull.place or Place(), page)
    _check_progress(definition, pull, following, again)
    rule = definition.incremental
    moved = replace(
        pull,
        place=following,
        asked=pull.asked + 1,
        mark=mark,
        repeats=pull.repeats + 1 if again else 0,
        tail=_tail(lines) if isinstance(definition.pagination, NumberedPages) else (),
        failures=0,
        seen=greatest(rule, page.records, pull.seen, now) if rule else None,
    )
    return Step(moved, []) if again else _kept(moved, _unmoved(lines, pull.tail), max_bytes)


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _tail(lines: list[bytes]) -> tuple[str, ...]:
    return tuple(_mark(line)[:16] for line in lines[-TAIL:])


def _unmoved(lines: list[bytes], tail: tuple[str, ...]) -> list[bytes]:
    """Leave out the records that slid here from the page before, since new ones came in front."""
    head = tuple(_mark(line)[:16] for line in lines[: len(tail)])
    slid = next((size for size in range(len(head), 0, -1) if head[:size] == tail[-size:]), 0)
    return lines[slid:]


def _check_progress(
    definition: Definition, pull: Pull, following: Place | None, again: bool
) -> None:
    is_numbered = isinstance(definition.pagination, NumberedPages)
    if following is not None and following == pull.place:
        raise SourceRepeatsError
    if again and is_numbered and pull.repeats + 1 >= MOST_REPEATS:
        raise SourceRepeatsError
    if pull.asked + 1 >= MOST_PAGES:
        raise PullTooLargeError("pages", MOST_PAGES)


def _kept(pull: Pull, lines: list[bytes], max_bytes: int) -> Step:
    content = b"".join(lines)
    size = pull.size + len(content)
    if size > max_bytes:
        raise PullTooLargeError("WAYMARK_IMPORT_MAX_BYTES", max_bytes)
    pack = zstandard.ZstdCompressor()
    pieces = [
        pack.compress(content[start : start + PIECE_BYTES])
        for start in range(0, len(content), PIECE_BYTES)
    ]
    stored, records = pull.stored + len(pieces), pull.records + len(lines)
    return Step(replace(pull, stored=stored, records=records, size=size), pieces)
