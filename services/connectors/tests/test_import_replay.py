"""Refused rows are tried again without a new upload; held rows go when their parent comes."""

import asyncio
from typing import Any

Connectors = Any
ENROLLMENTS = (
    "participant_email,program,company_id,started_on\n"
    "anna@learn.example,language,acme,2026-01-01\n"
    "boris@learn.example,language,acme,2026-01-01\n"
    "carla@learn.example,language,,2026-01-01\n"
    "dora@learn.example,nothing,acme,2026-01-01\n"
)
COMPANY = "company_id,name\nacme,Acme\n"
SESSION = (
    "session_id,participant_email,volunteer_email,scheduled_at,completed_at\n"
    "LS-1,anna@learn.example,tom@acme.example,2026-03-02T10:00:00Z,2026-03-02T11:00:00Z\n"
)
RATINGS = (
    "rating_id,session_id,from_role,rating,created_at\n"
    "R-1,LS-1,volunteer,5,2026-03-03T10:00:00Z\n"
    "R-2,LS-2,volunteer,5,2026-03-03T10:00:00Z\n"
)
MAPPING = """
name: programmes
version: "1"
dataset: enrollments
description: Our words
columns:
  participant_email: {headers: [participant_email]}
  program: {headers: [program], values: {nothing: buddy}}
  company_id: {headers: [company_id]}
  started_on: {headers: [started_on]}
"""


async def replayed(connectors: Connectors, import_id: str, **asked: str) -> dict[str, Any]:
    answer = await connectors.http.post(
        f"/v1/imports/{import_id}/replay", headers=connectors.headers, json=asked
    )
    assert answer.status_code == 202, answer.text
    return await settled(connectors, import_id, lambda found: found["replay"]["status"] == "done")


async def settled(connectors: Connectors, import_id: str, done: Any) -> dict[str, Any]:
    """Poll an import for the two seconds within which a change must be there."""
    async with asyncio.timeout(10):
        while True:
            found = (await connectors.get(f"/v1/imports/{import_id}")).json()
            if done(found):
                return dict(found)
            await asyncio.sleep(0.02)


def counts(found: dict[str, Any]) -> tuple[int, int, int, int]:
    rows = found["rows"]
    return rows["created"], rows["unchanged"], rows["refused"], rows["held"]


async def test_rows_that_are_good_by_now_are_taken_into_their_import(
    connectors: Connectors,
) -> None:
    first = await connectors.imported("enrollments", ENROLLMENTS)
    await connectors.imported("companies", COMPANY)
    await connectors.forget_events()

    done = await replayed(connectors, first["import_id"])

    assert (counts(first), counts(done)) == ((1, 0, 3, 0), (3, 0, 1, 0))
    assert await connectors.codes(first["import_id"]) == [(5, "E015")]
    states = await connectors.rows("SELECT row_no, state FROM pii.refused_rows ORDER BY 1")
    assert [row["state"] for row in states] == ["replayed", "replayed", "refused"]
    told = [event.type for event in await connectors.events()]
    assert told.count("program.enrollment.changed.v1") == 2
    stored = await connectors.rows(
        "SELECT row_no, import_id::text FROM program.program_enrollments ORDER BY 1"
    )
    assert stored == [{"row_no": row, "import_id": first["import_id"]} for row in (2, 3, 4)]

    await connectors.forget_events()
    again = await replayed(connectors, first["import_id"])
    assert counts(again) == (3, 0, 1, 0)
    assert [event.type for event in await connectors.events()] == ["imports.import.completed.v1"]


async def test_a_mapping_may_come_with_the_replay(connectors: Connectors) -> None:
    await connectors.imported("companies", COMPANY)
    first = await connectors.imported("enrollments", ENROLLMENTS)

    done = await replayed(connectors, first["import_id"], mapping=MAPPING)

    assert (counts(first), counts(done)) == ((3, 0, 1, 0), (4, 0, 0, 0))
    assert done["replay"]["mapping"] == "programmes"
    version = await connectors.value(
        "SELECT mapping_version FROM program.program_enrollments WHERE program = 'buddy'"
    )
    assert version.startswith("programmes@")


async def test_an_unknown_mapping_and_an_open_import_are_refused(connectors: Connectors) -> None:
    first = await connectors.imported("enrollments", ENROLLMENTS)
    trial = await connectors.imported("enrollments", ENROLLMENTS, dry_run="true")

    async def asked(import_id: str, **body: str) -> tuple[int, str]:
        answer = await connectors.http.post(
            f"/v1/imports/{import_id}/replay", headers=connectors.headers, json=body
        )
        return answer.status_code, answer.json()["type"].rsplit(":")[-1]

    assert await asked(first["import_id"], mapping="nowhere") == (422, "unknown-mapping")
    assert await asked(trial["import_id"]) == (409, "not-replayable")


async def test_a_rating_waits_for_its_session(connectors: Connectors) -> None:
    ratings = await connectors.imported("kintell-ratings", RATINGS)
    assert counts(ratings) == (0, 0, 0, 2)

    await connectors.imported("kintell-sessions", SESSION, program="language")

    done = await settled(connectors, ratings["import_id"], lambda found: found["rows"]["created"])
    assert counts(done) == (1, 0, 0, 1)
    stored = await connectors.rows(
        "SELECT external_id, import_id::text, row_no FROM program.kintell_ratings"
    )
    assert stored == [{"external_id": "R-1", "import_id": ratings["import_id"], "row_no": 2}]


async def test_what_waits_for_a_session_that_is_there_goes_at_the_next_start(
    connectors: Connectors, build_connectors: Any
) -> None:
    ratings = await connectors.imported("kintell-ratings", RATINGS)
    await connectors.change(
        "UPDATE pii.refused_rows SET waits_for = 'kintell_session:LS-9' WHERE row_no = 2"
    )
    await connectors.imported("kintell-sessions", SESSION, program="language")
    await connectors.change(
        "UPDATE pii.refused_rows SET waits_for = 'kintell_session:LS-1' WHERE row_no = 2"
    )

    await build_connectors()

    done = await settled(connectors, ratings["import_id"], lambda found: found["rows"]["created"])
    assert counts(done) == (1, 0, 0, 1)
