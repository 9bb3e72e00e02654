"""From a stored source to what the API answers."""

from connectors_service.pulling.asking import Reach
from connectors_service.pulling.credentials import secret_of
from connectors_service.pulling.definition import Definition
from connectors_service.pulling.errors import SecretMissingError
from connectors_service.pulling.schemas import PullView, SourceView
from connectors_service.pulling.state import Cursor, Pull
from shared_schema.tables.imports import Source


def source_view(source: Source, cursor: Cursor, reach: Reach) -> SourceView:
    """Show a source."""
    definition = Definition.model_validate(source.definition)
    return SourceView(
        **definition.model_dump(),
        name=source.name,
        dataset=source.dataset,
        has_secret=_has_secret(reach, source, definition),
        enabled=source.enabled,
        every_seconds=source.every_seconds,
        since=cursor.since,
        pull=_pull_view(cursor.pull) if cursor.pull else None,
        last_import_id=source.last_import_id,
        last_problem=source.last_problem,
        last_run_at=source.last_run_at,
        next_run_at=source.next_run_at,
        created_by=source.created_by,
        created_at=source.created_at,
    )


def _has_secret(reach: Reach, source: Source, definition: Definition) -> bool:
    try:
        return secret_of(reach.seal, source, definition) is not None
    except SecretMissingError:
        return False


def _pull_view(pull: Pull) -> PullView:
    return PullView(
        import_id=pull.import_id,
        pages=pull.asked,
        records=pull.records,
        bytes=pull.size,
        since=pull.since,
        failures=pull.failures,
    )
