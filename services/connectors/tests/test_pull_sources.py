"""Sources over the API: pulled by page, held up, mended, and loaded like a file."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from services.connectors.tests.partner_api import Asked, Reply, listed, partner_api
from services.connectors.tests.source_client import INCREMENTAL, Client, companies, numbered

from connectors_service.pulling.scheduler import POLL_SECONDS
from connectors_service.repository import sources
from shared_utils.db import Database


@pytest.fixture
async def client(build_connectors: Any) -> AsyncIterator[Client]:
    async with partner_api() as api:
        connectors = await build_connectors(pull_allowed_networks="127.0.0.0/8")
        yield Client(connectors, api)


async def test_numbered_pages_become_one_import(client: Client) -> None:
    client.api.answer = numbered([companies(0, 3), companies(3, 6), companies(6, 7)])
    created = await client.create(
        pagination={"style": "page", "size_parameter": "per_page", "size": 3, "ends": "short"}
    )

    done = await client.pulled()

    assert "s3cret" not in json.dumps(created)
    assert created["has_secret"] is True
    assert (done["status"], done["rows"]["created"]) == ("completed", 7), done
    assert [each.query for each in client.api.asked] == [
        {"page": str(n), "per_page": "3"} for n in (1, 2, 3)
    ]
    assert {each.headers["authorization"] for each in client.api.asked} == {"Bearer s3cret-token"}
    rows = await client.connectors.rows("SELECT key, row_no FROM program.companies ORDER BY 2")
    assert [(row["key"], row["row_no"]) for row in rows] == [(f"c{n}", n + 1) for n in range(7)]


async def test_a_cursor_goes_along_in_the_body_of_a_post(client: Client) -> None:
    def answer(asked: Asked) -> Reply:
        begin = int(asked.json.get("after", 0))
        following = begin + 2 if begin < 4 else None
        return listed({"data": companies(begin, begin + 2), "meta": {"next": following}})

    client.api.answer = answer
    await client.create(
        method="POST",
        params={"kind": "all"},
        auth={"kind": "basic", "username": "waymark"},
        pagination={"style": "cursor", "parameter": "after", "next": "/meta/next"},
    )

    done = await client.pulled()

    assert done["rows"]["created"] == 6
    asked = client.api.asked
    assert [each.json for each in asked] == [
        {"kind": "all"},
        {"kind": "all", "after": "2"},
        {"kind": "all", "after": "4"},
    ]
    assert asked[0].headers["authorization"].startswith("Basic ")


async def test_links_are_followed_and_the_secret_is_added_again(client: Client) -> None:
    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("p", "1"))
        link = f'<{client.api.url}/v1/companies?p={number + 1}&key=s3cret-token>; rel="next"'
        return listed(
            {"data": companies(number, number + 1)}, headers={"Link": link} if number < 3 else {}
        )

    client.api.answer = answer
    await client.create(pagination={"style": "link"}, auth={"kind": "query", "parameter": "key"})

    done = await client.pulled()

    assert done["rows"]["created"] == 3
    assert [each.query["key"] for each in client.api.asked] == ["s3cret-token"] * 3
    kept = await client.connectors.value("SELECT to_jsonb(s)::text FROM ops.sources s")
    assert "s3cret" not in kept


async def test_the_next_pull_asks_only_for_what_is_new(client: Client) -> None:
    """What the overlap brings again is unchanged: nothing is lost and nothing counted twice."""
    everything = companies(0, 10)

    def answer(asked: Asked) -> Reply:
        since = asked.query.get("since", "")
        return listed({"data": [each for each in everything if each["updated_at"] >= since]})

    client.api.answer = answer
    await client.create(incremental=INCREMENTAL)

    first = await client.pulled()
    everything += companies(10, 12)
    second = await client.pulled()
    full = await client.pulled("?full=true")

    assert first["rows"]["created"] == 10
    assert (second["rows"]["created"], second["rows"]["unchanged"]) == (2, 2)
    assert (full["rows"]["created"], full["rows"]["unchanged"]) == (0, 12)
    sent = [each.query.get("since") for each in client.api.asked]
    assert sent == [None, "2026-01-01T08:00:00Z", None]
    assert (await client.show())["since"] == "2026-01-01T11:00:00Z"


async def test_the_cursor_stays_where_an_import_did_not_complete(client: Client) -> None:
    client.api.answer = lambda asked: listed({"data": [{"updated_at": "2026-01-01T10:00:00Z"}]})
    await client.create(incremental=INCREMENTAL)

    done = await client.pulled()
    source = await client.show()

    assert (done["status"], done["problem"]["type"]) == (
        "failed",
        "urn:waymark:problem:missing-columns",
    )
    assert (source["since"], source["pull"]) == (None, None)
    assert source["last_problem"]["columns"] == ["company_id", "name"]


async def test_what_changes_between_pages_is_taken_as_it_stands_last(client: Client) -> None:
    renamed = companies(1, 2, "Renamed")
    twice = [companies(0, 3), companies(0, 3)]
    client.api.answer = numbered([*twice, companies(3, 5) + renamed, companies(5, 6)])
    await client.create(pagination={"style": "page"})

    done = await client.pulled()

    rows = done["rows"]
    assert (rows["created"], rows["unchanged"], rows["refused"]) == (6, 1, 0)
    name = await client.connectors.value("SELECT name FROM program.companies WHERE key = 'c1'")
    assert name == "Renamed 1"


async def test_a_pull_that_is_held_up_goes_on_at_the_page(client: Client) -> None:
    pages = [companies(0, 2), companies(2, 4), companies(4, 5)]
    good = numbered(pages)

    def answer(asked: Asked) -> Reply:
        if asked.query["page"] == "2":
            return Reply(status=429, headers={"Retry-After": "900"})
        return good(asked)  # type: ignore[no-any-return]

    client.api.answer = answer
    await client.create(pagination={"style": "page"})
    begun = (await client.call("POST", "/partner-companies/pull")).json()
    held = await client.until("last_problem")

    assert begun["status"] == "received"
    assert held["last_problem"]["type"] == "urn:waymark:problem:source-unavailable"
    assert (held["pull"]["pages"], held["pull"]["records"], held["pull"]["failures"]) == (1, 2, 1)
    assert held["next_run_at"] > held["last_run_at"]

    await client.connectors.change(
        "INSERT INTO pii.raw_upload_chunks (import_id, chunk_no, body) VALUES (%s, 3, '\\x00')",
        [begun["import_id"]],
    )  # as a kill while the records were laid out leaves it
    client.api.answer = good
    done = await client.pulled()

    assert (done["import_id"], done["problem"]) == (begun["import_id"], None)
    assert done["rows"]["created"] == 5
    assert [each.query["page"] for each in client.api.asked] == ["1", "2", "2", "3", "4"]
    assert (await client.show())["last_problem"] is None


async def test_a_cursor_that_expired_lets_the_pull_begin_anew(client: Client) -> None:
    def answer(asked: Asked) -> Reply:
        token = asked.query.get("cursor")
        if token == "old":
            held_up = Reply(status=503, headers={"Retry-After": "900"})
            return held_up if len(client.api.asked) < 3 else Reply(status=410)
        following = None if token else "old" if len(client.api.asked) == 1 else "new"
        first = 2 if token else 0
        return listed({"data": companies(first, first + 2), "next": following})

    client.api.answer = answer
    await client.create(pagination={"style": "cursor", "next": "/next"})
    await client.call("POST", "/partner-companies/pull")
    await client.until("last_problem")

    lost = await client.pulled()
    done = await client.connectors.ended(
        str((await client.until("last_import_id"))["last_import_id"])
    )

    assert (lost["status"], lost["problem"]["type"]) == (
        "failed",
        "urn:waymark:problem:source-place-lost",
    )
    assert done["import_id"] in (lost["import_id"], done["import_id"])
    async with asyncio.timeout(10):
        while True:
            count = await client.connectors.value("SELECT count(*) FROM program.companies")
            if count == 4:
                break
            await asyncio.sleep(0.05)


PROBLEMS = [
    (Reply(body=b'{"data": []}', length=5), "source-unreadable"),
    (Reply(status=401), "source-refuses"),
    (Reply(body=b"<html>", content_type="text/html"), "source-unreadable"),
    (Reply(body=b'{"data": [', length=10), "source-unreadable"),
    (
        Reply(status=302, headers={"Location": "http://169.254.169.254/"}),
        "source-address-refused",
    ),
]


async def test_a_problem_is_shown_and_the_pull_goes_on_once_it_is_mended(client: Client) -> None:
    for number, (reply, problem) in enumerate(PROBLEMS):
        name, kind = f"partner-{number}", f"urn:waymark:problem:{problem}"
        client.api.then([reply])
        await client.create(name=name)
        begun = (await client.call("POST", f"/{name}/pull")).json()
        source = await client.until("last_problem", name)
        shown = (await client.connectors.get(f"/v1/imports/{begun['import_id']}")).json()

        assert (source["last_problem"]["type"], shown["problem"]["type"]) == (kind, kind)

        client.api.then([listed({"data": companies(2 * number, 2 * number + 2)})])
        await client.call("PATCH", f"/{name}", json={"secret": "another"})
        done = await client.pulled(name=name)

        assert (done["import_id"], done["rows"]["created"]) == (begun["import_id"], 2)
        assert client.api.asked[-1].headers["authorization"] == "Bearer another"


async def test_pages_in_a_circle_end_the_pull(client: Client) -> None:
    client.api.answer = lambda asked: listed(
        {
            "data": companies(0, 1),
            "next": {"a": "b", "b": "a"}.get(asked.query.get("cursor", ""), "a"),
        }
    )
    await client.create(pagination={"style": "cursor", "next": "/next"})

    done = await client.pulled()

    assert done["problem"]["type"] == "urn:waymark:problem:source-repeats"
    assert (await client.show())["pull"] is None
    assert await client.connectors.value("SELECT count(*) FROM pii.raw_uploads") == 0


async def test_a_source_without_news_leaves_an_import_only_for_who_asked(client: Client) -> None:
    client.api.answer = lambda asked: listed({"data": []})
    await client.create(every_seconds=3600)
    source = await client.until("last_run_at")
    assert await client.connectors.value("SELECT count(*) FROM ops.imports") == 0

    done = await client.pulled()

    assert (done["status"], done["rows"]["read"]) == ("completed", 0)
    assert source["next_run_at"] is not None


async def test_a_pull_can_be_cancelled_and_does_not_come_back(client: Client) -> None:
    client.api.answer = lambda asked: Reply(status=503, headers={"Retry-After": "900"})
    await client.create()
    begun = (await client.call("POST", "/partner-companies/pull")).json()
    await client.until("last_problem")

    cancelled = await client.connectors.http.post(
        f"/v1/imports/{begun['import_id']}/cancel", headers=client.connectors.headers
    )
    client.api.answer = lambda asked: listed({"data": companies(0, 1)})
    again = (await client.call("POST", "/partner-companies/pull")).json()
    done = await client.connectors.ended(again["import_id"])

    assert cancelled.json()["status"] == "cancelled"
    assert (again["import_id"] != begun["import_id"], done["rows"]["created"]) == (True, 1)


async def test_a_removed_source_leaves_its_imports_and_no_pages(client: Client) -> None:
    client.api.answer = numbered([companies(0, 1)])
    await client.create(pagination={"style": "page"})
    done = await client.pulled()
    client.api.answer = lambda asked: Reply(status=503, headers={"Retry-After": "900"})
    await client.call("POST", "/partner-companies/pull")
    await client.until("last_problem")

    removed = await client.call("DELETE", "/partner-companies")

    assert removed.status_code == 204
    assert (await client.call("GET", "/partner-companies")).status_code == 404
    uploads = await client.connectors.rows("SELECT import_id::text FROM pii.raw_uploads")
    assert [row["import_id"] for row in uploads] == [done["import_id"]]


async def test_a_missed_schedule_is_made_up_once_by_one_process(
    client: Client, build_connectors: Any
) -> None:
    async def answer(asked: Asked) -> Reply:
        await asyncio.sleep(2.5 * POLL_SECONDS)  # the other one looks meanwhile
        return listed({"data": companies(0, 2)})

    second = await build_connectors(pull_allowed_networks="127.0.0.0/8")
    client.api.answer = answer
    await client.create(every_seconds=3600, enabled=False)
    await client.connectors.change(
        "UPDATE ops.sources SET enabled = true, created_at = now() - interval '10 days',"
        " next_run_at = now() - interval '5 days'"
    )

    source = await client.until("last_import_id")
    done = await second.ended(source["last_import_id"])

    assert (done["status"], done["rows"]["created"]) == ("completed", 2)
    assert len(client.api.asked) == 1
    assert source["next_run_at"] > source["last_run_at"]


async def test_a_process_whose_pull_moved_on_keeps_no_page(client: Client) -> None:
    client.api.answer = lambda asked: Reply(status=503, headers={"Retry-After": "900"})
    await client.create()
    begun = (await client.call("POST", "/partner-companies/pull")).json()
    await client.until("last_problem")
    connectors = client.connectors
    source_id = await connectors.value("SELECT source_id FROM ops.sources")
    database = Database(connectors.database.url("connectors_worker"), application_name="test")

    async def moved(asked: int) -> bool:
        async with database.work() as work:
            at = {"import_id": begun["import_id"], "asked": asked}
            cursor = {"pull": {**at, "asked": asked + 1}}
            return await sources.move_pull(work.session, source_id, at, cursor)

    assert [await moved(asked) for asked in (1, 0, 0, 1)] == [False, True, False, True]
    await connectors.change("UPDATE ops.imports SET status = 'cancelled'")
    assert await moved(2) is False
    await database.close()
