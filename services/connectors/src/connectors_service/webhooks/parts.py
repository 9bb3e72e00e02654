"""What the webhook routes work with; made once in `app`, kept in the app's state."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from connectors_service.settings import Settings
from connectors_service.webhooks.intake import WebhookIntake
from connectors_service.webhooks.rehearsal import Rehearsals
from connectors_service.webhooks.worker import WebhookWorker
from shared_utils.db import Database
from shared_utils.hashing import KeyedHash
from shared_utils.sealing import Seal


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each for the process."""

    intake: WebhookIntake
    rehearsals: Rehearsals
    worker: WebhookWorker


def parts_for(database: Database, settings: Settings) -> Parts:
    """Make the parts; nothing starts."""
    worker = WebhookWorker(database, settings)
    return Parts(
        WebhookIntake(database, Seal(settings.hmac_key), worker.wake),
        Rehearsals(database, KeyedHash(settings.hmac_key)),
        worker,
    )


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.webhooks
    return parts


InUse = Annotated[Parts, Depends(_parts)]
"""The process's parts, for a route."""
