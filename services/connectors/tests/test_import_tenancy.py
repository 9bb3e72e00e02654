"""A company's manager imports for the company's own people and sees the company's own imports."""

from typing import Any
from uuid import UUID

import pytest

from shared_utils.hashing import KeyedHash

SESSIONS = "session_id,participant_email,volunteer_email,scheduled_at,duration_minutes\n"


def session(session_id: str, participant: str, volunteer: str, minutes: int = 60) -> str:
    return f"LS-{session_id},{participant},{volunteer},2026-01-01T10:00:00Z,{minutes}\n"


@pytest.fixture
def manager(connectors: Any, acme: UUID) -> dict[str, str]:
    """The headers of Acme's manager."""
    headers: dict[str, str] = connectors.signed(
        "company_user", company_id=acme, position="manager", subject="acme-manager"
    )
    return headers


async def sent(connectors: Any, dataset: str, content: str, who: dict[str, str]) -> dict[str, Any]:
    answer = await connectors.send(dataset, content, headers=who)
    assert answer.status_code == 202, answer.text
    done: dict[str, Any] = await connectors.ended(answer.json()["import_id"])
    return done


async def test_sessions_of_own_people_are_taken_and_others_refused(
    connectors: Any, manager: dict[str, str]
) -> None:
    await connectors.imported(
        "company-users", "company_id,email\nacme,tom@elsewhere.example\nbolt,bo@other.example\n"
    )
    await connectors.imported(
        "enrollments",
        "participant_email,program,company_id,started_on\n"
        "anna@learn.example,language,acme,2026-01-01\nivan@learn.example,language,,2026-01-01\n",
    )
    content = (
        SESSIONS
        + session("1", "x@learn.example", "eva@acme.example")
        + session("2", "x@learn.example", "tom@elsewhere.example")
        + session("3", "anna@learn.example", "y@help.example")
        + session("4", "ivan@learn.example", "bo@other.example")
        + session("5", "x@learn.example", "z@help.example")
    )

    done = await sent(connectors, "kintell-sessions", content, manager)

    assert await connectors.codes(done["import_id"]) == [(4, "E012"), (5, "E012"), (6, "E012")]
    assert done["rows"]["created"] == 2


async def test_a_session_about_others_cannot_be_taken_over(
    connectors: Any, manager: dict[str, str]
) -> None:
    foreign = SESSIONS + session("1", "x@learn.example", "bo@bolt.example")
    await connectors.imported("kintell-sessions", foreign)
    claimed = SESSIONS + session("1", "x@learn.example", "eva@acme.example")

    done = await sent(connectors, "kintell-sessions", claimed, manager)

    assert await connectors.codes(done["import_id"]) == [(2, "E012")]


@pytest.mark.parametrize(
    ("dataset", "claim"),
    [
        ("company-users", "company_id,email\nacme,bo@bolt.example\n"),
        ("company-users", "company_id,email\nacme,nobody.yet@mail.example\n"),
        (
            "enrollments",
            "participant_email,program,company_id,started_on\n"
            "x@learn.example,language,acme,2020-01-01\n",
        ),
    ],
)
async def test_a_manager_cannot_claim_people_for_the_company(
    connectors: Any, manager: dict[str, str], dataset: str, claim: str
) -> None:
    await connectors.imported(
        "kintell-sessions", SESSIONS + session("1", "x@learn.example", "bo@bolt.example")
    )

    done = await sent(connectors, dataset, claim, manager)

    assert await connectors.codes(done["import_id"]) == [(2, "E012")]
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 2


async def test_what_a_coordinator_reported_is_not_a_managers_to_change(
    connectors: Any, manager: dict[str, str]
) -> None:
    reported = SESSIONS + session("1", "x@learn.example", "eva@acme.example")
    await connectors.imported("kintell-sessions", reported)

    done = await sent(connectors, "kintell-sessions", reported.replace(",60", ",90"), manager)

    assert await connectors.codes(done["import_id"]) == [(2, "E012")]


async def test_an_own_session_can_be_corrected(connectors: Any, manager: dict[str, str]) -> None:
    await sent(
        connectors,
        "kintell-sessions",
        SESSIONS + session("1", "x@learn.example", "eva@acme.example"),
        manager,
    )
    corrected = SESSIONS + session("1", "x@learn.example", "eva@acme.example", 90)

    done = await sent(connectors, "kintell-sessions", corrected, manager)

    assert done["rows"]["updated"] == 1


