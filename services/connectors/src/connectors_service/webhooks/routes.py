"""The webhook API: take one, test a sample, look at shapes, deliveries and drift."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from connectors_service.repository import drift, webhooks
from connectors_service.webhooks.parts import InUse, Parts
from connectors_service.webhooks.schemas import (
    CountedDrift,
    Delivery,
    RehearsedWebhook,
    ShapeList,
    TakenWebhook,
)
from connectors_service.webhooks.shape import Shape, shape_named, shape_of_kind, shapes
from connectors_service.webhooks.views import delivery_view, shape_view
from shared_utils.auth import AdminOrCoordinator, Caller, Role, allow
from shared_utils.auth.dependencies import signed_caller
from shared_utils.auth.rules import Rule, refusal
from shared_utils.deps import Read
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(prefix="/webhooks", tags=["webhooks"])
WEBHOOK_BYTES = 256 * 1024
_TESTERS = Rule(frozenset({Role.ADMIN, Role.COORDINATOR}), scope="webhook:{source}")
_JSON_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "parameters": [
        {"name": name, "in": "header", "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ],
}

Readers = Annotated[Caller, allow(Role.ADMIN, Role.COORDINATOR, Role.PARTNER)]
NamedShape = Annotated[Shape, Depends(shape_named)]
ShapeOfKind = Annotated[Shape, Depends(shape_of_kind)]
OnlySource = Annotated[str | None, Query(max_length=100)]
DryRun = Annotated[bool, Query(description="Tell what it would do; a partner's key, no signature")]
Answer = TakenWebhook | RehearsedWebhook


@router.get("")
async def list_webhooks(caller: Readers) -> ShapeList:
    """Describe every webhook: its members, and which datasets it feeds."""
    return ShapeList(items=[shape_view(shape) for shape in shapes().values()])


@router.get("/deliveries")
async def list_deliveries(
    session: Read,
    caller: AdminOrCoordinator,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    source: OnlySource = None,
) -> Page[Delivery]:
    """List the webhooks that were taken, newest first, and the rows they became."""
    before = place_of(cursor, datetime, str, str)
    found = await webhooks.deliveries_before(session, before, limit + 1, source)
    rows = await webhooks.rows_of(session, [(row.source, row.webhook_id) for row in found])
    return Page(
        items=[delivery_view(row, rows) for row in found[:limit]],
        next=next_cursor(found, limit, lambda row: (row.received_at, row.source, row.webhook_id)),
    )


@router.get("/drift")
async def list_drift(
    session: Read,
    caller: AdminOrCoordinator,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
    source: OnlySource = None,
) -> Page[CountedDrift]:
    """List how payloads differ from their shapes, and how often; `source` is a webhook's path."""
    after = place_of(cursor, str, str, str)
    found = await drift.drift_after(session, after, limit + 1, source)
    return Page(
        items=[CountedDrift.model_validate(row) for row in found[:limit]],
        next=next_cursor(found, limit, lambda row: (row.source, row.field, row.kind)),
    )


@router.post(
    "/{source}/{kind}", status_code=202, max_body_size=WEBHOOK_BYTES, openapi_extra=_JSON_BODY
)
async def receive_webhook(
    shape: NamedShape,
    request: Request,
    response: Response,
    parts: InUse,
    dry_run: DryRun = False,
) -> Answer:
    """Take a signed webhook (Standard Webhooks); it is processed after the answer."""
    return await _received(shape, request, response, parts, dry_run)


@router.post("/{kind}", status_code=202, max_body_size=WEBHOOK_BYTES, include_in_schema=False)
async def receive_short_form(
    shape: ShapeOfKind,
    request: Request,
    response: Response,
    parts: InUse,
    dry_run: DryRun = False,
) -> Answer:
    """Take a webhook by its kind alone, such as /webhooks/session."""
    return await _received(shape, request, response, parts, dry_run)


async def _received(
    shape: Shape, request: Request, response: Response, parts: Parts, dry_run: bool
) -> Answer:
    if dry_run:
        await _check_tester(shape, request)
        response.status_code = 200
        return await parts.rehearsals.rehearse(shape, await request.body())
    taken = await parts.intake.take(shape, request.headers, await request.body())
    return TakenWebhook(
        source=shape.source,
        kind=shape.kind,
        webhook_id=taken.webhook_id,
        repeated=taken.repeated,
    )


async def _check_tester(shape: Shape, request: Request) -> None:
    caller = await signed_caller(request, None)
    problem = refusal(_TESTERS, caller, {"source": shape.source})
    if problem is not None:
        raise problem
