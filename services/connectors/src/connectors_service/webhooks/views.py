"""From what is stored and declared about webhooks to what the API answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from connectors_service.webhooks.schemas import Delivery, RowPlace, ShapeField, ShapeView
from connectors_service.webhooks.shape import Shape

Rows = Mapping[tuple[str, str], Sequence[tuple[UUID, int]]]


def delivery_view(found: Any, rows: Rows) -> Delivery:
    """Show a webhook that was taken, without its body."""
    places = rows.get((found.source, found.webhook_id), ())
    return Delivery(
        source=found.source,
        webhook_id=found.webhook_id,
        webhook=found.shape,
        received_at=found.received_at,
        processed_at=found.processed_at,
        rejected_repeats=found.rejected,
        problem=found.problem,
        rows=[RowPlace(import_id=import_id, row=row) for import_id, row in places],
    )


def shape_view(shape: Shape) -> ShapeView:
    """Show what partners send."""
    mappings = dict.fromkeys(route.mapping for route in shape.rows)
    datasets = dict.fromkeys(shape.mapping(name).dataset for name in mappings)
    return ShapeView(
        source=shape.source,
        kind=shape.kind,
        description=shape.description,
        path=f"/v1/webhooks/{shape.name}",
        fields=[
            ShapeField(field=path, types=sorted(expected.types), required=expected.required)
            for path, expected in shape.fields.items()
        ],
        datasets=list(datasets),
        several=shape.several,
    )
