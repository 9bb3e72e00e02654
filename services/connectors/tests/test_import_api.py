"""The import API: what it shows, to whom, page by page and as it happens."""

import asyncio
import csv
import io
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors_service.datasets.catalogue import DATASETS
from connectors_service.following import Followers
from shared_utils.db import Database
from shared_utils.errors import TooManyRequestsError
from waymark.testing.databases import MigratedDatabase

HEADER = "session_id,participant_email,volunteer_email,scheduled_at,rating,feedback_text,Room\n"


def session(number: int, email: str = "tom@acme.example", **changes: str) -> str:
    cells = {
        "session_id": f"LS-{number}",
        "participant_email": f"learner{number}@learn.example",
        "volunteer_email": email,
        "scheduled_at": "2026-01-01T10:00:00Z",
        "rating": "5",
        "feedback_text": "fine",
        "room": "blue",
    }
    return ",".join((cells | changes).values()) + "\n"


async def test_an_import_has_the_promised_shape(connectors: Any) -> None:
    answer = await connectors.send("kintell-sessions", HEADER + session(1), program="language")

    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/imports/{answer.json()['import_id']}"
    done = await connectors.ended(answer.json()["import_id"])
    promised = {
        "import_id",
        "dataset",
        "status",
        "dry_run",
        "rows",
        "mapping",
        "mapping_version",
        "sha256",
        "started_at",
        "finished_at",
    }
    assert promised <= done.keys()
    assert (done["mapping"], done["mapping_version"]) == ("kintell-sessions", "1")
    assert len(done["sha256"]) == 64
    assert done["rows"]["read"] == sum(v for k, v in done["rows"].items() if k != "read")


async def test_the_short_form_answers_the_same(connectors: Any) -> None:
    answer = await connectors.http.post(
        "/import/kintell-sessions",
        files={"file": ("a.csv", HEADER + session(1))},
        headers=connectors.headers,
    )

    assert answer.status_code == 202


