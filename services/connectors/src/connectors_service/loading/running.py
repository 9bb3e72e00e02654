"""One import from `received` to its end: survey, chunks, and the word about how it went."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from connectors_service.datasets.catalogue import dataset_named
from connectors_service.errors import RefusedWholeError, TakenOverError
from connectors_service.loading.ahead import one_ahead
from connectors_service.loading.atomic import AtomicLoader
from connectors_service.loading.chunk import ChunkLoader, StoppedError
from connectors_service.loading.job import Job
from connectors_service.loading.judging import Judged, judge
from connectors_service.loading.source import Block, Source
from connectors_service.loading.survey import Survey, Surveyed, second_sweep, states_numbers
from connectors_service.mapping.plan import Plan, plan_for
from connectors_service.mapping.rows import RowReader
from connectors_service.receiving.checkpoint import structure_of
from connectors_service.receiving.choosing import used_mapping
from connectors_service.reporting.figures import MovedFigures
from connectors_service.reporting.findings import Findings
from connectors_service.repository import imports, reports, uploads
from connectors_service.settings import Settings
from event_contracts.imports import ImportCompleted
from shared_schema.tables.imports import Import
from shared_utils.consume.failures import is_transient
from shared_utils.db import Database
from shared_utils.errors import WaymarkError
from shared_utils.hashing import KeyedHash
from shared_utils.http.problems import problem_for
from shared_utils.log import get_logger
from shared_utils.work import Work

log = get_logger(__name__)


class Importer:
    """Runs one import at a time for each call; may be called again after any crash."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._keyed = KeyedHash(settings.hmac_key)

    async def run(self, import_id: UUID) -> None:
        """Run an import to its end, or leave it for later if the database is away."""
        async with self._database.work() as work:
            found = await imports.begin(work.session, import_id)
        if found is None:
            return
        try:
            await self._run(found)
        except (StoppedError, TakenOverError) as error:
            log.info("import left", import_id=str(import_id), because=type(error).__name__)
        except WaymarkError as error:
            log.info("import ended", import_id=str(import_id), because=type(error).__name__)
            await self._fail(import_id, error)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("import failed", import_id=str(import_id))
            await self._fail(import_id, error)

    async def _run(self, found: Import) -> None:
        log.info("import started", import_id=str(found.import_id), dataset=found.dataset)
        plan = await self._plan(found)
        structure = structure_of(found.checkpoint)
        source = Source(self._database, found.import_id, structure, self._settings.limits)
        surveyed = await self._survey(found, source, plan)
        await self._load(found, source, plan, surveyed)
        await self._complete(found)

    async def _plan(self, found: Import) -> Plan:
        dataset = dataset_named(found.dataset)
        async with self._database.read() as session:
            mapping = await used_mapping(session, found)
            filename = await uploads.filename_of(session, found.import_id)
        headers = structure_of(found.checkpoint).dialect.headers
        return plan_for(dataset, mapping, headers, filename, found.program)

    async def _survey(self, found: Import, source: Source, plan: Plan) -> Surveyed:
        survey = Survey(plan)
        async for block in source.blocks():
            await asyncio.to_thread(survey.add, block)
        scales, reasons = survey.scales()
        async with self._database.work() as work:
            await imports.show_scales(work.session, found.import_id, reasons, scales)
        marks = await asyncio.to_thread(survey.repeating)
        if not marks and not states_numbers(plan):
            return Surveyed(scales)
        latest_wins = found.channel == "pull"
        sweep = second_sweep(plan, scales, marks, latest_wins=latest_wins)
        async for block in source.blocks():
            await asyncio.to_thread(sweep.add, block)
        return sweep.result()

    async def _load(self, found: Import, source: Source, plan: Plan, surveyed: Surveyed) -> None:
        job = Job(found.import_id, plan, found.dry_run, found.company_id, found.correlation_id)
        if found.atomic and not found.dry_run:
            await self._load_whole(job, source, surveyed)
            return
        findings = self._findings(found) if found.dry_run else None
        job = replace(job, findings=findings)
        loader = ChunkLoader(self._database, self._keyed, job, found.next_row)
        reader = RowReader(plan, surveyed.scales)
        blocks = source.chunks(self._settings.import_chunk_rows, found.next_row)
        async with aclosing(one_ahead(_judged(blocks, reader, surveyed))) as chunks:
            async for judged in chunks:
                await loader.load(judged)
        if findings is not None:
            async with self._database.work() as work:
                await reports.keep(await work.raw(), found.import_id, findings.shown())

    def _findings(self, found: Import) -> Findings:
        zone = ZoneInfo(self._settings.programme_time_zone)
        return Findings(figures=MovedFigures(zone, found.company_id))

    async def _load_whole(self, job: Job, source: Source, surveyed: Surveyed) -> None:
        """Load all rows in one transaction, which also ends the import."""
        reader = RowReader(job.plan, surveyed.scales)
        loader = AtomicLoader(self._database, self._keyed, job)
        blocks = source.chunks(self._settings.import_chunk_rows, 0)
        try:
            async with (
                aclosing(one_ahead(_judged(blocks, reader, surveyed))) as chunks,
                self._database.work(correlation_id=job.correlation_id) as work,
            ):
                await loader.load(work, chunks)
                await _finish(work, job.import_id)
        except RefusedWholeError as error:
            refused = int(error.extra["refused"])
            async with self._database.work() as work:
                await reports.keep_error_counts(await work.raw(), job.import_id)
                await imports.refuse_whole(work.session, job.import_id, refused, problem_of(error))

    async def _complete(self, found: Import) -> None:
        async with self._database.work(correlation_id=found.correlation_id) as work:
            await _finish(work, found.import_id)
        log.info("import completed", import_id=str(found.import_id))

    async def _fail(self, import_id: UUID, error: Exception) -> None:
        async with self._database.work() as work:
            await imports.finish(work.session, import_id, "failed", problem_of(error))


async def _finish(work: Work, import_id: UUID) -> None:
    await reports.keep_error_counts(await work.raw(), import_id)
    done = await imports.finish(work.session, import_id, "completed")
    if done is not None and not done.dry_run:
        work.publish(_completed(done))


async def _judged(
    blocks: AsyncIterator[Block], reader: RowReader, surveyed: Surveyed
) -> AsyncIterator[Judged]:
    async for block in blocks:
        yield await asyncio.to_thread(judge, block, reader, surveyed)


def problem_of(error: Exception) -> dict[str, Any]:
    """Return the problem details of a failure, which repeat nothing that a file holds."""
    problem: dict[str, Any] = orjson.loads(problem_for(error).body)
    return problem


def _completed(done: Import) -> ImportCompleted:
    return ImportCompleted(
        import_id=done.import_id,
        dataset=done.dataset,
        read=done.rows_read,
        created=done.rows_created,
        updated=done.rows_updated,
        unchanged=done.rows_unchanged,
        refused=done.rows_refused,
        held=done.rows_held,
    )