@pytest.mark.parametrize(
    ("dataset", "content", "created"),
    [
        ("company-users", "company_id,email\nacme,a@acme.example\nbolt,c@acme.example\n", 1),
        (
            "enrollments",
            "participant_email,program,company_id,started_on\n"
            "a@acme.example,buddy,acme,2026-01-01\nc@acme.example,buddy,bolt,2026-01-01\n",
            1,
        ),
        (
            "enrollments",
            "participant_email,program,company_id,started_on\n"
            "a@acme.example,buddy,acme,2026-01-01\nc@acme.example,buddy,,2026-01-01\n",
            1,
        ),
    ],
)
async def test_e012_rows_of_another_company_are_refused(
    connectors: Any, manager: dict[str, str], dataset: str, content: str, created: int
) -> None:
    done = await sent(connectors, dataset, content, manager)

    assert done["rows"]["created"] == created
    assert await connectors.codes(done["import_id"]) == [(3, "E012")]
    assert await connectors.value("SELECT count(*) FROM pii.persons") == created


NOT_FOR_MANAGERS = (
    "companies",
    "kintell-users",
    "kintell-ratings",
    "buddy-matches",
    "buddy-events",
    "buddy-checkins",
    "buddy-feedback",
    "course-completions",
    "credentials",
)


async def test_what_others_report_is_not_for_a_companys_manager(
    connectors: Any, manager: dict[str, str]
) -> None:
    for dataset in NOT_FOR_MANAGERS:
        answer = await connectors.send(dataset, "company_id,name\nacme,A\n", headers=manager)

        assert (dataset, answer.status_code) == (dataset, 403)


async def test_a_manager_sees_the_own_companys_imports_and_no_others(
    connectors: Any, manager: dict[str, str], acme: UUID
) -> None:
    own = await sent(connectors, "company-users", "company_id,email\nacme,no\n", manager)
    bolt = await connectors.value("SELECT company_id FROM program.companies WHERE key = 'bolt'")
    other = connectors.signed("company_user", company_id=bolt, position="manager")

    listed = (await connectors.get("/v1/imports", manager)).json()["items"]

    assert [item["import_id"] for item in listed] == [own["import_id"]]
    assert (await connectors.get("/v1/imports", other)).json()["items"] == []
    for path in ("", "/errors", "/errors.csv", "/progress"):
        full = f"/v1/imports/{own['import_id']}{path}"
        assert (await connectors.get(full, manager)).status_code == 200
        assert (await connectors.get(full, other)).status_code == 404
    cancel = f"/v1/imports/{own['import_id']}/cancel"
    assert (await connectors.http.post(cancel, headers=other)).status_code == 404
    stored = await connectors.value(
        "SELECT company_id FROM ops.imports WHERE import_id = %s", [own["import_id"]]
    )
    assert stored == acme


async def test_a_partner_key_sees_its_own_uploads_alone(connectors: Any) -> None:
    scopes = frozenset({"import:companies"})
    one = connectors.signed("partner", subject="key-one", scopes=scopes)
    two = connectors.signed("partner", subject="key-two", scopes=scopes)

    done = await sent(connectors, "companies", "company_id,name\nacme,A\n", one)

    path = f"/v1/imports/{done['import_id']}"
    assert (await connectors.get(path, one)).status_code == 200
    assert (await connectors.get(path, two)).status_code == 404


WORDS = (
    "session_id,session_type,participant_email,volunteer_email,scheduled_at,rating,feedback_text\n"
    "LS-1,language,bob@learn.example,a@acme.example,2026-03-02T10:00Z,,\n"
    "LS-2,language,bob@learn.example,a@acme.example,2026-03-03T10:00Z,1,\n"
    "LS-3,language,bob@learn.example,a@acme.example,2026-03-04T10:00Z,,Never again.\n"
)


async def test_e012_nobody_speaks_for_people_who_are_not_theirs(
    connectors: Any, manager: dict[str, str]
) -> None:
    done = await sent(connectors, "kintell-sessions", WORDS, manager)

    assert await connectors.codes(done["import_id"]) == [(3, "E012"), (4, "E012")]
    assert await connectors.value("SELECT count(*) FROM pii.texts") == 0
    assert await connectors.value("SELECT count(*) FROM program.kintell_ratings") == 0


