"""Users, companies, their people and enrollments: rows become facts, people and events."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

USERS = (
    "Email,Name,Linkedin_URL,Verification_status,Role when joined,grant_access,Joined_kg_at\n"
    'Anna@Learn.example,Anna K.,,verified,Learner,yes,"Dec 14, 2025"\n'
    "tom@acme.example,Tom B.,https://linkedin.example/in/tom,pending,mentor,no,2025-09-01\n"
    "eva@acme.example,,,,tutor,,\n"
)
COMPANIES = (
    "company_id,name,domain,country,industry\n"
    "acme,Acme Ltd,Acme.example,no,Software\n"
    "bolt,Bolt,bolt.example,Canada,Energy\n"
    "club,Club,,,\n"
)
PEOPLE = (
    "company_id,email,name,position\n"
    "acme,impact@acme.example,Acme Impact,manager\n"
    "acme,tom@elsewhere.example,Tom B.,volunteer\n"
    "acme,eva@elsewhere.example,Eva,\n"
)
ENROLLMENTS = (
    "participant_email,program,company_id,cohort,status,started_on,ended_on\n"
    "anna@learn.example,language,acme,2026-Q1,active,2026-01-15,\n"
    "ivan@learn.example,Mentorship,,,,15/01/2026,\n"
)


def counts(done: dict[str, Any]) -> tuple[int, ...]:
    return tuple(done["rows"][name] for name in ("created", "updated", "unchanged", "refused"))


async def imported(connectors: Any, dataset: str, content: str) -> dict[str, Any]:
    await connectors.forget_events()
    done: dict[str, Any] = await connectors.imported(dataset, content)
    assert done["status"] == "completed", done
    return done


async def test_user_exports_become_accounts_with_names_and_kinds(connectors: Any) -> None:
    done = await imported(connectors, "kintell-users", USERS)

    assert counts(done) == (3, 0, 0, 0)
    accounts = await connectors.rows(
        "SELECT a.external_id, a.kind, a.joined_on, a.verification_status, p.display_name"
        " FROM pii.platform_accounts a JOIN pii.persons p USING (person_id) ORDER BY 1"
    )
    assert [tuple(row.values()) for row in accounts] == [
        ("anna@learn.example", "participant", date(2025, 12, 14), "verified", "Anna K."),
        ("eva@acme.example", "volunteer", None, None, None),
        ("tom@acme.example", "volunteer", date(2025, 9, 1), "pending", "Tom B."),
    ]
    linked = await connectors.events("identity.external_id.linked.v1")
    assert {(event.data.provider, event.data.kind, event.data.joined_on) for event in linked} == {
        ("kintell", "participant", date(2025, 12, 14)),
        ("kintell", "volunteer", date(2025, 9, 1)),
        ("kintell", "volunteer", None),
    }


async def test_a_user_is_the_person_that_a_session_named(connectors: Any) -> None:
    await imported(connectors, "enrollments", ENROLLMENTS.replace("acme", ""))
    await imported(connectors, "kintell-users", USERS)

    assert await connectors.events("identity.person.created.v1") != []
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 4
    assert await connectors.value(
        "SELECT a.person_id = e.person_id FROM pii.platform_accounts a"
        " JOIN pii.external_ids e USING (external_id)"
        " WHERE a.external_id = 'anna@learn.example' AND e.provider = 'email'"
    )


async def test_the_same_users_again_are_unchanged_and_a_new_name_is_an_update(
    connectors: Any,
) -> None:
    await imported(connectors, "kintell-users", USERS)

    assert counts(await imported(connectors, "kintell-users", USERS)) == (0, 0, 3, 0)
    renamed = await imported(connectors, "kintell-users", USERS.replace("Tom B.", "Tom C."))

    assert counts(renamed) == (0, 1, 2, 0)
    (event,) = await connectors.events("identity.external_id.linked.v1")
    assert (event.data.revision, event.data.previous_person_id) == (2, None)


async def test_an_unknown_role_or_date_refuses_the_user(connectors: Any) -> None:
    content = USERS + 'a@b.example,A,,,pilot,,"Dec 14, 2025"\nb@b.example,B,,,tutor,,03/04/2025\n'

    done = await imported(connectors, "kintell-users", content)

    assert await connectors.codes(done["import_id"]) == [(5, "E015"), (6, "E003")]


async def test_a_company_with_a_domain_says_so_and_one_without_does_not(connectors: Any) -> None:
    done = await imported(connectors, "companies", COMPANIES)

    assert counts(done) == (3, 0, 0, 0)
    stored = await connectors.rows(
        "SELECT company_id, key, domain, country FROM program.companies ORDER BY key"
    )
    assert [(row["key"], row["domain"], row["country"]) for row in stored] == [
        ("acme", "acme.example", "NO"),
        ("bolt", "bolt.example", "CA"),
        ("club", None, None),
    ]
    changed = await connectors.events("companies.membership.changed.v1")
    assert {event.data.company_id for event in changed} == {
        row["company_id"] for row in stored if row["domain"]
    }
    assert all(event.data.person_id is None for event in changed)


@pytest.mark.parametrize(
    ("old", "new", "events"),
    [("Acme Ltd", "Acme AS", 0), ("Acme.example", "acme.test", 1), ("Acme.example", "", 1)],
)
async def test_a_changed_company_says_so_if_its_domain_changed(
    connectors: Any, old: str, new: str, events: int
) -> None:
    await imported(connectors, "companies", COMPANIES)

    done = await imported(connectors, "companies", COMPANIES.replace(old, new))

    assert counts(done) == (0, 1, 2, 0)
    assert len(await connectors.events("companies.membership.changed.v1")) == events


async def test_e017_a_domain_belongs_to_one_company(connectors: Any) -> None:
    await imported(connectors, "companies", COMPANIES)
    content = (
        "company_id,name,domain\nother,Other,acme.example\none,One,new.example\n"
        "two,Two,NEW.example\nacme,Acme Ltd,acme.example\n"
    )

    done = await imported(connectors, "companies", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E017"), (4, "E017")]
    assert counts(done) == (1, 0, 1, 2)


async def test_e017_a_dry_run_sees_claims_of_other_chunks(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=1)
    content = "company_id,name,domain\none,One,new.example\ntwo,Two,new.example\n"

    done = await connectors.imported("companies", content, dry_run="true")

    assert await connectors.codes(done["import_id"]) == [(3, "E017")]


async def test_company_users_become_memberships_people_and_events(
    connectors: Any, acme: UUID
) -> None:
    done = await imported(connectors, "company-users", PEOPLE)

    assert counts(done) == (3, 0, 0, 0)
    stored = await connectors.rows(
        "SELECT u.position, p.display_name FROM program.company_users u"
        " JOIN pii.persons p USING (person_id) WHERE company_id = %s ORDER BY 2",
        [acme],
    )
    assert [tuple(row.values()) for row in stored] == [
        ("manager", "Acme Impact"),
        ("volunteer", "Eva"),
        ("volunteer", "Tom B."),
    ]
    changed = await connectors.events("companies.membership.changed.v1")
    assert {(event.data.company_id, event.data.position) for event in changed} == {
        (acme, "manager"),
        (acme, "volunteer"),
    }
    again = await imported(connectors, "company-users", PEOPLE)
    assert counts(again) == (0, 0, 3, 0)
    assert await connectors.events("companies.membership.changed.v1") == []


async def test_an_empty_position_is_the_volunteers(connectors: Any, acme: UUID) -> None:
    twice = PEOPLE + "acme,eva@elsewhere.example,Eva,volunteer\n"

    done = await imported(connectors, "company-users", twice)

    assert counts(done) == (3, 0, 1, 0)


@pytest.mark.parametrize(
    ("dataset", "content"),
    [
        ("company-users", "company_id,email\nnobody,a@b.example\n"),
        (
            "enrollments",
            "participant_email,program,company_id,started_on\n"
            "a@b.example,buddy,nobody,2026-01-01\n",
        ),
    ],
)
async def test_e012_a_company_that_does_not_exist(
    connectors: Any, acme: UUID, dataset: str, content: str
) -> None:
    done = await imported(connectors, dataset, content)

    (error,) = await connectors.errors(done["import_id"])
    assert (error["code"], error["column"]) == ("E012", "company_id")
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 0


async def test_enrollments_become_facts_and_events(connectors: Any, acme: UUID) -> None:
    done = await imported(connectors, "enrollments", ENROLLMENTS)

    assert counts(done) == (2, 0, 0, 0)
    changed = await connectors.events("program.enrollment.changed.v1")
    found = {
        (event.data.program, event.data.company_id, event.data.status, event.data.started_on)
        for event in changed
    }
    assert found == {
        ("language", acme, "active", date(2026, 1, 15)),
        ("mentorship", None, "enrolled", date(2026, 1, 15)),
    }


async def test_an_enrollment_that_goes_on_is_one_fact(connectors: Any, acme: UUID) -> None:
    await imported(connectors, "enrollments", ENROLLMENTS)

    ended = ENROLLMENTS.replace("active,2026-01-15,", "completed,2026-01-15,2026-06-30")
    done = await imported(connectors, "enrollments", ended)

    assert counts(done) == (0, 1, 1, 0)
    (event,) = await connectors.events("program.enrollment.changed.v1")
    assert (event.data.revision, event.data.ended_on) == (2, date(2026, 6, 30))
    assert event.data.status == "completed"


async def test_e007_an_enrollment_does_not_end_before_it_starts(connectors: Any) -> None:
    content = (
        "participant_email,program,started_on,ended_on\na@b.example,buddy,2026-02-01,2026-01-01\n"
    )

    done = await imported(connectors, "enrollments", content)

    assert await connectors.codes(done["import_id"]) == [(2, "E007")]


async def test_two_addresses_of_one_person_make_one_membership(connectors: Any, acme: UUID) -> None:
    await imported(connectors, "company-users", PEOPLE)
    await connectors.change(
        "INSERT INTO pii.external_ids (provider, external_id, person_id)"
        " SELECT 'email', 'tom@second.example', person_id FROM pii.external_ids"
        " WHERE external_id = 'tom@elsewhere.example'"
    )
    await connectors.change("DELETE FROM program.company_users")
    both = "company_id,email\nacme,tom@elsewhere.example\nacme,tom@second.example\n"

    done = await imported(connectors, "company-users", both)

    assert counts(done) == (1, 0, 1, 0)
    assert await connectors.value("SELECT count(*) FROM program.company_users") == 1
