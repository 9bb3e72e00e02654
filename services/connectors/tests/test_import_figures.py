"""A dry run says which companies' figures would move, and tells nobody of others' companies."""

from typing import Any
from uuid import UUID

import pytest

HEADER = "session_id,participant_email,volunteer_email,scheduled_at,completed_at,duration_minutes\n"


def session(number: int, participant: str, volunteer: str, day: str, ended: bool = True) -> str:
    end = f"{day}T11:00:00Z" if ended else ""
    return f"LS-{number},{participant},{volunteer},{day}T10:00:00Z,{end},90\n"


async def rehearsed(connectors: Any, dataset: str, content: str, **options: Any) -> Any:
    done = await connectors.imported(dataset, content, dry_run="true", **options)
    assert done["status"] == "completed", done
    return done["report"]["would"]["figures"]


async def test_new_sessions_move_the_figures_of_whom_they_count_for(
    connectors: Any, acme: UUID
) -> None:
    await connectors.imported(
        "enrollments",
        "participant_email,program,company_id,started_on\n"
        "anna@learn.example,language,bolt,2026-01-01\n",
    )
    content = (
        HEADER
        + session(1, "anna@learn.example", "tom@acme.example", "2026-03-31")
        + session(2, "ivan@learn.example", "tom@acme.example", "2026-03-02", ended=False)
        + session(3, "ivan@learn.example", "tom@acme.example", "2026-04-01")
        + session(4, "ivan@learn.example", "sue@help.example", "2026-04-01")
    )

    figures = await rehearsed(connectors, "kintell-sessions", content)

    def moved(company: str, period: str, facts: int, sessions: int, hours: float, n: int) -> Any:
        return {
            "company": company,
            "period": period,
            "facts": {"kintell_session": facts},
            "sessions_completed": sessions,
            "volunteer_hours": hours,
            "participants": n,
        }

    assert figures == [
        moved("acme", "2026-Q1", 2, 1, 1.5, 2),
        moved("acme", "2026-Q2", 1, 1, 1.5, 1),
        moved("bolt", "2026-Q1", 1, 1, 0.0, 1),
    ]


async def test_a_changed_session_moves_by_the_difference(connectors: Any, acme: UUID) -> None:
    stored = HEADER + session(1, "anna@learn.example", "tom@acme.example", "2026-03-31")
    await connectors.imported("kintell-sessions", stored)

    shorter = await rehearsed(connectors, "kintell-sessions", stored.replace(",90", ",30"))
    moved = await rehearsed(connectors, "kintell-sessions", stored.replace("03-31", "04-01"))
    lost = await rehearsed(connectors, "kintell-sessions", stored.replace("tom@acme", "tom@help"))
    same = await rehearsed(connectors, "kintell-sessions", stored)

    def told(figures: Any) -> Any:
        return [
            (one["period"], one["sessions_completed"], one["volunteer_hours"]) for one in figures
        ]

    assert told(shorter) == [("2026-Q1", 0, -1.0)]
    assert told(moved) == [("2026-Q1", -1, -1.5), ("2026-Q2", 1, 1.5)]
    assert told(lost) == [("2026-Q1", -1, -1.5)]
    assert same == []


async def test_who_is_new_counts_once_however_the_file_is_cut(
    build_connectors: Any, acme: UUID
) -> None:
    connectors = await build_connectors(import_chunk_rows=1)
    content = HEADER + "".join(
        session(number, "new@learn.example", "new@acme.example", "2026-03-31")
        for number in range(3)
    )

    (figures,) = await rehearsed(connectors, "kintell-sessions", content)

    assert (figures["sessions_completed"], figures["participants"]) == (3, 1)


async def test_ratings_count_for_the_company_of_their_session(connectors: Any, acme: UUID) -> None:
    await connectors.imported(
        "kintell-sessions",
        HEADER + session(1, "anna@learn.example", "tom@acme.example", "2026-03-31"),
    )

    (figures,) = await rehearsed(
        connectors,
        "kintell-ratings",
        "rating_id,session_id,from_role,rating,created_at\n"
        "R-1,LS-1,participant,5,2026-04-01T08:00:00Z\n",
    )

    assert (figures["company"], figures["period"]) == ("acme", "2026-Q2")
    assert figures["facts"] == {"kintell_rating": 1}


async def test_what_names_its_company_moves_all_its_figures(connectors: Any, acme: UUID) -> None:
    (figures,) = await rehearsed(
        connectors, "company-users", "company_id,email\nacme,eva@acme.example\n"
    )

    assert (figures["company"], figures["period"]) == ("acme", "all")
    assert figures["facts"] == {"company_membership": 1}


@pytest.mark.parametrize(
    ("role", "claims", "companies"),
    [
        ("company_user", {"position": "manager", "subject": "acme-manager"}, ["acme"]),
        ("partner", {"scopes": ["import:kintell-sessions"], "subject": "key-1"}, None),
    ],
)
async def test_others_are_told_of_no_company_but_their_own(
    connectors: Any, acme: UUID, role: str, claims: dict[str, Any], companies: list[str] | None
) -> None:
    await connectors.imported(
        "enrollments",
        "participant_email,program,company_id,started_on\n"
        "anna@learn.example,language,bolt,2026-01-01\n",
    )
    company = {"company_id": acme} if role == "company_user" else {}
    caller = connectors.signed(role, **claims, **company)
    content = HEADER + session(1, "anna@learn.example", "tom@acme.example", "2026-03-31")

    sent = await connectors.send("kintell-sessions", content, headers=caller, dry_run="true")
    done = await connectors.ended(sent.json()["import_id"])

    assert done["rows"]["created"] == 1
    figures = done["report"]["would"]["figures"]
    assert (figures and [one["company"] for one in figures]) == companies
    assert all(one["participants"] is None for one in figures or ())


async def test_a_merged_persons_other_company_counts_too(connectors: Any, acme: UUID) -> None:
    await connectors.imported(
        "kintell-sessions",
        HEADER
        + session(1, "anna@learn.example", "tom@home.example", "2026-03-31")
        + session(2, "anna@learn.example", "tom@acme.example", "2026-03-31"),
    )
    await connectors.change(
        "INSERT INTO program.canonical_persons (source_id, canonical_id)"
        " SELECT a.person_id, b.person_id FROM pii.external_ids a, pii.external_ids b"
        " WHERE a.external_id = 'tom@home.example' AND b.external_id = 'tom@acme.example'"
    )

    (figures,) = await rehearsed(
        connectors,
        "kintell-sessions",
        HEADER + session(3, "anna@learn.example", "tom@home.example", "2026-03-31"),
    )

    assert (figures["company"], figures["sessions_completed"]) == ("acme", 1)
