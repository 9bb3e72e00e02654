"""Mappings that uploads name, bring or confirm; and what is shown for columns that none knows."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import yaml

GERMAN = "Nummer der Sitzung;Teilnehmer E-Mail;Freiwillige E-Mail;Beginn;Bewertung\n" + "".join(
    f"LS-{n};ann{n}@learn.example;tom@acme.example;{n + 12}.04.2026 10:00;{n % 5 + 1}\n"
    for n in range(1, 6)
)
SWAPPABLE = "Nummer der Sitzung,E-Mail 1,E-Mail 2,Beginn\n" + "".join(
    f"LS-{n},ann{n}@learn.example,tom@acme.example,2026-04-0{n}T10:00\n" for n in range(1, 6)
)
OSLO = """
name: oslo-companies
dataset: companies
columns:
  company_id: {headers: [Nr]}
  name: {headers: [Firma]}
  domain: {headers: [Domene]}
  country: {value: "NO"}
"""
COMPANIES = "Nr,Firma,Domene\nacme,Acme Ltd,acme.example\n"


async def brought(connectors: Any, mapping: str, **more: Any) -> httpx.Response:
    """Send companies with a mapping as a file part of its own."""
    answer: httpx.Response = await connectors.http.post(
        "/v1/import/companies",
        files={
            "mapping": ("oslo.yaml", mapping.encode(), "application/yaml"),
            "file": ("export.csv", COMPANIES.encode(), "text/csv"),
        },
        data=more.get("options", {}),
        headers=more.get("headers", connectors.headers),
    )
    return answer


async def ended(connectors: Any, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    return dict(await connectors.ended(answer.json()["import_id"]))


async def stored(connectors: Any) -> list[dict[str, Any]]:
    return list(
        await connectors.rows(
            "SELECT external_id, scheduled_at, session_type, revision, mapping_version"
            " FROM program.kintell_sessions ORDER BY external_id"
        )
    )


async def test_a_brought_mapping_reads_the_file_and_is_kept_by_version(connectors: Any) -> None:
    first = await ended(connectors, await brought(connectors, OSLO))
    again = await ended(connectors, await brought(connectors, f"version: 7\n{OSLO}\n# a remark\n"))
    other = await ended(connectors, await brought(connectors, OSLO.replace('"NO"', "SE")))

    assert first["rows"]["created"] == 1
    assert again["rows"]["unchanged"] == 1
    assert first["mapping"] == again["mapping"] == other["mapping"] == "oslo-companies"
    assert first["mapping_version"] == again["mapping_version"] != other["mapping_version"]
    assert await connectors.value("SELECT country FROM program.companies") == "SE"
    by_version = f"oslo-companies@{first['mapping_version']}"
    last = await connectors.imported("companies", COMPANIES, mapping=by_version)
    assert (last["rows"]["updated"], last["mapping_version"]) == (1, first["mapping_version"])
    assert await connectors.value("SELECT country FROM program.companies") == "NO"
    newest = await connectors.imported("companies", COMPANIES, mapping="oslo-companies")
    assert newest["mapping_version"] == other["mapping_version"]


async def test_the_same_file_and_mapping_give_the_same_rows_byte_for_byte(connectors: Any) -> None:
    trial = await connectors.imported("kintell-sessions", GERMAN, dry_run="true")
    text = trial["preview"]["proposal"]["yaml"]
    rows = (
        "SELECT row_to_json(s)::jsonb - '{import_id,session_id,participant_id,volunteer_id,text_id,"
        "created_at,updated_at}'::text[] AS row FROM program.kintell_sessions s ORDER BY row_no"
    )
    first = await connectors.imported("kintell-sessions", GERMAN, mapping=text, program="language")
    before = [row["row"] for row in await connectors.rows(rows)]
    await connectors.change("DELETE FROM program.kintell_ratings")
    await connectors.change("DELETE FROM program.kintell_sessions")

    named = f"{first['mapping']}@{first['mapping_version']}"
    await connectors.imported("kintell-sessions", GERMAN, mapping=named, program="language")

    assert len(before) == 5
    assert [row["row"] for row in await connectors.rows(rows)] == before


async def test_problems_of_a_brought_mapping_come_with_their_paths(connectors: Any) -> None:
    broken = OSLO.replace("company_id:", "company:").replace("{headers: [Firma]}", "{value: ''}")

    answer = await brought(connectors, broken)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("bad-mapping")
    assert "columns.name.value" in {error["path"] for error in answer.json()["errors"]}
    for text, path in (
        (OSLO.replace("oslo-companies", "companies"), "name"),
        (OSLO.replace("dataset: companies", "dataset: enrollments"), "columns"),
        ("a: &a [*a]", "line 1"),
    ):
        told = (await brought(connectors, text)).json()
        assert path in {error["path"].split(".")[0] for error in told["errors"]}
    assert await connectors.value("SELECT count(*) FROM ops.imports") == 0
    assert (await brought(connectors, "x" * 70_000)).status_code == 422


async def test_a_company_sees_its_own_mappings_alone(connectors: Any, acme: UUID) -> None:
    manager = connectors.signed("company_user", company_id=acme, position="manager")
    rival = connectors.signed("company_user", company_id=uuid4(), position="manager")
    text = """