async def test_a_dry_run_tells_all_and_writes_no_fact(connectors: Any) -> None:
    await connectors.imported("kintell-sessions", HEADER + session(1) + session(2))
    await connectors.forget_events()
    content = HEADER + session(1) + session(2, feedback_text="new") + session(3) + session(4, "x")
    tables = ("program.kintell_sessions", "pii.texts", "pii.persons", "program.kintell_ratings")
    before = [await connectors.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    done = await connectors.imported("kintell-sessions", content, dry_run="true")

    assert done["rows"] == {
        "read": 4,
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "refused": 1,
        "held": 0,
    }
    after = [await connectors.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    assert after == before
    assert await connectors.events() == []
    assert await connectors.codes(done["import_id"]) == [(5, "E001")]
    real = await connectors.imported("kintell-sessions", content)
    assert real["rows"] == done["rows"]


async def test_a_dry_run_shows_how_the_file_was_understood(connectors: Any) -> None:
    content = (HEADER + session(1)).replace(",", ";").encode("utf-8-sig")

    done = await connectors.imported("kintell-sessions", content, dry_run="true")

    preview = done["preview"]
    assert preview["dialect"]["delimiter"] == ";"
    assert (preview["encoding"], preview["header_row"]) == ("utf-8-sig", 1)
    assert preview["unknown_columns"] == ["Room"]
    columns = {column["header"]: column for column in preview["columns"]}
    assert columns["Room"]["field"] is None
    assert columns["Room"]["samples"] == ["blue"]
    assert columns["rating"]["field"] == "rating"
    assert "scale 1 values fit 1-5, 0 fit 0-1" in columns["rating"]["reason"]


async def test_only_the_uploader_and_admins_see_samples(connectors: Any) -> None:
    uploader = connectors.signed("coordinator", subject="one")
    answer = await connectors.send(
        "kintell-sessions", HEADER + session(1), headers=uploader, dry_run="1"
    )
    await connectors.ended(answer.json()["import_id"])
    path = f"/v1/imports/{answer.json()['import_id']}"

    for caller, seen in (
        (uploader, True),
        (connectors.headers, True),
        (connectors.signed("coordinator", subject="two"), False),
    ):
        preview = (await connectors.get(path, caller)).json()["preview"]
        assert any(column["samples"] for column in preview["columns"]) is seen


async def test_the_error_file_holds_the_rows_with_reasons_and_no_formulas(connectors: Any) -> None:
    content = (
        HEADER
        + session(1)
        + session(2, email="", feedback_text='=HYPERLINK("x")')
        + session(3, email="@", room="+1")
        + "LS-4,short\n"
    )
    done = await connectors.imported("kintell-sessions", content)

    answer = await connectors.get(f"/v1/imports/{done['import_id']}/errors.csv")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row["session_id"] for row in rows] == ["LS-2", "LS-3", "LS-4"]
    assert rows[0]["feedback_text"] == '\'=HYPERLINK("x")'
    assert rows[1]["Room"] == "'+1"
    assert rows[1]["volunteer_email"] == "'@"
    assert [row["row"] for row in rows] == ["3", "4", "5"]
    assert rows[0]["reasons"].startswith("E002: volunteer_email is empty")
    assert rows[2]["reasons"].startswith("E014")


async def test_the_mended_error_file_can_be_sent_again(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + session(1, email="x"))
    answer = await connectors.get(f"/v1/imports/{done['import_id']}/errors.csv")
    mended = answer.content.replace(b",x,", b",tom@acme.example,")

    again = await connectors.imported("kintell-sessions", mended)

    assert again["rows"]["created"] == 1
    assert await connectors.value("SELECT details FROM pii.fact_details") == {
        "extra": {"Room": "blue"}
    }


async def test_only_the_uploader_and_admins_get_the_error_file(connectors: Any) -> None:
    mine = connectors.signed("coordinator", subject="one")
    answer = await connectors.send("kintell-sessions", HEADER + session(1, "x"), headers=mine)
    path = f"/v1/imports/{answer.json()['import_id']}/errors.csv"
    await connectors.ended(answer.json()["import_id"])

    other = connectors.signed("coordinator", subject="two")
    statuses = [(await connectors.get(path, who)).status_code for who in (mine, None, other)]

    assert statuses == [200, 200, 403]


async def test_errors_come_in_pages_in_the_order_of_the_file(connectors: Any) -> None:
    rows = "".join(session(number, email="x") for number in range(7))
    done = await connectors.imported("kintell-sessions", HEADER + rows)
    path, found, cursor = f"/v1/imports/{done['import_id']}/errors?limit=3", [], ""

    while cursor is not None:
        page = (await connectors.get(f"{path}{cursor and '&cursor=' + cursor}")).json()
        found += [error["row"] for error in page["items"]]
        cursor = page["next"]

    assert found == [2, 3, 4, 5, 6, 7, 8]
    assert (await connectors.get(f"{path}&cursor=nonsense")).status_code == 422


async def test_imports_come_in_pages_newest_first(connectors: Any) -> None:
    sent = [
        (await connectors.imported("kintell-sessions", HEADER + session(n)))["import_id"]
        for n in range(5)
    ]
    found, cursor = [], ""

    while cursor is not None:
        page = (await connectors.get(f"/v1/imports?limit=2{cursor and '&cursor=' + cursor}")).json()
        found += [item["import_id"] for item in page["items"]]
        cursor = page["next"]

    assert found == sent[::-1]


async def test_progress_ends_with_the_finished_import(connectors: Any) -> None:
    answer = await connectors.send("kintell-sessions", HEADER + session(1))

    stream = await connectors.get(f"/v1/imports/{answer.json()['import_id']}/progress")

    assert stream.headers["content-type"].startswith("text/event-stream")
    (*_, last) = stream.text.strip().split("\n\n")
    event, data = last.split("\n")
    assert event == "event: end"
    shown = json.loads(data.removeprefix("data: "))
    assert (shown["status"], shown["rows"]["created"]) == ("completed", 1)


async def test_many_streams_follow_an_import_to_the_same_end(build_connectors: Any) -> None:
    connectors = await build_connectors(import_chunk_rows=1)
    content = HEADER + "".join(session(number) for number in range(200))
    import_id = (await connectors.send("kintell-sessions", content)).json()["import_id"]

    streams = await asyncio.gather(
        *(connectors.get(f"/v1/imports/{import_id}/progress") for _ in range(60))
    )

    assert {stream.status_code for stream in streams} == {200}
    assert len({stream.text.strip().split("\n\n")[-1] for stream in streams}) == 1


async def test_there_is_an_end_to_the_streams_a_process_holds(
    database: MigratedDatabase,
) -> None:
    followers = Followers(
        Database(database.url("connectors_worker"), application_name="connectors"), most_streams=0
    )

    with pytest.raises(TooManyRequestsError):
        followers.check_room()


async def test_a_finished_import_cannot_be_cancelled(connectors: Any) -> None:
    done = await connectors.imported("kintell-sessions", HEADER + session(1))

    answer = await connectors.http.post(
        f"/v1/imports/{done['import_id']}/cancel", headers=connectors.headers
    )

    assert answer.status_code == 409


async def test_a_cancelled_import_keeps_what_it_loaded_and_says_how_much(
    build_connectors: Any,
) -> None:
    connectors = await build_connectors(import_chunk_rows=1)
    content = HEADER + "".join(session(number) for number in range(300))
    answer = await connectors.send("kintell-sessions", content)
    path = f"/v1/imports/{answer.json()['import_id']}"
    while (await connectors.get(path)).json()["rows"]["created"] == 0:
        pass

    cancelled = await connectors.http.post(f"{path}/cancel", headers=connectors.headers)

    assert cancelled.json()["status"] == "cancelled"
    done = (await connectors.get(path)).json()
    stored = await connectors.value("SELECT count(*) FROM program.kintell_sessions")
    assert 0 < done["rows"]["created"] == stored < 300


async def test_datasets_are_described_with_their_rules(connectors: Any) -> None:
    described = (await connectors.get("/v1/import/datasets")).json()

    by_name = {dataset["name"]: dataset for dataset in described["items"]}
    assert set(by_name) == set(DATASETS)
    fields = {field["name"]: field for field in by_name["kintell-sessions"]["fields"]}
    assert fields["volunteer_email"]["headers"] == ["volunteer_email", "mentor_email"]
    assert fields["duration_minutes"]["code"] == "E004"
    assert described["codes"]["E011"]


async def test_the_templates_are_themselves_taken(connectors: Any, acme: UUID) -> None:
    for dataset in DATASETS:
        template = (await connectors.get(f"/v1/import/{dataset}/template.csv")).text

        done = await connectors.imported(dataset, template)

        rows = done["rows"]
        assert (dataset, rows["read"], rows["refused"], rows["held"]) == (dataset, 1, 0, 0)


ABSENT = [
    ("POST", "/v1/import/nonsense", 404),
    ("GET", "/v1/import/nonsense/template.csv", 404),
    ("GET", f"/v1/imports/{uuid4()}", 404),
    ("GET", f"/v1/imports/{uuid4()}/errors", 404),
    ("GET", f"/v1/imports/{uuid4()}/errors.csv", 404),
    ("GET", f"/v1/imports/{uuid4()}/progress", 404),
    ("POST", f"/v1/imports/{uuid4()}/cancel", 404),
    ("GET", "/v1/imports/nonsense", 422),
]


async def test_what_does_not_exist_is_not_found(connectors: Any) -> None:
    for method, path, status in ABSENT:
        answer = await connectors.http.request(method, path, headers=connectors.headers)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


SENDERS: list[tuple[str, dict[str, Any], int]] = [
    ("admin", {}, 202),
    ("coordinator", {}, 202),
    ("reviewer", {}, 403),
    ("participant", {"person_id": uuid4()}, 403),
    ("volunteer", {"person_id": uuid4()}, 403),
    ("company_user", {"company_id": uuid4(), "position": "member"}, 403),
    ("company_user", {"company_id": uuid4(), "position": "manager"}, 202),
    ("partner", {"scopes": frozenset({"import:kintell-sessions"})}, 202),
    ("partner", {"scopes": frozenset({"import:companies"})}, 403),
    ("partner", {}, 403),
]


async def test_who_may_send_a_file(connectors: Any) -> None:
    for role, claims, status in SENDERS:
        headers = connectors.signed(role, **claims)

        answer = await connectors.send("kintell-sessions", HEADER + session(1), headers=headers)

        assert answer.status_code == status


async def test_without_a_token_nothing_is_shown(connectors: Any) -> None:
    answers = [
        await connectors.http.get("/v1/imports"),
        await connectors.http.post("/v1/import/companies", files={"file": ("a.csv", b"x")}),
    ]

    assert {answer.status_code for answer in answers} == {401}
