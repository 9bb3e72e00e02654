"""Where a page of a list by one id goes on."""

from uuid import UUID

from shared_utils.paging import place_of


def after(cursor: str | None) -> UUID | None:
    """The last id of the page before; None for the first page, 422 for a cursor of no page."""
    place = place_of(cursor, UUID)
    return place[0] if place else None
