"""Fixes the figures of periods that close, and keeps those that changed since beside them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from event_contracts import PeriodComputed
from event_contracts.vocabulary import PeriodStatus
from profile_service.disclosure.lattice import Place
from profile_service.figures import Figure, combined_digest
from profile_service.metrics import METHOD
from profile_service.periods import parse_period
from profile_service.repository import kept, periods
from profile_service.repository.marks import Stale
from profile_service.restating.cause import Cause
from profile_service.restating.year import Year
from shared_utils.work import Work


async def close(work: Work, year: Year, period: str, actor: str) -> None:
    """Fix a period's figures as their first revision."""
    await kept.forget_open(work.session, year.company_id, [period])
    for place in year.kept_places(period):
        figures = list((await year.now(place)).values())
        status = PeriodStatus.CLOSED
        await kept.keep(work.session, year.company_id, place, figures, status=status)
    await periods.close_period(work.session, year.company_id, period, actor)
    await _tell(work, year, period, PeriodStatus.CLOSED)


async def restate(work: Work, year: Year, period: str, stale: Sequence[Stale]) -> bool:
    """Keep the figures of a closed period that are others by now; whether there were any."""
    changed = {place: await _changed(year, place) for place in year.kept_places(period)}
    if not any(changed.values()):
        return False
    cause = cause_of(period, stale)
    for place, figures in changed.items():
        if figures:
            await kept.keep(
                work.session,
                year.company_id,
                place,
                figures,
                status=PeriodStatus.RESTATED,
                because=cause.text,
            )
    await periods.restate_period(work.session, year.company_id, period)
    await _tell(work, year, period, PeriodStatus.RESTATED)
    return True


def cause_of(period: str, stale: Sequence[Stale]) -> Cause:
    """The first cause among the months of a period, or of one that it looks back at."""
    asked = parse_period(period)
    causes = (one.cause for one in stale if asked.first_day <= one.month < asked.next_day)
    return next(causes, stale[0].cause if stale else Cause("unknown"))


def touched_periods(months: Collection[date]) -> dict[str, set[str]]:
    """The months, quarters and years that these lie in, and those after, which look back."""
    found: dict[str, set[str]] = {}
    for month in months:
        for period in _around(month):
            for one in (period, _after(period)):
                found.setdefault(one[:4], set()).add(one)
    return found


def _around(month: date) -> tuple[str, str, str]:
    quarter = f"{month.year}-Q{(month.month - 1) // 3 + 1}"
    return f"{month.year}-{month.month:02}", quarter, str(month.year)


def _after(period: str) -> str:
    """The period of the same length that follows, whose retention looks back at this one."""
    asked = parse_period(period)
    month, quarter, year = _around(asked.next_day)
    return {1: month, 3: quarter, 12: year}[asked.months]


async def _changed(year: Year, place: Place) -> list[Figure]:
    held, now = year.held.get(place, {}), await year.now(place)
    return [one for name, one in now.items() if name not in held or differs(held[name].figure, one)]


def differs(one: Figure, other: Figure) -> bool:
    """Whether two figures say different things, or the same of different facts."""
    return said(one) != said(other)


def said(figure: Figure) -> tuple[object, ...]:
    """What a figure says and of which facts, to be compared."""
    value = None if figure.value is None else float(figure.value)
    return (
        value,
        figure.reason,
        figure.interval and tuple(figure.interval),
        figure.n,
        figure.digest or "",
        figure.method,
        figure.published,
    )


async def _tell(work: Work, year: Year, period: str, status: PeriodStatus) -> None:
    figures: Mapping[str, Figure] = await year.now(Place(period))
    event = PeriodComputed(
        company_id=year.company_id,
        period=period,
        status=status,
        method=METHOD,
        digest=combined_digest(list(figures.values())),
    )
    work.publish(event, company_id=year.company_id)
