"""The API of sources: define, try, pull, see how it goes."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from connectors_service.pulling.schemas import (
    NewSource,
    SourceList,
    SourceSettings,
    SourceView,
    Trial,
)
from connectors_service.pulling.sources import Sources
from connectors_service.repository import imports as stored
from connectors_service.schemas import ImportView
from connectors_service.views import import_view
from shared_utils.auth import AdminOrCoordinator
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, place_of

router = APIRouter(tags=["sources"])


def _sources(request: Request) -> Sources:
    found: Sources = request.app.state.sources
    return found


AllSources = Annotated[Sources, Depends(_sources)]
Change = Annotated[dict[str, Any], Body(description="Some members of a source, as PUT takes them.")]


@router.get("/sources")
async def list_sources(
    sources: AllSources,
    caller: AdminOrCoordinator,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> SourceList:
    """List sources by name."""
    (after,) = place_of(cursor, str) or ("",)
    rows = await sources.page(after, limit + 1)
    return SourceList(
        items=list(rows[:limit]), next=next_cursor(rows, limit, lambda row: (row.name,))
    )


@router.post("/sources", status_code=201)
async def create_source(
    given: NewSource, sources: AllSources, caller: AdminOrCoordinator, response: Response
) -> SourceView:
    """Define a source; it is pulled at once if it has a schedule."""
    response.headers["Location"] = f"/v1/sources/{given.name}"
    return await sources.create(caller, given)


@router.get("/sources/{source}")
async def show_source(source: str, sources: AllSources, caller: AdminOrCoordinator) -> SourceView:
    """Show a source: last and next run, cursor, the pull under way, the last problem."""
    return await sources.show(source)


@router.put("/sources/{source}")
async def replace_source(
    source: str, given: SourceSettings, sources: AllSources, caller: AdminOrCoordinator
) -> SourceView:
    """Define a source anew; a pull under way is dropped if it would bring something else."""
    return await sources.replace(caller, source, given)


@router.patch("/sources/{source}")
async def change_source(
    source: str, change: Change, sources: AllSources, caller: AdminOrCoordinator
) -> SourceView:
    """Change some members of a source: the secret, the schedule, whether it is enabled."""
    return await sources.change(caller, source, change)


@router.delete("/sources/{source}", status_code=204)
async def remove_source(source: str, sources: AllSources, caller: AdminOrCoordinator) -> None:
    """Remove a source; what it has brought stays."""
    await sources.remove(caller, source)


@router.post("/sources/{source}/pull", status_code=202)
async def pull_source(
    source: str,
    sources: AllSources,
    caller: AdminOrCoordinator,
    response: Response,
    full: bool = False,
) -> ImportView:
    """Pull now: from where the last one ended, or with `full` everything again."""
    import_id = await sources.pull(caller, source, full=full)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    async with sources.database.read() as session:
        return import_view(await stored.present_import(session, import_id))


@router.post("/sources/{source}/test")
async def test_source(source: str, sources: AllSources, caller: AdminOrCoordinator) -> Trial:
    """Fetch the first page and show how it would be read; nothing is stored."""
    return await sources.trial(source)
