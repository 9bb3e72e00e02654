"""What callers do to sources: each change checked, written with its audit entry, and acted upon."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from connectors_service.pulling.asking import Reach
from connectors_service.pulling.checking import check
from connectors_service.pulling.credentials import place_of, secret_of
from connectors_service.pulling.definition import Definition, NoAuth
from connectors_service.pulling.errors import (
    BadSourceError,
    SecretMissingError,
    SourceExistsError,
    UnknownSourceError,
)
from connectors_service.pulling.opening import open_pull, settled
from connectors_service.pulling.schedule import next_due
from connectors_service.pulling.schemas import NewSource, SourceSettings, SourceView, Trial
from connectors_service.pulling.state import cursor_of
from connectors_service.pulling.trying import trial
from connectors_service.pulling.views import source_view
from connectors_service.repository import sources as stored
from connectors_service.repository.uploads import Uploader
from shared_schema.tables.imports import Source
from shared_utils.auth import Caller
from shared_utils.db import Database
from shared_utils.work import Work

_HARMLESS = frozenset({"per_second", "timeout_seconds"})
"""Members that change how a pull under way is done, but not what it brings."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources, for callers who may see and change them all."""

    database: Database
    reach: Reach
    wake: Callable[[], None]

    async def page(self, after: str, limit: int) -> Sequence[SourceView]:
        """Return sources by name."""
        async with self.database.read() as session:
            found = await stored.sources_after(session, after, limit)
            return [source_view(each, await settled(session, each), self.reach) for each in found]

    async def show(self, name: str) -> SourceView:
        """Return a source; raises UnknownSourceError."""
        async with self.database.read() as session:
            source = _known(await stored.source_named(session, name))
            return source_view(source, await settled(session, source), self.reach)

    async def create(self, caller: Caller, given: NewSource) -> SourceView:
        """Write a new source; raises BadSourceError, SourceExistsError."""
        definition = given.definition()
        check(given.dataset, definition, self.reach.policy)
        sealed = self._sealed(given.name, definition, given.secret, None)
        async with self.database.work() as work:
            now = await stored.present_time(work.session)
            values = _columns(given, definition) | {
                "name": given.name,
                "sealed_secret": sealed,
                "created_by": caller.subject,
                "next_run_at": now if given.enabled and given.every_seconds else None,
            }
            source = await stored.created_source(work.session, values)
            if source is None:
                raise SourceExistsError
            await _log(work, caller, "created", given.name)
        self.wake()
        return await self.show(given.name)

    async def change(self, caller: Caller, name: str, change: dict[str, Any]) -> SourceView:
        """Set some members of a source; raises RequestValidationError, BadSourceError."""
        async with self.database.read() as session:
            source = _known(await stored.source_named(session, name))
        merged = {**_settings_of(source), **change}
        try:
            given = SourceSettings.model_validate(merged)
        except ValidationError as error:
            problems = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(problems) from None
        return await self.replace(caller, name, given)

    async def replace(self, caller: Caller, name: str, given: SourceSettings) -> SourceView:
        """Set all members of a source; a secret that is not given stays, if it still fits."""
        definition = given.definition()
        check(given.dataset, definition, self.reach.policy)
        async with self.database.work() as work:
            source = _known(await stored.locked_source(work.session, name))
            now = await stored.present_time(work.session)
            values = _columns(given, definition) | {
                "sealed_secret": self._sealed(name, definition, given.secret, source),
                "next_run_at": _next_run(source, given, now),
            }
            if _brings_other(source, given.dataset, definition):
                values["cursor"] = await _stopped(work, source, definition)
            await stored.change_source(work.session, source.source_id, values)
            await _log(work, caller, "changed", name)
        self.wake()
        return await self.show(name)

    async def remove(self, caller: Caller, name: str) -> None:
        """Remove a source and a pull under way; imports of complete pulls stay."""
        async with self.database.work() as work:
            source = _known(await stored.locked_source(work.session, name))
            await _stop(work, source)
            await stored.forget_source(work.session, source.source_id)
            await _log(work, caller, "removed", name)

    async def pull(self, caller: Caller, name: str, *, full: bool) -> UUID:
        """Begin a pull now, or hurry the one under way; return its import."""
        by = Uploader(caller.subject, caller.role, None)
        async with self.database.work() as work:
            source = _known(await stored.locked_source(work.session, name))
            opened = await open_pull(work.session, source, by, on_demand=True, full=full)
            now = await stored.present_time(work.session)
            await stored.change_source(work.session, source.source_id, {"next_run_at": now})
            await _log(work, caller, "pulled", name)
        self.wake()
        return opened.import_id

    async def trial(self, name: str) -> Trial:
        """Fetch one page of a source and show how it would be read."""
        async with self.database.read() as session:
            source = _known(await stored.source_named(session, name))
        return await trial(source, self.reach)

    def _sealed(
        self, name: str, definition: Definition, secret: str | None, source: Source | None
    ) -> bytes | None:
        """Seal a given secret, or keep the sealed one where it still opens."""
        if isinstance(definition.auth, NoAuth):
            return None
        if secret is not None:
            return self.reach.seal.close(secret, place_of(name, definition))
        try:
            if source is not None and secret_of(self.reach.seal, source, definition):
                return source.sealed_secret
        except SecretMissingError:
            pass
        raise BadSourceError("secret", "is needed for this `auth` and host")


def _known(source: Source | None) -> Source:
    if source is None:
        raise UnknownSourceError
    return source


def _columns(given: SourceSettings, definition: Definition) -> dict[str, Any]:
    return {
        "dataset": given.dataset,
        "definition": definition.stored(),
        "enabled": given.enabled,
        "every_seconds": given.every_seconds,
    }


def _settings_of(source: Source) -> dict[str, Any]:
    return {
        **source.definition,
        "dataset": source.dataset,
        "enabled": source.enabled,
        "every_seconds": source.every_seconds,
    }


def _next_run(source: Source, given: SourceSettings, now: datetime) -> datetime | None:
    """A changed schedule counts from now on; what waits for a retry may try at once."""
    if not given.enabled:
        return None
    if cursor_of(source).pull is not None or (given.every_seconds and not source.enabled):
        return now
    return next_due(source.created_at, given.every_seconds, now)


def _brings_other(source: Source, dataset: str, definition: Definition) -> bool:
    before = {k: v for k, v in source.definition.items() if k not in _HARMLESS}
    after = {k: v for k, v in definition.stored().items() if k not in _HARMLESS}
    return before != after or source.dataset != dataset


async def _stopped(work: Work, source: Source, definition: Definition) -> dict[str, Any]:
    """Stop a pull under way; what was seen counts on while place and field are the same."""
    await _stop(work, source)
    cursor = replace(cursor_of(source), pull=None)
    before = Definition.model_validate(source.definition)
    if _seen_in(before) != _seen_in(definition):
        cursor = replace(cursor, since=None, loading=None, loading_seen=None)
    return cursor.as_json()


def _seen_in(definition: Definition) -> tuple[Any, ...]:
    rule = definition.incremental
    return definition.base_url, definition.path, rule and (rule.field, rule.kind)


async def _stop(work: Work, source: Source) -> None:
    pull = cursor_of(source).pull
    if pull is not None:
        await stored.end_pulled(work.session, pull.import_id, "cancelled")
        await stored.forget_pages(work.session, pull.import_id)


async def _log(work: Work, caller: Caller, action: str, name: str) -> None:
    await stored.log_action(work.session, caller, action, name, work.correlation_id)