name: our-people
dataset: company-users
columns:
  company_id: {headers: [firm]}
  email: {headers: [who]}
"""
    content = "firm,who\nacme,ann@acme.example\n"
    sent = await connectors.send("company-users", content, mapping=text, headers=manager)
    done = await ended(connectors, sent)
    named = f"our-people@{done['mapping_version']}"

    answers = {
        who: await connectors.send("company-users", content, mapping=named, headers=headers)
        for who, headers in (("own", manager), ("staff", connectors.headers), ("other", rival))
    }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "own": 202,
        "staff": 202,
        "other": 422,
    }
    assert answers["other"].json()["type"].endswith("unknown-mapping")
    theirs = await connectors.send("company-users", content, mapping=text, headers=rival)
    assert theirs.json()["mapping_version"] != done["mapping_version"]


async def test_a_dry_run_proposes_a_mapping_with_reasons(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", GERMAN, dry_run="true", program="language")

    assert (done["status"], done["rows"]["created"]) == ("completed", 5)
    proposal = done["preview"]["proposal"]
    assert (proposal["complete"], proposal["missing"], proposal["doubtful"]) == (True, [], [])
    columns = {column["header"]: column for column in done["preview"]["columns"]}
    learner = columns["Teilnehmer E-Mail"]
    assert learner["field"] == "participant_email"
    assert "5 of 5 values are taken as: e-mail address" in learner["reason"]
    assert learner["samples"] == [f"ann{n}@learn.example" for n in (1, 2, 3)]
    assert (learner["looked_at"], learner["empty"], learner["fits"]) == (5, 0, 1.0)
    assert "in German" in columns["Beginn"]["reason"]
    assert yaml.safe_load(proposal["yaml"])["columns"]["rating"] == {"headers": ["Bewertung"]}
    assert await stored(connectors) == []
    assert await connectors.value("SELECT count(*) FROM ops.mappings") == 0


async def test_a_proposal_is_confirmed_by_its_dry_run(connectors: Any) -> None:
    trial = await connectors.imported(
        "kintell-sessions", GERMAN, dry_run="true", program="language"
    )

    done = await connectors.imported(
        "kintell-sessions", GERMAN, confirm=trial["import_id"], program="language"
    )

    assert done["rows"] == trial["rows"]
    assert (done["mapping"], done["mapping_version"]) == (
        trial["mapping"],
        trial["mapping_version"],
    )
    (first, *_) = await stored(connectors)
    assert first["scheduled_at"].isoformat() == "2026-04-13T10:00:00+00:00"
    assert first["mapping_version"] == f"{done['mapping']}@{done['mapping_version']}"


async def test_only_a_dry_run_of_the_same_file_can_be_confirmed(connectors: Any) -> None:
    trial = await connectors.imported("kintell-sessions", GERMAN, dry_run="true")
    real = await connectors.imported("companies", "company_id,name\nacme,Acme\n")
    doubtful = await connectors.imported("kintell-sessions", SWAPPABLE, dry_run="true")

    answers = [
        await connectors.send("kintell-sessions", content, confirm=import_id)
        for content, import_id in (
            (GERMAN + "\n", trial["import_id"]),
            (GERMAN, real["import_id"]),
            (GERMAN, str(uuid4())),
            (SWAPPABLE, doubtful["import_id"]),
        )
    ]

    assert [answer.json()["type"].rsplit(":")[-1] for answer in answers] == ["not-confirmable"] * 4
    assert (await connectors.send("companies", "x", confirm="soon")).status_code == 422
    both = await connectors.send("companies", "x", confirm=str(uuid4()), mapping="companies")
    assert both.json()["type"].endswith("unsupported-option")


async def test_columns_that_could_be_swapped_are_doubtful_and_never_guessed(
    connectors: Any,
) -> None:
    done = await connectors.imported("kintell-sessions", SWAPPABLE, dry_run="true")

    assert (done["status"], done["rows"]["read"]) == ("failed", 0)
    assert done["problem"]["type"].endswith("missing-columns")
    proposal = done["preview"]["proposal"]
    assert not proposal["complete"]
    assert proposal["doubtful"] == ["E-Mail 1", "E-Mail 2"]
    assert proposal["missing"] == ["participant_email", "volunteer_email"]
    assert "#   headers: [E-Mail 1]" in proposal["yaml"]
    mended = proposal["yaml"] + (
        "  participant_email: {headers: [E-Mail 1]}\n  volunteer_email: {headers: [E-Mail 2]}\n"
    )
    sent = await connectors.imported(
        "kintell-sessions", SWAPPABLE, mapping=mended, program="language"
    )
    assert sent["rows"]["created"] == 5


async def test_without_a_dry_run_unknown_columns_are_refused_with_the_proposal(
    connectors: Any,
) -> None:
    answer = await connectors.send("kintell-sessions", GERMAN)

    assert answer.status_code == 422
    problem = answer.json()
    assert "dry_run=true" in problem["detail"]
    assert problem["proposal"]["complete"]
    assert "learn.example" not in answer.text
    assert await connectors.value("SELECT count(*) FROM ops.imports") == 0


async def test_a_file_without_a_header_shows_nobody_s_address(connectors: Any) -> None:
    content = "".join(f"x{n},ann{n}@learn.example,tom@acme.example\n" for n in range(5))

    for options in ({}, {"dry_run": "true"}):
        answer = await connectors.send("kintell-sessions", content, **options)

        assert answer.status_code == 422
        assert answer.json()["type"].endswith("no-header")
        assert "@" not in answer.text


async def test_dates_that_a_mapping_leaves_open_are_warned_about(connectors: Any) -> None:
    content = (
        "session_id,participant_email,volunteer_email,scheduled_at\n"
        "LS-1,a@learn.example,t@acme.example,03/04/2026\n"
        "LS-2,a@learn.example,t@acme.example,23/04/2026\n"
    )

    done = await connectors.imported("kintell-sessions", content, dry_run="true")

    (warning,) = done["preview"]["warnings"]
    assert "state date_order: day_first" in warning
    assert done["preview"]["columns"][3]["fits"] == 0.5


async def test_a_bare_name_is_one_s_own_mapping_whoever_else_has_one(connectors: Any) -> None:
    key = connectors.signed("partner", scopes=frozenset({"import:companies"}), subject="key-1")
    own = await ended(connectors, await brought(connectors, OSLO))
    theirs = await ended(
        connectors, await brought(connectors, OSLO.replace('"NO"', "SE"), headers=key)
    )

    named = await connectors.send("companies", COMPANIES, mapping="oslo-companies")
    by_key = await connectors.send("companies", COMPANIES, mapping="oslo-companies", headers=key)

    assert named.json()["mapping_version"] == own["mapping_version"]
    assert by_key.json()["mapping_version"] == theirs["mapping_version"]
    assert own["mapping_version"] != theirs["mapping_version"]
