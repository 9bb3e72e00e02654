"""Gathers what every store holds about a person, and sends it on as it comes."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from profile_service.export.archive import Archive
from profile_service.export.own import Own
from profile_service.facts import Json
from profile_service.repository import holdings, looks
from profile_service.repository.persons import Person
from shared_utils.db import Database

_ALL = 1_000_000
_AS_SENT = {
    "refused_rows": "original",
    "webhooks": "body",
    "before_images": "image",
    "fact_details": "details",
}
"""Stores with something as a partner sent it, and where it stands."""


async def exported(database: Database, person: Person) -> AsyncIterator[bytes]:
    """The archive, piece by piece, of one moment."""
    archive = Archive()
    async with database.read() as session:
        own = await _own(session, person)
        for store in holdings.STORES:
            rows = await holdings.rows_of(session, store, person.sources)
            archive.add(store, [_cleaned(store, row, own) for row in rows])
            yield archive.drain()
        for store, rows in (await holdings.rows_elsewhere(session, person.sources)).items():
            archive.add(store, [_cleaned(store, row, own) for row in rows])
            yield archive.drain()
        archive.add("figures_shown_to_companies", await _figures(session, person.sources))
    archive.close()
    yield archive.drain()


async def _own(session: AsyncSession, person: Person) -> Own:
    ids = await holdings.rows_of(session, "external_ids", person.sources)
    persons = await holdings.rows_of(session, "persons", person.sources)
    known = [one["external_id"] for one in ids]
    known += [one[name] for one in persons for name in ("display_name", "phone") if one[name]]
    known += [part for one in persons for part in (one["display_name"] or "").split()]
    known += map(str, person.sources)
    return Own(person.sources, {one.strip().lower() for one in known})


async def _figures(session: AsyncSession, sources: Sequence[UUID]) -> list[Json]:
    found = await looks.looks_at(session, sources, None, _ALL)
    return [
        {"at": one.at.isoformat(), "company_id": str(one.company_id), "figure": one.object}
        for one in found
        if one.action == "figure"
    ]


def _cleaned(store: str, row: Json, own: Own) -> Json:
    cleaned = own.row(row)
    field = _AS_SENT.get(store)
    return cleaned if field is None else {**cleaned, field: own.cells(cleaned[field])}
