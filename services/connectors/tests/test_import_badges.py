"""Open Badges 3.0 become rows of `credentials`."""

from typing import Any

import orjson
import pytest

from connectors_service.datasets.badges import BADGE_COLUMNS, is_badge, row_of
from connectors_service.datasets.catalogue import dataset_named
from connectors_service.mapping.catalogue import mapping_for
from connectors_service.mapping.plan import plan_for
from connectors_service.mapping.rows import Accepted, RowReader
from connectors_service.rules.codes import CellError, Code

BADGE: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "id": "https://ecornell.example/credentials/3732",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "https://ecornell.example", "type": ["Profile"], "name": "eCornell"},
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2028-01-01T00:00:00Z",
    "name": "Teamwork",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": "anna@learn.example",
                "identityType": "emailAddress",
            }
        ],
        "achievement": {
            "id": "https://ecornell.example/achievements/21st",
            "type": ["Achievement"],
            "achievementType": "CertificateOfCompletion",
            "humanCode": "TEAM-1",
            "name": "Teamwork",
            "criteria": {"narrative": "Work in a team."},
            "description": "Works in a team.",
        },
    },
}
ROW = {
    "credential_id": "https://ecornell.example/credentials/3732",
    "user_email": "anna@learn.example",
    "provider": "eCornell",
    "course_id": "TEAM-1",
    "course_name": "Teamwork",
    "credential_type": "certificate",
    "issued_at": "2026-01-01T00:00:00Z",
    "expires_at": "2028-01-01T00:00:00Z",
    "credential_url": "https://ecornell.example/credentials/3732",
}


def holder(**subject: Any) -> dict[str, Any]:
    return BADGE | {"credentialSubject": {"achievement": {"name": "Teamwork"}, **subject}}


def test_a_badge_becomes_a_row_that_the_dataset_takes() -> None:
    assert is_badge(BADGE)
    row = row_of(BADGE)
    assert row == ROW
    assert tuple(row) == BADGE_COLUMNS

    plan = plan_for(dataset_named("credentials"), mapping_for("credentials", None), tuple(row))
    judged = RowReader(plan).judge(1, list(row.values()))
    assert isinstance(judged, Accepted)
    assert (judged.record.provider, judged.record.credential_type) == ("ecornell", "certificate")


def test_a_badge_may_say_less_or_say_it_elsewhere() -> None:
    badge = {
        "id": "urn:uuid:91537dba-56cb-11ec-bf63-0242ac130002",
        "type": "AchievementCredential",
        "issuer": "https://issuer.example/profile",
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": [
            {"id": "mailto:anna@learn.example", "achievement": [{"name": {"en": "Teamwork"}}]}
        ],
    }

    assert is_badge(badge)
    assert row_of(badge) == {
        "credential_id": "urn:uuid:91537dba-56cb-11ec-bf63-0242ac130002",
        "user_email": "anna@learn.example",
        "provider": "issuer.example",
        "course_name": "Teamwork",
        "credential_type": "badge",
        "issued_at": "2026-01-01T00:00:00Z",
    }


HASHED = {"identityType": "emailAddress", "hashed": True, "identityHash": "sha256$b5809d8a92f8"}


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ({"identifier": [HASHED]}, "by a hash alone"),
        ({"id": "did:example:holder"}, "no e-mail address"),
        ({"identifier": {"identityType": "name", "identityHash": "Anna"}}, "no e-mail address"),
    ],
)
def test_e001_a_holder_that_no_one_can_find(subject: dict[str, Any], says: str) -> None:
    with pytest.raises(CellError) as error:
        row_of(holder(**subject))

    assert error.value.code is Code.EMAIL
    assert says in error.value.message
    assert "sha256$" not in error.value.message


def test_an_address_beside_a_hash_is_enough() -> None:
    assert row_of(holder(identifier=[HASHED], email="a@b.example"))["user_email"] == "a@b.example"


@pytest.mark.parametrize(
    "value",
    [None, [], "x", {}, {"type": "OpenBadgeCredential"}, BADGE | {"type": ["Presentation"]}],
)
def test_other_json_is_no_badge(value: Any) -> None:
    assert not is_badge(value)


@pytest.mark.parametrize("form", ["json", "ndjson", "body"])
async def test_sent_badges_are_loaded_and_those_of_nobody_refused(
    connectors: Any, form: str
) -> None:
    hashed = holder(identifier=[HASHED]) | {"id": "https://ecornell.example/credentials/2"}
    badges = [BADGE, hashed]
    lines = b"\n".join(map(orjson.dumps, badges))
    content = lines if form == "ndjson" else orjson.dumps(badges)

    if form == "body":
        sent = await connectors.http.post(
            "/v1/import/credentials",
            content=content,
            headers=connectors.signed("admin") | {"Content-Type": "application/json"},
        )
        assert sent.status_code == 202, sent.text
        done = await connectors.ended(sent.json()["import_id"])
    else:
        done = await connectors.imported("credentials", content, filename=f"badges.{form}")

    assert (done["rows"]["created"], done["rows"]["refused"]) == (1, 1)
    stored = await connectors.rows("SELECT external_id, provider FROM program.credentials")
    assert [tuple(row.values()) for row in stored] == [(BADGE["id"], "ecornell")]
    (error,) = await connectors.errors(done["import_id"])
    assert (error["row"], error["code"]) == (2, "E001")
    assert "by a hash alone" in error["message"]


async def test_a_lone_badge_of_nobody_is_a_refused_row(connectors: Any) -> None:
    content = orjson.dumps(holder(identifier=[HASHED]))

    done = await connectors.imported("credentials", content, filename="badge.json")

    assert (done["rows"]["created"], done["rows"]["refused"]) == (0, 1)


@pytest.mark.parametrize("dry_run", ["true", "false"])
async def test_only_credentials_takes_badges(connectors: Any, dry_run: str) -> None:
    session = {"session_id": "LS-1", "participant_email": "anna@learn.example"}
    content = b"\n".join(map(orjson.dumps, [session, BADGE]))

    answer = await connectors.send("kintell-sessions", content, "rows.ndjson", dry_run=dry_run)

    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["type"], problem["badges"]) == ("urn:waymark:problem:badges-elsewhere", 1)
    assert "/v1/import/credentials" in problem["detail"]
    assert "anna" not in answer.text
    assert await connectors.value("SELECT count(*) FROM ops.imports") == 0
