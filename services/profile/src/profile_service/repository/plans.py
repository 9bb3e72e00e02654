"""Reads and writes what a company was shown so far: one plan a company, over all its releases."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_HOLD = text("LOCK TABLE insight.suppression_plans IN SHARE ROW EXCLUSIVE MODE")
_HOLD_WITH_OTHERS = text("LOCK TABLE insight.suppression_plans IN ROW EXCLUSIVE MODE")
_ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

_NEWEST = text("""
    SELECT cells FROM insight.suppression_plans
    WHERE company_id = :company ORDER BY revision DESC LIMIT 1
""")

_SAVE = text("""
    INSERT INTO insight.suppression_plans (company_id, revision, k, cells, digest)
    SELECT :company, coalesce(max(revision), 0) + 1, :k, CAST(:cells AS jsonb), :digest
    FROM insight.suppression_plans WHERE company_id = :company
    HAVING coalesce((array_agg(digest ORDER BY revision DESC))[1], '') <> :digest
""")


async def hold(session: AsyncSession, *, alone: bool = True) -> None:
    """Let all that follows be of one moment, with nobody else deciding what is shown.

    Not `alone`: only with nobody who decides.

    Must be the transaction's first statements: LOCK takes no snapshot, so what those before
    decided is seen.
    """
    await session.execute(_ONE_MOMENT)
    await session.execute(_HOLD if alone else _HOLD_WITH_OTHERS)


async def hold_moment(session: AsyncSession) -> None:
    """Let all that follows be of one moment; must be the transaction's first statement."""
    await session.execute(_ONE_MOMENT)


async def newest_plan(session: AsyncSession, company_id: UUID) -> dict[str, Any]:
    """The cells of a company's plan; empty while nothing was ever decided."""
    found = (await session.execute(_NEWEST, {"company": company_id})).scalar_one_or_none()
    return found or {}


async def save_plan(
    session: AsyncSession, company_id: UUID, k: int, cells: dict[str, Any], digest: str
) -> None:
    """Keep a plan as the next revision, unless the newest is the same."""
    bound = {"company": company_id, "k": k, "cells": json.dumps(cells), "digest": digest}
    await session.execute(_SAVE, bound)
