"""The API of replays: refused rows are tried again without a new upload."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from connectors_service.access import VisibleImports
from connectors_service.datasets.catalogue import dataset_named
from connectors_service.errors import NotReplayableError
from connectors_service.receiving import choosing
from connectors_service.receiving.options import Asked
from connectors_service.replaying.rows import Again
from connectors_service.repository import audit, retries, uploads
from connectors_service.repository import imports as stored
from connectors_service.repository.uploads import Uploader
from connectors_service.schemas import ImportView
from connectors_service.views import import_view
from shared_schema.tables.imports import Import
from shared_utils.auth import Caller
from shared_utils.deps import Write
from shared_utils.work import Work

router = APIRouter(tags=["imports"])


class ReplayAsked(BaseModel):
    """The mapping that reads the rows; without one the newest version of the import's own."""

    model_config = ConfigDict(extra="forbid")

    mapping: str | None = None


@router.post("/imports/{import_id}/replay", status_code=202)
async def replay_import(
    import_id: UUID,
    request: Request,
    imports: VisibleImports,
    work: Write,
    mapping: str | None = None,
    asked: ReplayAsked | None = None,
) -> ImportView:
    """Try the refused rows of an import again, in the background, into the same import."""
    found = await imports.get(import_id)
    if (found.replay or {}).get("status") != "running":
        wanted = mapping or (asked.mapping if asked else None)
        await _ask(work, found, wanted, imports.caller)
    request.app.state.runner.wake()
    return import_view(await stored.present_import(work.session, import_id))


async def _ask(work: Work, found: Import, wanted: str | None, caller: Caller) -> None:
    uploader = Uploader(caller.subject, caller.role, found.company_id)
    dataset_named(found.dataset)
    if wanted:
        asked = Asked(mapping=wanted)
        chosen = await choosing.chosen_mapping(
            work.session, found.dataset, asked, uploader, found.sha256 or b""
        )
        await choosing.keep(work.session, chosen, uploader)
        mapping = chosen.mapping
    else:
        mapping = await choosing.mapping_called(work.session, found, found.mapping, None)
    Again(found, mapping, await uploads.filename_of(work.session, found.import_id)).file_plan()
    replay = {
        "status": "running",
        "asked_by": caller.subject,
        "asked_role": caller.role,
        "asked_at": datetime.now(UTC).isoformat(),
        "mapping": mapping.name,
        "version": mapping.version,
        "row": 0,
        "tried": 0,
    }
    if not await retries.ask(work.session, found.import_id, replay):
        raise NotReplayableError
    await audit.record(work, caller, "imports.import.replay", "import", str(found.import_id))
