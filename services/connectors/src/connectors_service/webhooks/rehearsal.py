"""What a webhook would do, without anything that stays: a partner's test of a sample."""

from connectors_service.datasets.facts import Linked
from connectors_service.loading.chunk import ChunkLoader, RehearsedError
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged
from connectors_service.mapping.model import Mapping
from connectors_service.repository import webhook_imports
from connectors_service.repository.imports import Counts
from connectors_service.schemas import RowError
from connectors_service.webhooks.payload import (
    Payload,
    drift_of,
    items_of,
    routes_of,
    taken_apart,
)
from connectors_service.webhooks.reading import Item, groups
from connectors_service.webhooks.schemas import DriftView, RehearsedRow, RehearsedWebhook
from connectors_service.webhooks.shape import Shape
from event_contracts import uuid7
from shared_utils.correlation import current_id
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.work import Work

FATES = ("refused", "held", "created", "updated", "unchanged")


class _Rehearsal(ChunkLoader):
    """Loads a row in a transaction that is taken back, its import included."""

    def __init__(self, database: Database, keyed: KeyedHash, job: Job) -> None:
        super().__init__(database, keyed, job, 0)
        self._import_id = job.import_id
        self.judged: Judged | None = None

    async def _claim(self, work: Work) -> None:
        mapping = self._job.plan.mapping
        await webhook_imports.rehearsed_import(
            work.session, self._import_id, mapping.dataset, mapping.name
        )

    async def _rehearse(self, judged: Judged, linked: Linked) -> Counts:
        self.judged = judged
        try:
            async with self._work() as work:
                raise RehearsedError(await self._load(work, judged, linked))
        except RehearsedError as rehearsed:
            return rehearsed.counts


class Rehearsals:
    """Tries out samples."""

    def __init__(self, database: Database, keyed: KeyedHash) -> None:
        self._database = database
        self._keyed = keyed

    async def rehearse(self, shape: Shape, body: bytes) -> RehearsedWebhook:
        """Return what each object of a body would become; raises BadWebhookError."""
        rows = []
        drift = set()
        for item in items_of(shape, body):
            payload = taken_apart(shape, item)
            drift |= set(drift_of(shape, payload))
            for name in routes_of(shape, payload):
                rows.append(await self._row(shape.mapping(name), payload))
        return RehearsedWebhook(
            source=shape.source,
            kind=shape.kind,
            rows=rows,
            drift=[DriftView(field=found.field, kind=found.kind) for found in sorted(drift)],
        )

    async def _row(self, mapping: Mapping, payload: Payload) -> RehearsedRow:
        (group,) = groups(mapping, [Item(1, payload, None)])
        job = Job(uuid7(), group.plan, True, None, current_id(), holds=True)
        rehearsal = _Rehearsal(self._database, self._keyed, job)
        counts = await rehearsal.load(group.judged)
        judged = rehearsal.judged or group.judged
        refused = [reason for row in judged.refused for reason in row.reasons]
        reasons = [*refused, *(row.reason for row in judged.held)]
        return RehearsedRow(
            dataset=mapping.dataset,
            mapping=f"{mapping.name}@{mapping.version}",
            would_be=next(fate for fate in FATES if getattr(counts, fate)),
            errors=[
                RowError(row=1, code=reason.code, column=reason.column, message=reason.message)
                for reason in reasons
            ],
        )
