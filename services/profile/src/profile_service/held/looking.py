"""Who looked at a person: by role to the person, by name to staff."""

from collections.abc import Sequence
from uuid import UUID

from profile_service.companies import Figuring
from profile_service.held.schemas import LookShape
from profile_service.periods import Period
from profile_service.repository import looks
from profile_service.repository.looks import Look
from profile_service.schemas import FigureShape
from shared_utils.auth import Caller, Role
from shared_utils.work import Work

OWNERS = frozenset({Role.PARTICIPANT, Role.VOLUNTEER})


def shown_look(look: Look, *, names_staff: bool) -> LookShape:
    """A look as the caller may see it."""
    own = look.role in OWNERS
    return LookShape(
        at=look.at,
        action=look.action,
        role=look.role,
        own=own,
        actor=look.actor if names_staff or own else None,
        company_id=look.company_id,
        object=look.object,
    )


async def record_figures(
    work: Work,
    caller: Caller,
    figuring: Figuring,
    asked: tuple[UUID, Period],
    figures: Sequence[tuple[str, FigureShape]],
) -> None:
    """Record, once a digest, what a company's user was shown; a hidden figure was not."""
    company_id, period = asked
    shown = [(name, one.digest) for name, one in figures if one.digest and one.value is not None]
    if caller.role is Role.COMPANY_USER and shown:
        window = figuring.window(company_id, period)
        of = (period.label, window.start, window.end)
        await looks.record_shown(work.session, company_id, of, shown)
