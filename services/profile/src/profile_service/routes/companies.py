"""A company's figures, what is behind them, and the closing of a period."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from profile_service import traces, views
from profile_service.held.looking import record_figures
from profile_service.periods import parse_period
from profile_service.repository import periods
from profile_service.restating import restatements
from profile_service.restating.restatements import RestatementPlace
from profile_service.routes.parts import AskedProgram, Figures, Keeping, MaybePeriod, TruePeriod
from profile_service.schemas import (
    ClosedPeriodShape,
    CompanyMetrics,
    CompanyProgramShape,
    CompanyShape,
    RestatementShape,
    Trace,
)
from shared_utils.auth import Admin, Caller, CompanyScope, Role, allow
from shared_utils.deps import Read, TenantRead, Write
from shared_utils.paging import DEFAULT_LIMIT, Cursor, Limit, Page, next_cursor, place_of

router = APIRouter(tags=["companies"])

CompanyLister = Annotated[Caller, allow(Role.ADMIN, Role.COORDINATOR, Role.COMPANY_USER)]


@router.get("/companies/{company_id}/metrics", response_model_exclude_unset=True)
async def show_metrics(
    company_id: UUID,
    caller: CompanyScope,
    session: TenantRead,
    work: Write,
    figuring: Figures,
    period: TruePeriod,
    program: AskedProgram,
) -> CompanyMetrics:
    """The figures of a month, quarter or year; a company sees closed periods and no small group."""
    figures = figuring.released if caller.role is Role.COMPANY_USER else figuring.computed
    shown = views.company_metrics(await figures(session, company_id, period, program))
    asked = (company_id, period)
    await record_figures(work, caller, figuring, asked, list(shown.metrics.items()))
    return shown


@router.get("/companies/{company_id}/metrics/{metric}/trace", response_model_exclude_unset=True)
async def trace_metric(
    company_id: UUID,
    metric: str,
    caller: CompanyScope,
    session: TenantRead,
    work: Write,
    figuring: Figures,
    period: TruePeriod,
    program: AskedProgram,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Trace:
    """What a figure was made of: sentences and rows for admins, counts per file for companies."""
    asked = (company_id, period, metric)
    if caller.role is Role.COMPANY_USER:
        shown = await traces.for_company(session, figuring, asked, program)
        looked_at = (company_id, period)
        await record_figures(work, caller, figuring, looked_at, [(metric, shown.figure)])
        return shown
    place = traces.Place(place_of(cursor, datetime, str, UUID), limit)
    looking = traces.Looking(caller, session, work.session, figuring, program)
    return await traces.for_admin(looking, asked, place)


@router.get("/companies")
async def list_companies(
    caller: CompanyLister, session: Read, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[CompanyShape]:
    """The companies, by their keys; a company's user sees the own one alone."""
    place = place_of(cursor, str)
    own = caller.company_id if caller.role is Role.COMPANY_USER else None
    rows = await periods.companies(session, own, place[0] if place else None, limit + 1)
    return Page(
        items=[CompanyShape.model_validate(one, from_attributes=True) for one in rows[:limit]],
        next=next_cursor(rows, limit, lambda one: (one.key,)),
    )


@router.get("/companies/{company_id}/restatements")
async def list_restatements(
    company_id: UUID,
    caller: CompanyScope,
    session: TenantRead,
    figuring: Figures,
    period: MaybePeriod,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RestatementShape]:
    """Figures that took others' places, newest first; a company sees those that it was shown."""
    await figuring.check_company(session, company_id)
    place = RestatementPlace(place_of(cursor, datetime, str), limit)
    is_admin = caller.role is not Role.COMPANY_USER
    return await restatements.page(session, company_id, period, place, is_admin=is_admin)


@router.get("/companies/{company_id}/programs")
async def list_programs(
    company_id: UUID, caller: CompanyScope, session: TenantRead, figuring: Figures
) -> Page[CompanyProgramShape]:
    """The programmes that a company takes part in."""
    await figuring.check_company(session, company_id)
    found = await periods.company_programs(session, company_id)
    items = [CompanyProgramShape.model_validate(one, from_attributes=True) for one in found]
    return Page(items=items, next=None)


@router.post("/companies/{company_id}/periods/{period}/close")
async def close_period(
    company_id: UUID, period: str, work: Write, caller: Admin, keeper: Keeping
) -> ClosedPeriodShape:
    """Fix a period's figures once it is over and its events have arrived; again changes nothing."""
    asked = parse_period(period)
    closed = await keeper.close(work, company_id, asked, caller.subject)
    return ClosedPeriodShape(
        company_id=company_id,
        period=asked.label,
        status=closed.status,
        closed_at=closed.closed_at,
    )