async def test_an_erased_stranger_is_no_other_than_a_stranger(
    connectors: Any, manager: dict[str, str]
) -> None:
    digest = KeyedHash(connectors.hmac_key).identifier("email", "gone@learn.example")
    await connectors.change(
        "INSERT INTO pii.erased_identifiers (identifier_hmac, erasure_id) VALUES (%s, uuidv7())",
        (digest,),
    )
    content = (
        "participant_email,program,company_id,started_on\n"
        "gone@learn.example,buddy,acme,2026-01-01\nnew@learn.example,buddy,acme,2026-01-01\n"
    )

    done = await sent(connectors, "enrollments", content, manager)

    errors = await connectors.errors(done["import_id"])
    assert [{**error, "row": 0} for error in errors] == [{**errors[0], "row": 0}] * 2


async def test_a_manager_s_dry_run_tells_of_nobody_whether_they_are_known(
    connectors: Any, manager: dict[str, str]
) -> None:
    answer = await connectors.send("kintell-sessions", WORDS, headers=manager, dry_run="true")
    await connectors.ended(answer.json()["import_id"])

    shown = await connectors.get(f"/v1/imports/{answer.json()['import_id']}", manager)

    assert shown.json()["report"]["would"]["people"] is None


async def test_what_staff_reported_of_the_company_is_not_a_managers_to_change(
    connectors: Any, manager: dict[str, str]
) -> None:
    enrolled = "participant_email,program,company_id,cohort,started_on\n"
    row = "anna@acme.example,language,acme,{},2026-01-01\n"
    costs = "company_id,program,period,cash\nacme,language,2026-Q1,{}\n"
    await connectors.imported("enrollments", enrolled + row.format("A"))
    await connectors.imported("program-costs", costs.format(100))

    changed = await sent(connectors, "enrollments", enrolled + row.format("B"), manager)
    cheaper = await sent(connectors, "program-costs", costs.format(90), manager)
    same = await sent(connectors, "enrollments", enrolled + row.format("A"), manager)

    assert await connectors.codes(changed["import_id"]) == [(2, "E023")]
    assert await connectors.codes(cheaper["import_id"]) == [(2, "E023")]
    assert (same["rows"]["unchanged"], same["rows"]["refused"]) == (1, 0)
    assert await connectors.value("SELECT cash::int FROM program.program_costs") == 100


async def test_what_the_companys_manager_reported_stays_theirs_until_staff_change_it(
    connectors: Any, manager: dict[str, str]
) -> None:
    costs = "company_id,program,period,cash\nacme,language,2026-Q1,{}\n"
    await sent(connectors, "program-costs", costs.format(100), manager)
    own = await sent(connectors, "program-costs", costs.format(90), manager)
    await connectors.imported("program-costs", costs.format(80))

    late = await sent(connectors, "program-costs", costs.format(70), manager)

    assert own["rows"]["updated"] == 1
    assert await connectors.codes(late["import_id"]) == [(2, "E023")]
    assert await connectors.value("SELECT cash::int FROM program.program_costs") == 80


async def test_a_managers_dry_run_tells_a_foreign_id_from_a_free_one_by_nothing(
    connectors: Any, manager: dict[str, str]
) -> None:
    foreign = SESSIONS + session("1", "x@learn.example", "bo@bolt.example")
    await connectors.imported("kintell-sessions", foreign)

    async def tried(number: str) -> dict[str, Any]:
        content = SESSIONS + session(number, "x@learn.example", "eva@acme.example")
        sent = await connectors.send("kintell-sessions", content, headers=manager, dry_run="true")
        done: dict[str, Any] = await connectors.ended(sent.json()["import_id"])
        apart = ("import_id", "sha256", "received_at", "started_at", "finished_at", "preview")
        return {name: value for name, value in done.items() if name not in apart}

    taken, free = await tried("1"), await tried("2")

    assert taken == free
    assert taken["rows"]["created"] == 1
    real = await sent(
        connectors,
        "kintell-sessions",
        SESSIONS + session("1", "x@learn.example", "eva@acme.example"),
        manager,
    )
    assert await connectors.codes(real["import_id"]) == [(2, "E012")]
