"""The quick way of a replay: plain messages of new deeds, written into the generation it fills."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from event_contracts.plain import plain_reader
from profile_service.bulk.projecting import BulkProjector
from profile_service.bulk.shapes import SHAPES
from profile_service.projection import Projector
from profile_service.repository.replay import LoggedMessage
from shared_utils.consume.bulk import BulkReader, NotInBulkError
from shared_utils.work import Work


class BulkReplay:
    """What `Projector.apply` and `Projector.set_flags` do, for deeds that are not there yet."""

    def __init__(self, projector: Projector) -> None:
        self._bulk = BulkProjector(projector)
        self._readers = dict(_readers(self._bulk))

    async def apply(self, messages: Sequence[LoggedMessage], work: Work, generation: int) -> int:
        """Write messages of one type within the work, and return how many events they held.

        NotInBulkError takes all of it back, where only the projector can take them.
        """
        reader = self._readers.get(messages[0].type)
        parts = reader.parts({str(one.outbox_id): one.body for one in messages}) if reader else None
        if parts is None:
            raise NotInBulkError
        found = [part for part in parts.values() if part.events]
        if found and not await self._bulk.fill([one.content for one in found], work, generation):
            raise NotInBulkError
        return sum(part.events for part in found)


def by_type(messages: Sequence[LoggedMessage]) -> Iterator[list[LoggedMessage]]:
    """The messages in groups of one type: in which order facts come makes no difference."""
    for _, group in groupby(sorted(messages, key=_type), _type):
        yield list(group)


def _type(message: LoggedMessage) -> str:
    return message.type


def _readers(bulk: BulkProjector) -> Iterator[tuple[str, BulkReader]]:
    for event_class in SHAPES:
        if reader := plain_reader(event_class):
            yield event_class.type, BulkReader(event_class, reader, bulk)
