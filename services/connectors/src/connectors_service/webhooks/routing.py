"""Stored webhooks become numbered rows of the day's imports; what drifted is counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from connectors_service.mapping.model import Mapping
from connectors_service.repository import drift, webhook_imports, webhooks
from connectors_service.repository.drift import Key
from connectors_service.repository.webhook_imports import Stream
from connectors_service.repository.webhooks import NewRow
from connectors_service.webhooks.payload import (
    Payload,
    drift_of,
    items_of,
    routes_of,
    taken_apart,
)
from connectors_service.webhooks.reading import checkpoint
from connectors_service.webhooks.shape import Shape
from shared_schema.tables.pii import WebhookBody
from shared_utils.work import Work

MOST_DRIFT_KEYS = 500
Known = set[tuple[str, str, int, str | None]]


@dataclass(slots=True)
class _Place:
    """An import and the number of its next row."""

    import_id: UUID
    next_row: int


class Numbering:
    """Gives each row the next number of its stream's import, which is begun where there is none."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._places: dict[Stream, _Place] = {}

    async def row(self, body: WebhookBody, item: int, mapping: Mapping) -> NewRow:
        """Return the row that an object of a webhook becomes."""
        stream = Stream(
            body.source,
            body.shape,
            mapping.dataset,
            mapping.name,
            mapping.version,
            body.received_at.astimezone(UTC).date(),
        )
        if stream not in self._places:
            self._places[stream] = await self._place(stream, body, mapping)
        place = self._places[stream]
        place.next_row += 1
        return NewRow(place.import_id, place.next_row - 1, body.source, body.webhook_id, item)

    async def _place(self, stream: Stream, body: WebhookBody, mapping: Mapping) -> _Place:
        session = self._work.session
        found = await webhook_imports.open_import(session, stream)
        if found is not None:
            return _Place(*found)
        correlation_id = body.correlation_id or self._work.correlation_id
        begun = webhook_imports.new_import(session, stream, checkpoint(mapping), correlation_id)
        return _Place(await begun, 1)


async def route(work: Work, shape: Shape) -> bool:
    """Turn the oldest webhooks of a shape into rows; tell whether there were any."""
    bodies = await webhooks.unrouted(work.session, shape.name)
    if not bodies:
        return False
    known = await webhooks.routed_already(work.session, bodies)
    numbering, rows = Numbering(work), []
    for body in bodies:
        for item, mapping in _new_rows(shape, body, known):
            rows.append(await numbering.row(body, item, mapping))
    await webhooks.mark_routed(work.session, bodies, rows)
    await drift.count_drift(work.session, _drift(shape, bodies, known))
    return True


def _payloads(shape: Shape, body: WebhookBody) -> Iterator[Payload]:
    return (taken_apart(shape, item) for item in items_of(shape, body.body))


def _new_rows(shape: Shape, body: WebhookBody, known: Known) -> Iterator[tuple[int, Mapping]]:
    """Yield object and mapping of each row, but for those that another import has loaded."""
    for item, payload in enumerate(_payloads(shape, body)):
        for name in routes_of(shape, payload):
            if (body.source, body.webhook_id, item, name) not in known:
                yield item, shape.mapping(name)


def _drift(shape: Shape, bodies: Sequence[WebhookBody], known: Known) -> dict[Key, int]:
    """Count findings; a webhook that was routed before has been counted then."""
    counted = {(source, webhook_id) for source, webhook_id, _, _ in known}
    found = Counter(
        (shape.name, finding.field, finding.kind)
        for body in bodies
        if (body.source, body.webhook_id) not in counted
        for payload in _payloads(shape, body)
        for finding in drift_of(shape, payload)
    )
    return dict(found.most_common(MOST_DRIFT_KEYS))
