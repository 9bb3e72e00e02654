"""One import from `received` to its end: survey, chunks, and the word about how it went."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
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

if TYPE_CHECKING:
    from connectors_service.columns.importing import Columns

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
        columns = await self._columns(found, source, plan)
        survey = await columns.survey() if columns else None
        if survey is None:
            columns, survey = None, await _survey(source, plan)
        surveyed = await self._surveyed(found, source, plan, survey)
        starts_over = found.atomic and not found.dry_run
        size, first_row = self._settings.import_chunk_rows, 0 if starts_over else found.next_row
        if columns:
            chunks = columns.judged(surveyed, size, first_row)
        else:
            reader = RowReader(plan, surveyed.scales)
            chunks = _judged(source.chunks(size, first_row), reader, surveyed)
        await self._load(found, plan, chunks)
        await self._complete(found)

    async def _plan(self, found: Import) -> Plan:
        dataset = dataset_named(found.dataset)
        async with self._database.read() as session:
            mapping = await used_mapping(session, found)
            filename = await uploads.filename_of(session, found.import_id)
        headers = structure_of(found.checkpoint).dialect.headers
        return plan_for(dataset, mapping, headers, filename, found.program)

    async def _columns(self, found: Import, source: Source, plan: Plan) -> "Columns | None":
        """Return how a large plain file is judged by columns, if it can be."""
        is_large = source.structure.last_row >= self._settings.import_columns_from_rows
        is_own = found.company_id is None and not found.dry_run and found.channel == "file"
        if not (is_large and is_own and source.structure.plain):
            return None
        return await asyncio.to_thread(_by_columns, source, plan)

    async def _surveyed(
        self, found: Import, source: Source, plan: Plan, survey: Survey
    ) -> Surveyed:
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

    async def _load(self, found: Import, plan: Plan, judged: AsyncIterator[Judged]) -> None:
        job = Job(found.import_id, plan, found.dry_run, found.company_id, found.correlation_id)
        if found.atomic and not found.dry_run:
            await self._load_whole(job, judged)
            return
        findings = self._findings(found) if found.dry_run else None
        job = replace(job, findings=findings)
        loader = ChunkLoader(self._database, self._keyed, job, found.next_row)
        async with aclosing(one_ahead(judged)) as chunks:
            async for chunk in chunks:
                await loader.load(chunk)
        if findings is not None:
            async with self._database.work() as work:
                await reports.keep(await work.raw(), found.import_id, findings.shown())

    def _findings(self, found: Import) -> Findings:
        zone = ZoneInfo(self._settings.programme_time_zone)
        return Findings(figures=MovedFigures(zone, found.company_id))

    async def _load_whole(self, job: Job, judged: AsyncIterator[Judged]) -> None:
        """Load all rows in one transaction, which also ends the import."""
        loader = AtomicLoader(self._database, self._keyed, job)
        try:
            async with (
                aclosing(one_ahead(judged)) as chunks,
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


def _by_columns(source: Source, plan: Plan) -> "Columns | None":
    from connectors_service.columns.importing import columns_of  # noqa: PLC0415 - polars is heavy

    return columns_of(source, plan)


async def _survey(source: Source, plan: Plan) -> Survey:
    survey = Survey(plan)
    async for block in source.blocks():
        await asyncio.to_thread(survey.add, block)
    return survey


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
