"""What a merge or unmerge would change, found by doing it and taking it back."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from event_contracts.vocabulary import PeriodStatus
from profile_service.companies import Figuring
from profile_service.computing import Cell, compute
from profile_service.figures import Figure
from profile_service.merging.merges import Merging, Pair
from profile_service.merging.schemas import ConflictShape, FigureSide, MergePreview, MovedFigure
from profile_service.periods import Period, parse_period
from profile_service.repository import held, periods, persons, ties
from profile_service.repository.merges import Recorded
from shared_utils.work import Work

MOST_WINDOWS = 60
"""Of each, all figures of a company are computed twice, while the facts of everyone wait."""

Window = tuple[UUID, str]
Figures = Mapping[Window, Sequence[Figure]]


class TrialOverError(Exception):
    """Takes a trial back; nobody but `trial` ever sees it."""


@asynccontextmanager
async def trial(work: Work) -> AsyncIterator[None]:
    """A part of the work that is taken back with its rows and events, whatever it did."""
    try:
        async with work.attempt():
            yield
            raise TrialOverError
    except TrialOverError:
        return


@dataclass(frozen=True, slots=True)
class Previewing:
    """Tries what `merging` would do."""

    merging: Merging
    figuring: Figuring

    async def merge(self, pair: Pair) -> MergePreview:
        """What merging the pair would change, with the fields in which the two differ."""
        work, caller = self.merging.work, self.merging.caller
        for person in (pair.canonical, pair.merge):
            await persons.log_access(work.session, person, caller, "merge preview")
        differing = await self.merging.conflicts(pair)
        preview = await self._tried(pair, self.merging.merge)
        preview.conflicts = [ConflictShape(**asdict(one)) for one in differing]
        return preview

    async def unmerge(self, pair: Pair) -> MergePreview:
        """What taking the pair's merge back would change."""
        return await self._tried(pair, self.merging.unmerge)

    async def _tried(
        self, pair: Pair, act: Callable[[Pair, str], Awaitable[Recorded]]
    ) -> MergePreview:
        touched = await self._touched(pair)
        async with trial(self.merging.work):
            done = await act(pair, "preview")
            touched |= await self._touched(pair)
            windows = newest(touched)[:MOST_WINDOWS]
            after = await self._figures(windows)
        before = await self._figures(windows)
        statuses = {window: await self._status(*window) for window in windows}
        return MergePreview(
            keep=pair.keep,
            merge=pair.merge,
            person_id=pair.canonical,
            moved=done.moved_ids,
            conflicts=[],
            figures=list(moved(before, after, statuses)),
            complete=len(windows) == len(touched),
        )

    async def _touched(self, pair: Pair) -> set[Window]:
        """The companies and periods that any fact of the two counts in."""
        session = self.merging.work.session
        sources = await ties.with_sources(session, [pair.canonical, pair.merge])
        zone = self.figuring.zone.key
        months = await held.counting_months(session, sources, zone)
        return {(company, label) for company, month in months for label in labels(month)}

    async def _figures(self, windows: Iterable[Window]) -> Figures:
        session, knows = self.merging.work.session, self.figuring
        return {
            (company, label): await compute(
                session, Cell(company, parse_period(label)), zone=knows.zone, key=knows.key
            )
            for company, label in windows
        }

    async def _status(self, company: UUID, label: str) -> str:
        closed = await periods.closed_period(self.merging.work.session, company, label)
        if closed:
            return closed.status
        over = parse_period(label).closes_by_itself(datetime.now(UTC), self.figuring.zone)
        return PeriodStatus.CLOSED if over else PeriodStatus.OPEN


def labels(month: date) -> tuple[str, str, str]:
    """The month, quarter and year that a day lies in."""
    quarter = (month.month + 2) // 3
    return f"{month.year}-{month.month:02}", f"{month.year}-Q{quarter}", str(month.year)


def newest(windows: Iterable[Window]) -> list[Window]:
    """The latest periods first; of equal ends the shortest."""
    return sorted(windows, key=_age)


def moved(before: Figures, after: Figures, statuses: Mapping[Window, str]) -> Iterator[MovedFigure]:
    """Every figure that isn't the same on both sides, value or inputs."""
    for (company, label), known in before.items():
        then = {one.name: one for one in after[company, label]}
        for figure in known:
            if _side(figure) != _side(then[figure.name]):
                yield MovedFigure(
                    company_id=company,
                    period=label,
                    status=statuses[company, label],
                    metric=figure.name,
                    before=_side(figure),
                    after=_side(then[figure.name]),
                )


def _side(figure: Figure) -> FigureSide:
    return FigureSide(
        value=figure.value,
        reason=figure.reason,
        interval=figure.interval,
        n=figure.n,
        digest=figure.digest,
    )


def _age(window: Window) -> tuple[int, int, UUID]:
    period: Period = parse_period(window[1])
    return -period.next_day.toordinal(), period.months, window[0]
