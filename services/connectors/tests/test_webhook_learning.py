"""Course platforms' webhooks become progress and credentials; an older report changes nothing."""

import itertools
from typing import Any

import pytest
from services.connectors.tests.conftest import Connectors
from services.connectors.tests.senders import Sender, sender

PROGRESS = (
    "SELECT provider, course_id, status, percent, started_at::text, completed_at::text"
    " FROM program.learning_progress"
)


@pytest.fixture
async def upskilling(connectors: Connectors) -> Sender:
    """The course platforms, with one secret."""
    return await sender(connectors, "upskilling")


def ecornell(event: str, at: str, **progress: Any) -> dict[str, Any]:
    return {
        "event_type": event,
        "event_id": f"e-{event}",
        "timestamp": f"2026-03-{at}T12:00:00Z",
        "user": {"external_id": "u-1", "email": "Anna@Learn.example", "first_name": "Anna"},
        "course": {"course_id": "EXEC-101", "course_name": "Leadership"},
        "progress": progress,
    }


ENROLLED = ecornell("enrollment.created", "01", status="enrolled", percent_complete=0)
STARTED = ecornell(
    "course.started", "02", status="active", percent_complete=5, started_at="2026-03-02T09:00:00Z"
)
COMPLETED = ecornell(
    "course.completed", "20", status="done", percent_complete=100, completed_at="2026-03-20"
)
CERTIFICATE = {
    "certificate_id": "CERT-1",
    "certificate_url": "https://ecornell.example/c/1",
    "issued_at": "2026-03-21T08:00:00Z",
}
ISSUED = ecornell("certificate.issued", "21", status="done") | {"certificate": CERTIFICATE}


async def test_a_course_at_ecornell_from_enrolment_to_certificate(
    connectors: Connectors, upskilling: Sender
) -> None:
    for payload in (ENROLLED, STARTED, COMPLETED, ISSUED):
        await upskilling.told("ecornell", payload)

    (progress,) = await connectors.rows(PROGRESS)
    assert list(progress.values())[:4] == ["ecornell", "EXEC-101", "completed", 100.0]
    assert progress["started_at"].startswith("2026-03-02")
    assert progress["completed_at"].startswith("2026-03-20")
    (credential,) = await connectors.rows(
        "SELECT external_id, provider, credential_type, course_id FROM program.credentials"
    )
    assert list(credential.values()) == ["CERT-1", "ecornell", "certificate", "EXEC-101"]
    told = [event.type for event in await connectors.events() if "upskilling" in event.type]
    assert told == [
        "upskilling.progress.updated.v1",
        "upskilling.progress.updated.v1",
        "upskilling.course.completed.v1",
        "upskilling.credential.issued.v1",
    ]
    imports = (await connectors.get("/v1/imports")).json()["items"]
    assert {(one["dataset"], one["rows"]["read"]) for one in imports} == {
        ("learning-progress", 3),
        ("credentials", 1),
    }
    assert await connectors.value("SELECT count(DISTINCT person_id) FROM pii.persons") == 1


async def test_a_certificate_may_tell_of_the_completion_too(
    connectors: Connectors, upskilling: Sender
) -> None:
    progress = {"status": "done", "completed_at": "2026-03-20T10:00:00Z"}

    await upskilling.told("ecornell", ISSUED | {"progress": progress}, "msg_1")

    (stored,) = await connectors.rows(PROGRESS)
    assert (stored["status"], stored["completed_at"][:10]) == ("completed", "2026-03-20")
    assert await connectors.value("SELECT count(*) FROM program.credentials") == 1
    (delivery,) = (await connectors.get("/v1/webhooks/deliveries")).json()["items"]
    assert len(delivery["rows"]) == 2


async def test_reports_in_any_order_end_alike(connectors: Connectors, upskilling: Sender) -> None:
    reports = {"e": ENROLLED, "s": STARTED, "c": COMPLETED}
    ends = {}
    for order in itertools.permutations(reports):
        for name in order:
            course = {"course_id": "-".join(order), "course_name": "Leadership"}
            await upskilling.told("ecornell", reports[name] | {"course": course})
        (end,) = await connectors.rows(f"{PROGRESS} WHERE course_id = %s", ("-".join(order),))
        ends["".join(order)] = (end["status"], end["percent"], end["completed_at"])

    assert len(ends) == 6
    assert set(ends.values()) == {ends["esc"]}


async def test_itslearning_and_any_other_platform(
    connectors: Connectors, upskilling: Sender
) -> None:
    itslearning = {
        "eventType": "CourseProgress",
        "eventId": "1",
        "timestamp": "2026-03-05T12:00:00+01:00",
        "userId": "77",
        "userEmail": "bob@learn.example",
        "courseId": "DATA-201",
        "courseName": "Data",
        "status": "active",
        "progressPercentage": 40.5,
        "startDate": "2026-03-01",
    }
    generic = {
        "event_type": "progress",
        "event_id": "1",
        "timestamp": "2026-03-05T12:00:00Z",
        "provider": "OpenSchool",
        "user_identifier": "bob@learn.example",
        "course_id": "ART-1",
        "course_name": "Art",
        "status": "dropped",
        "progress_percent": 10,
        "metadata": {"reason": "moved"},
    }

    await upskilling.told("itslearning", itslearning)
    await upskilling.told("generic", generic)

    first, second = await connectors.rows(f"{PROGRESS} ORDER BY provider")
    assert list(first.values())[:4] == ["itslearning", "DATA-201", "in_progress", 40.5]
    assert list(second.values())[:4] == ["openschool", "ART-1", "dropped", 10.0]
    drift = (await connectors.get("/v1/webhooks/drift")).json()["items"]
    assert drift == []
    kept = await connectors.rows("SELECT details FROM pii.fact_details")
    extras = [row["details"]["extra"] for row in kept]
    assert {"userId": "77", "status": "active", "eventId": "1"} in extras
    assert any(extra.get("metadata") == '{"reason":"moved"}' for extra in extras)


BROKEN: tuple[tuple[str, dict[str, Any], set[str]], ...] = (
    ("ecornell", ENROLLED | {"event_type": "course.paused"}, {"E015"}),
    ("ecornell", ENROLLED | {"user": {"email": "nobody"}}, {"E001"}),
    ("ecornell", ENROLLED | {"timestamp": "noon"}, {"E003"}),
    ("ecornell", {**ISSUED, "certificate": {}}, {"E002"}),
    ("itslearning", {"eventType": "CourseCompletion"}, {"E002"}),
    ("generic", {"status": "lost"}, {"E002", "E015"}),
)


async def test_a_report_that_breaks_rules_says_which(
    connectors: Connectors, upskilling: Sender
) -> None:
    for number, (kind, payload, codes) in enumerate(BROKEN):
        await upskilling.told(kind, payload, f"msg_{number}")

        reasons = await connectors.value(
            "SELECT r.reasons FROM pii.refused_rows r JOIN pii.webhook_rows w"
            " USING (import_id, row_no) WHERE w.webhook_id = %s",
            (f"msg_{number}",),
        )
        assert {reason["code"] for reason in reasons} == codes, payload
    assert await connectors.value("SELECT count(*) FROM pii.persons") == 0
