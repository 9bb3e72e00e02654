"""Rows of webhooks into facts, by the path that files take; one bad row holds up no other."""

from collections.abc import Sequence
from dataclasses import replace

from connectors_service.errors import TakenOverError
from connectors_service.loading.chunk import ChunkLoader, StoppedError
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.mapping.catalogue import shipped
from connectors_service.mapping.rows import Refused
from connectors_service.rules.codes import Code, Reason
from connectors_service.webhooks.reading import Group, Item, groups
from shared_schema.tables.imports import Import
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.log import get_logger

log = get_logger(__name__)
UNLOADABLE = Reason(
    Code.UNLOADABLE, None, "The row could not be stored, by a fault of ours; replay it later."
)


class WebhookLoader:
    """Loads rows of webhook imports in their order."""

    def __init__(self, database: Database, keyed: KeyedHash) -> None:
        self._database = database
        self._keyed = keyed

    async def load(self, found: Import, items: Sequence[Item]) -> None:
        """Load the next rows of an import.

        Raises StoppedError where the import was ended, and what the database says while it is away.
        """
        next_row = found.next_row
        mapping = shipped()[str(found.mapping), str(found.mapping_version)]
        for group in groups(mapping, items):
            next_row = await self._load(found, group, next_row)

    async def _load(self, found: Import, group: Group, next_row: int) -> int:
        try:
            return await self._chunk(found, group, group.judged, next_row)
        except (StoppedError, TakenOverError):
            raise
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("webhooks not loaded", import_id=str(found.import_id))
        if len(group.items) == 1:
            return await self._chunk(found, group, _refused(group), next_row)
        for single in group.alone():
            next_row = await self._load(found, single, next_row)
        return next_row

    async def _chunk(self, found: Import, group: Group, judged: Judged, next_row: int) -> int:
        single = group.items[0].correlation_id if len(group.items) == 1 else None
        correlation_id = single or found.correlation_id
        job = Job(found.import_id, group.plan, False, None, correlation_id, holds=True)
        await ChunkLoader(self._database, self._keyed, job, next_row).load(judged)
        return judged.next_row


def _refused(group: Group) -> Judged:
    rows = [Refused(row.row, row.cells, (UNLOADABLE,)) for row in group.rows]
    return replace(group.judged, accepted=(), refused=tuple(rows))
