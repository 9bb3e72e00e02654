"""Finished courses, credentials and the costs of programmes become facts and events."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

COMPLETIONS = (
    "user_email,provider,course_id,course_name,completed_at,final_score,credential_ref\n"
    "Anna@learn.example,eCornell,EXEC 101,Leadership,2026-01-15T14:30:00Z,92.5,CERT-1\n"
    "bob@learn.example,itslearning,DATA-201,Data,2026-01-20,,\n"
)
CREDENTIALS = (
    "credential_id,user_email,provider,course_id,course_name,credential_type,issued_at,"
    "expires_at,credential_url,verification_code\n"
    "C-1,anna@learn.example,ecornell,EXEC-101,Leadership,Certificate,2026-01-16,2029-01-16,"
    "ecornell.example/c/1,V-1\n"
    "C-2,bob@learn.example,itslearning,,,badge,2026-01-21,,,\n"
)
COSTS = (
    "company_id,program,period,cash,currency,in_kind\n"
    'ACME,language,2026-Q1,"12,500.00",eur,800\n'
    'acme,Mentoring,2026,"1 000,50",,\n'
)


def counts(done: dict[str, Any]) -> tuple[int, ...]:
    return tuple(done["rows"][name] for name in ("created", "updated", "unchanged", "refused"))


async def imported(connectors: Any, dataset: str, content: str) -> dict[str, Any]:
    await connectors.forget_events()
    done: dict[str, Any] = await connectors.imported(dataset, content)
    assert done["status"] == "completed", done
    return done


async def test_finished_courses_become_progress_and_events(connectors: Any) -> None:
    done = await imported(connectors, "course-completions", COMPLETIONS)

    assert counts(done) == (2, 0, 0, 0)
    stored = await connectors.rows(
        "SELECT l.provider, l.course_id, l.status, l.completed_at, l.final_score, d.details"
        " FROM program.learning_progress l LEFT JOIN pii.fact_details d"
        " ON d.fact_type = 'learning_progress' AND d.fact_id = l.progress_id ORDER BY 1"
    )
    at = datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
    assert tuple(stored[0].values()) == (
        "ecornell", "EXEC-101", "completed", at, 92.5, {"credential_ref": "CERT-1"}
    )  # fmt: skip
    assert (stored[1]["final_score"], stored[1]["details"]) == (None, None)
    events = await connectors.events("upskilling.course.completed.v1")
    assert {(e.data.provider, e.data.course_id, e.data.final_score) for e in events} == {
        ("ecornell", "EXEC-101", 92.5),
        ("itslearning", "DATA-201", None),
    }


async def test_the_same_completions_again_are_unchanged(connectors: Any) -> None:
    await imported(connectors, "course-completions", COMPLETIONS)

    assert counts(await imported(connectors, "course-completions", COMPLETIONS)) == (0, 0, 2, 0)
    better = COMPLETIONS.replace("92.5", "95")
    assert counts(await imported(connectors, "course-completions", better)) == (0, 1, 1, 0)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ("status = 'in_progress', completed_at = NULL, reported_at = '2026-01-10'", "completed"),
        ("status = 'in_progress', completed_at = NULL, reported_at = '2026-02-10'", "in_progress"),
        ("status = 'completed', completed_at = '2026-06-01', reported_at = '2026-06-01'", "later"),
        ("status = 'completed', reported_at = '2026-01-15T15:00:00Z'", "better"),
    ],
)
async def test_the_newer_report_of_a_course_holds(
    connectors: Any, report: str, expected: str
) -> None:
    await imported(connectors, "course-completions", COMPLETIONS)
    await connectors.change(
        f"UPDATE program.learning_progress SET final_score = NULL, {report}"
        " WHERE course_id = 'EXEC-101'"
    )

    await imported(connectors, "course-completions", COMPLETIONS)

    (row,) = await connectors.rows(
        "SELECT status, final_score, reported_at FROM program.learning_progress"
        " WHERE course_id = 'EXEC-101'"
    )
    changed = expected in ("completed", "better")
    assert row["status"] == ("in_progress" if expected == "in_progress" else "completed")
    assert row["final_score"] == (92.5 if changed else None)
    if expected == "better":
        assert row["reported_at"] == datetime(2026, 1, 15, 15, tzinfo=UTC)


async def test_an_older_report_changes_no_words_either(connectors: Any) -> None:
    await imported(connectors, "course-completions", COMPLETIONS)
    await connectors.change("UPDATE program.learning_progress SET completed_at = '2027-01-01'")

    done = await imported(connectors, "course-completions", COMPLETIONS.replace("CERT-1", "CERT-9"))

    assert counts(done) == (0, 0, 2, 0)
    assert await connectors.value(
        "SELECT details FROM pii.fact_details WHERE fact_type = 'learning_progress'"
    ) == {"credential_ref": "CERT-1"}


async def test_credentials_become_facts_and_events(connectors: Any) -> None:
    done = await imported(connectors, "credentials", CREDENTIALS)

    assert counts(done) == (2, 0, 0, 0)
    assert await connectors.value(
        "SELECT details FROM pii.fact_details WHERE fact_type = 'credential'"
    ) == {"credential_url": "https://ecornell.example/c/1", "verification_code": "V-1"}
    issued = await connectors.events("upskilling.credential.issued.v1")
    assert {(e.data.provider, e.data.credential_type, e.data.expires_at) for e in issued} == {
        ("ecornell", "certificate", datetime(2029, 1, 16, tzinfo=UTC)),
        ("itslearning", "badge", None),
    }
    assert counts(await imported(connectors, "credentials", CREDENTIALS)) == (0, 0, 2, 0)


async def test_e007_a_credential_expires_after_it_is_issued(connectors: Any) -> None:
    done = await imported(connectors, "credentials", CREDENTIALS.replace("2029", "2020"))

    assert await connectors.codes(done["import_id"]) == [(2, "E007")]


async def test_costs_become_facts_that_no_event_tells(connectors: Any, acme: UUID) -> None:
    done = await imported(connectors, "program-costs", COSTS)

    assert counts(done) == (2, 0, 0, 0)
    stored = await connectors.rows(
        "SELECT company_id, program, period, starts_on, ends_on, cash, currency, in_kind"
        " FROM program.program_costs ORDER BY program"
    )
    assert [tuple(row.values()) for row in stored] == [
        (acme, "language", "2026-Q1", date(2026, 1, 1), date(2026, 4, 1),
         Decimal("12500.00"), "EUR", Decimal(800)),
        (acme, "mentorship", "2026", date(2026, 1, 1), date(2027, 1, 1),
         Decimal("1000.50"), "EUR", Decimal(0)),
    ]  # fmt: skip
    assert [e.type for e in await connectors.events()] == ["imports.import.completed.v1"]
    again = COSTS.replace("800", "900")
    assert counts(await imported(connectors, "program-costs", again)) == (0, 1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"12,500.00"', "-5", "E018"),
        ('"12,500.00"', '"12,500"', "E018"),
        ("eur", "XXZ", "E015"),
        ("2026-Q1", "2026-Q7", "E021"),
        ("ACME", "nobody", "E012"),
    ],
)
async def test_wrong_costs_are_refused(
    connectors: Any, acme: UUID, old: str, new: str, code: str
) -> None:
    done = await imported(connectors, "program-costs", COSTS.replace(old, new))

    assert await connectors.codes(done["import_id"]) == [(2, code)]


async def test_a_company_key_is_the_same_in_any_case(connectors: Any, acme: UUID) -> None:
    done = await imported(connectors, "companies", "company_id,name\nACME,Acme Ltd\n")

    assert counts(done) == (0, 0, 1, 0)
    twice = "company_id,name\nNova,Nova\nnova,Other\n"
    done = await imported(connectors, "companies", twice)
    assert await connectors.codes(done["import_id"]) == [(2, "E011"), (3, "E011")]


async def test_a_manager_states_the_own_companys_costs_alone(connectors: Any, acme: UUID) -> None:
    manager = connectors.signed("company_user", company_id=acme, position="manager")
    content = COSTS + "bolt,language,2026-Q1,1,EUR,\n"

    answer = await connectors.send("program-costs", content, headers=manager)
    done = await connectors.ended(answer.json()["import_id"])

    assert await connectors.codes(done["import_id"]) == [(4, "E012")]
    assert (
        await connectors.value(
            "SELECT count(*) FROM program.program_costs WHERE company_id <> %s", [acme]
        )
        == 0
    )
