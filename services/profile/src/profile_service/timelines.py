"""A person's timeline: one fact after the other, for staff each with the row that told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from profile_service import profiles
from profile_service.errors import UnknownFactTypeError
from profile_service.facts import SCORE, SCORE_OVERRIDE, SECTIONS
from profile_service.repository import persons
from profile_service.repository.figures import files_of
from profile_service.repository.origins import origins
from profile_service.repository.profiles import Moment, timeline
from profile_service.schemas import Origin, TimelineEvent, TimelineItem
from shared_utils.auth import Caller
from shared_utils.paging import Page, next_cursor
from shared_utils.work import Work

Key = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins, how long it is, and of which type its facts are, if of one."""

    after: tuple[datetime, str, UUID] | None
    limit: int
    only: str | None


async def page(work: Work, caller: Caller, person_id: UUID, place: Place) -> Page[TimelineItem]:
    """A page of what happened; that it was looked at is recorded.

    Raises UnknownPersonError and UnknownFactTypeError.
    """
    check_type(place.only)
    person = await profiles.known_person(work, person_id)
    await persons.log_access(work.session, person.person_id, caller, "timeline")
    rows = await timeline(work.session, person.sources, place.after, place.limit + 1, place.only)
    shown = rows[: place.limit]
    if caller.role in profiles.STAFF:
        items = await _with_origins(work, shown)
    else:
        items = [_item(row, hide={"import_id"}) for row in shown]
    following = next_cursor(rows, place.limit, lambda row: (row.at, row.fact_type, row.fact_id))
    return Page(items=items, next=following)


def check_type(only: str | None) -> None:
    """Raise UnknownFactTypeError for a type that no timeline can have."""
    if only is not None and only not in SECTIONS:
        known = ", ".join(sorted(map(str, SECTIONS)))
        raise UnknownFactTypeError(f"Leave type out, or send one of: {known}.")


async def _with_origins(work: Work, rows: Sequence[Moment]) -> list[TimelineItem]:
    keys = [told_by(row) for row in rows]
    found = await origins(work.session, {key for key in keys if key})
    imports = {one.import_id for one in found.values() if one.import_id}
    files = await files_of(work.session, imports)
    shapes = {
        key: Origin(
            import_id=one.import_id,
            row=one.row,
            mapping_version=one.mapping_version,
            file=files.get(one.import_id) if one.import_id else None,
        )
        for key, one in found.items()
    }
    origin = [shapes.get(key) if key else None for key in keys]
    return [
        _item(row).model_copy(update={"origin": its}) for row, its in zip(rows, origin, strict=True)
    ]


def told_by(row: Moment) -> Key | None:
    """The fact whose row told this one: itself, or the one whose words were scored."""
    if row.fact_type not in {SCORE, SCORE_OVERRIDE}:
        return row.fact_type, row.fact_id
    about = row.state.get("fact_type"), row.state.get("fact_id")
    return (str(about[0]), UUID(str(about[1]))) if all(about) else None


def _item(of: Moment, hide: frozenset[str] | set[str] = frozenset()) -> TimelineItem:
    return TimelineItem(
        at=of.at,
        fact_type=of.fact_type,
        fact_id=of.fact_id,
        event=TimelineEvent(event_id=of.event_id, type=of.event_type),
        state={name: it for name, it in of.state.items() if name not in hide},
    )
