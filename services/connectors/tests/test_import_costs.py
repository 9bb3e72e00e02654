"""Costs of overlapping periods would be counted twice: the later claim is refused."""

from typing import Any
from uuid import UUID

import pytest

HEADER = "company_id,program,period,cash\n"


def cost(period: str, company: str = "acme", program: str = "language", cash: int = 5) -> str:
    return f"{company},{program},{period},{cash}\n"


@pytest.mark.parametrize(
    ("stored", "given", "refused"),
    [
        ("2026-Q1", "2026-03", True),
        ("2026-03", "2026-Q1", True),
        ("2026", "2026-12", True),
        ("2026-Q1", "2026", True),
        ("2026-Q1", "2026-04", False),
        ("2026-Q1", "2025-12", False),
        ("2026-Q1", "2026-Q2", False),
        ("2026-Q1", "Q1 2026", False),
    ],
)
async def test_e024_a_period_that_overlaps_a_stored_one_is_refused(
    connectors: Any, acme: UUID, stored: str, given: str, refused: bool
) -> None:
    await connectors.imported("program-costs", HEADER + cost(stored))

    done = await connectors.imported("program-costs", HEADER + cost(given, cash=6))

    codes = await connectors.codes(done["import_id"])
    assert codes == ([(2, "E024")] if refused else [])


async def test_other_companies_and_programmes_stand_apart(connectors: Any, acme: UUID) -> None:
    await connectors.imported("program-costs", HEADER + cost("2026-Q1"))

    done = await connectors.imported(
        "program-costs",
        HEADER + cost("2026-03", company="bolt") + cost("2026-03", program="buddy"),
    )

    assert (done["rows"]["created"], done["rows"]["refused"]) == (2, 0)


@pytest.mark.parametrize("options", [{}, {"dry_run": "true"}])
@pytest.mark.parametrize("chunk_rows", [1, 100])
async def test_within_a_file_the_first_holds_however_it_is_cut(
    build_connectors: Any, chunk_rows: int, options: dict[str, str]
) -> None:
    connectors = await build_connectors(import_chunk_rows=chunk_rows)
    await connectors.imported("companies", "company_id,name\nacme,Acme\n")
    content = HEADER + cost("2026-Q1") + cost("2026-02") + cost("2026-04")

    done = await connectors.imported("program-costs", content, **options)

    assert (done["rows"]["created"], done["rows"]["refused"]) == (2, 1)
    assert await connectors.codes(done["import_id"]) == [(3, "E024")]
    (error,) = await connectors.errors(done["import_id"])
    assert "2026-Q1" in error["message"]
