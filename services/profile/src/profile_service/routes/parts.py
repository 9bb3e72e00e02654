"""What the service's routes ask for beside transactions and callers.

Async without awaiting anything: FastAPI would send a plain function through a thread.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request

from profile_service.companies import Figuring
from profile_service.duplicates.scanning import Scanner
from profile_service.periods import Period, parse_period
from profile_service.projection import Projector
from profile_service.replay import Replayer
from profile_service.restating.keeper import Keeper
from profile_service.rules import RuleTable
from shared_utils.auth import CompanyScope, Role
from shared_utils.deps import company_of
from shared_utils.hashing import KeyedHash

Programs = Literal["all", "buddy", "language", "mentorship", "upskilling"]


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


async def _keyed(request: Request) -> KeyedHash:
    return KeyedHash(request.app.state.settings.hmac_key)


async def _asked_period(
    period: Annotated[str, Query(max_length=20, examples=["2026-Q1", "2026-03", "2026"])],
) -> Period:
    return parse_period(period)


def _maybe_period(period: Annotated[str | None, Query(max_length=20)] = None) -> str | None:
    return parse_period(period).label if period is not None else None


def _keeper(request: Request) -> Keeper:
    keeper: Keeper = request.app.state.keeper
    return keeper


def _asked_program(
    program: Annotated[Programs, Query(description="One programme, or `all`.")] = "all",
) -> str:
    return program


async def _true_period(
    request: Request,
    company_id: UUID,
    caller: CompanyScope,
    period: Annotated[Period, Depends(_asked_period)],
) -> Period:
    company_of(caller, request.path_params)
    keeper: Keeper = request.app.state.keeper
    by_company = caller.role is Role.COMPANY_USER
    database = request.app.state.database
    await keeper.before_reading(database, company_id, period, by_company=by_company)
    return period


Keyed = Annotated[KeyedHash, Depends(_keyed)]
Rules = Annotated[RuleTable, Depends(_rules)]
Figures = Annotated[Figuring, Depends(_figuring)]
Projects = Annotated[Projector, Depends(_projector)]
Scans = Annotated[Scanner, Depends(_scanner)]
Replays = Annotated[Replayer, Depends(_replayer)]
MaybePeriod = Annotated[str | None, Depends(_maybe_period)]
Keeping = Annotated[Keeper, Depends(_keeper)]
AskedProgram = Annotated[str, Depends(_asked_program)]
AskedPeriod = Annotated[Period, Depends(_asked_period)]
"""The period of the query string; UnknownPeriodError (422) for anything else."""

TruePeriod = Annotated[Period, Depends(_true_period, scope="function")]
"""As AskedPeriod, once what is kept of the period is true; a company's first look closes it."""
