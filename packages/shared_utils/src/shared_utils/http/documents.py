"""The API's own documentation: its problems in OpenAPI, and pages that need no network."""

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared_utils.http.problems import MEDIA_TYPE

DOCUMENTS = "/docs"

_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:waymark:problem:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "correlation_id": {"type": ["string", "null"]},
    },
}

_CONTENT = {MEDIA_TYPE: {"schema": _PROBLEM}}

DOCUMENTED_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "The request was refused (RFC 9457)", "content": _CONTENT},
    "5XX": {"description": "The request failed on our side (RFC 9457)", "content": _CONTENT},
}


class DocumentHeaders:
    """Lets the documentation page, and no other, run the script that it brings along."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"].startswith(DOCUMENTS)
        await self.app(scope, receive, _with_policy(send) if is_page else send)


def _with_policy(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Content-Security-Policy"] = _POLICY
        await send(message)

    return sending
