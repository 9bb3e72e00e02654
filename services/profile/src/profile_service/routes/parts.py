"""What the service's routes ask for beside transactions and callers.

Async without awaiting anything: FastAPI would send a plain function through a thread.
"""

from typing import Annotated

from fastapi import Depends, Query, Request

from profile_service.companies import Figuring
from profile_service.duplicates.scanning import Scanner
from profile_service.periods import Period, parse_period
from profile_service.projection import Projector
from profile_service.replay import Replayer
from profile_service.rules import RuleTable


async def _rules(request: Request) -> RuleTable:
    rules: RuleTable = request.app.state.rules
    return rules


async def _figuring(request: Request) -> Figuring:
    figuring: Figuring = request.app.state.figuring
    return figuring


async def _replayer(request: Request) -> Replayer:
    replayer: Replayer = request.app.state.replayer
    return replayer


async def _projector(request: Request) -> Projector:
    projector: Projector = request.app.state.projector
    return projector


async def _scanner(request: Request) -> Scanner:
    scanner: Scanner = request.app.state.scanner
    return scanner


async def _asked_period(
    period: Annotated[str, Query(max_length=20, examples=["2026-Q1", "2026-03", "2026"])],
) -> Period:
    return parse_period(period)


Rules = Annotated[RuleTable, Depends(_rules)]
Figures = Annotated[Figuring, Depends(_figuring)]
Projects = Annotated[Projector, Depends(_projector)]
Scans = Annotated[Scanner, Depends(_scanner)]
Replays = Annotated[Replayer, Depends(_replayer)]
AskedPeriod = Annotated[Period, Depends(_asked_period)]
"""The period of the query string; UnknownPeriodError (422) for anything else."""
