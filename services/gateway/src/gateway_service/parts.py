"""What the gateway's routes work with; made once in `app`, kept in the app's state."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from gateway_service.accounts import Accounts
from gateway_service.keyring import Keyring
from gateway_service.keys import ApiKeys
from gateway_service.library import Library
from gateway_service.logins import Logins
from gateway_service.upstreams import Upstreams
from gateway_service.webhook_secrets import WebhookSecrets


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each for the process."""

    keyring: Keyring
    logins: Logins
    accounts: Accounts
    api_keys: ApiKeys
    webhook_secrets: WebhookSecrets
    upstreams: Upstreams
    library: Library


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.gateway
    return parts


InUse = Annotated[Parts, Depends(_parts)]
"""The process's parts, for a route."""
