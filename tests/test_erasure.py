"""A person with words of their own in every place, erased: found nowhere, and certified."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
import zstandard
from tests.erasable import (
    COLUMNS,
    MAIL,
    OTHER,
    SESSIONS,
    TWIN,
    WORDS,
    Planted,
    certified,
    deleted,
    everywhere,
    merge,
    person_of,
    plant,
    posted,
    postgres,
    send,
    session_row,
)

from shared_utils.auth import jws
from shared_utils.auth.keys import verification_keys
from waymark.testing.canaries import in_tables
from waymark.testing.platform import Platform, running_platform


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("erasure") / "home"
    with running_platform(folder) as platform:
        found = plant(platform)
        merge(platform, found.person, found.twin)
        found.before = everywhere(platform)
        found.backup = postgres("pg_dump", "-Fc", platform.urls["postgres"])
        yield found


PLACES = {
    "auth.users.email",
    "pii.before_images.image",
    "pii.external_ids.external_id",
    "pii.fact_details.details",
    "pii.persons.display_name",
    "pii.platform_accounts.details",
    "pii.platform_accounts.external_id",
    "pii.raw_upload_chunks.body",
    "pii.raw_uploads.filename",
    "pii.refused_rows.original",
    "pii.texts.body",
    "pii.webhook_bodies.body",
}
"""Where the person is before; that the search finds each shows that it can."""


def is_up(platform: Platform) -> bool:
    try:
        url = platform.urls["gateway"] + "/health/all"
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def erased(planted: Planted) -> Planted:
    platform = planted.platform
    planted.figures = {name: platform.rows(query) for name, query in OTHERS.items()}
    answer = deleted(platform, f"/v1/profile/{planted.twin}?reason=asked%20to%20be%20forgotten")
    assert answer.status_code == 202, answer.text
    for service in ("connectors", "profile", "gateway"):
        platform.kill(service)
    platform.until(lambda: is_up(platform), "the gateway answers again")
    planted.erasure = certified(platform, answer.json()["erasure_id"])
    platform.settled()
    return planted


OTHERS = {
    "minutes of sessions": "SELECT external_id, volunteer_id, status, duration_minutes"
    " FROM program.kintell_sessions ORDER BY external_id",
    "for whom they count": "SELECT company_id, fact_type, fact_id, volunteer, sponsor"
    " FROM program.attributions ORDER BY 1, 2, 3",
}
"""What must be the same afterwards."""


def test_the_search_finds_what_was_planted(planted: Planted) -> None:
    assert planted.before == PLACES


def test_nothing_of_the_person_is_found_anywhere(erased: Planted) -> None:
    assert everywhere(erased.platform) == set()


def test_the_others_keep_their_meetings_and_the_company_its_hours(erased: Planted) -> None:
    for name, query in OTHERS.items():
        assert erased.platform.rows(query) == erased.figures[name], name


def test_opinions_go_with_the_person_and_others_keep_theirs(erased: Planted) -> None:
    platform = erased.platform
    ratings = platform.rows(
        "SELECT s.external_id FROM program.kintell_ratings r"
        " JOIN program.kintell_sessions s USING (session_id) ORDER BY 1"
    )
    feedback = platform.rows("SELECT from_role FROM program.buddy_feedback")
    texts = platform.rows('SELECT body FROM pii.texts ORDER BY body COLLATE "C"')

    assert [row["external_id"] for row in ratings] == ["LS-2", "LS-22", "LS-3", "LS-5"]
    assert [row["from_role"] for row in feedback] == ["buddy"]
    assert [row["body"] for row in texts] == [
        "A quiet person",
        "She was kind",
        "a fine hour",
        "an hour in a book",
    ]


GONE = {
    "auth.users": 1,
    "pii.raw_uploads.trials": 1,
    "pii.raw_uploads.filename": 1,
    "pii.webhook_bodies": 1,
}


def test_the_certificate_is_signed_and_says_what_went(erased: Planted) -> None:
    platform, erasure = erased.platform, erased.erasure
    jwks = httpx.get(platform.urls["gateway"] + "/.well-known/jwks.json").content
    token = jws.parsed(erasure["jws"], typ="erasure+jwt")
    content = jws.claims(token, verification_keys(jwks)[token.kid])

    assert {name: content[name] for name in erasure["certificate"]} == erasure["certificate"]
    gone = {store: n for counts in content["erased"].values() for store, n in counts.items()}
    assert {name: gone[name] for name in GONE} == GONE
    assert set(content["erased"]) == {"connectors", "gateway", "profile", "q2q_ai", "safety"}
    kept = datetime.fromisoformat(content["backups_expire_at"]) - datetime.fromisoformat(
        content["completed_at"]
    )
    assert kept == timedelta(days=35)
    assert erased.person not in json.dumps(content)


def test_files_keep_other_rows_their_numbers_and_both_digests(erased: Planted) -> None:
    platform, import_id = erased.platform, erased.imports["sessions"]
    [upload] = platform.rows(
        "SELECT sha256, rewritten_sha256 FROM pii.raw_uploads WHERE import_id = %s", import_id
    )
    pieces = platform.rows(
        "SELECT body FROM pii.raw_upload_chunks WHERE import_id = %s ORDER BY chunk_no", import_id
    )
    unpack = zstandard.ZstdDecompressor()
    raw = b"".join(unpack.decompress(bytes(piece["body"])) for piece in pieces)
    lines = SESSIONS.splitlines(keepends=True)

    assert raw.decode() == "".join([lines[0], "\n", lines[2], *["\n"] * 5])
    assert bytes(upload["sha256"]) == hashlib.sha256(SESSIONS.encode()).digest()
    assert bytes(upload["rewritten_sha256"]) == hashlib.sha256(raw).digest()


def test_the_profile_is_gone_and_stays_gone_through_a_replay(erased: Planted) -> None:
    platform, admin = erased.platform, erased.platform.client("admin")
    held = "SELECT count(*) FROM insight.profile_flags WHERE person_id = ANY(%s::uuid[])"

    platform.command("events", "replay")
    platform.settled()

    for person in (erased.person, erased.twin):
        assert admin.status(f"/v1/profile/{person}") == 404
    assert platform.value(held, [erased.person, erased.twin]) == 0


def test_a_restored_backup_erases_again_before_anybody_is_seen(
    erased: Planted, tmp_path: Path
) -> None:
    platform, kept = erased.platform, tmp_path / "erasures.jws"
    platform.command("erasures", "export", str(kept))
    url = platform.urls["postgres"]
    server, name = url.rsplit("/", 1)
    forget = [f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"']

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for statement in forget:
            connection.execute(statement.encode())
    postgres("pg_restore", "--no-password", "-d", url, given=erased.backup)
    restored = in_tables(url, WORDS)
    platform.command("erasures", "apply", str(kept))
    platform.command("erasures", "apply", str(kept))
    certified(platform, erased.erasure["erasure_id"])

    assert restored == PLACES
    assert everywhere(platform) == set()


def test_a_list_of_erasures_that_was_changed_is_refused(erased: Planted, tmp_path: Path) -> None:
    kept = tmp_path / "erasures.jws"
    erased.platform.command("erasures", "export", str(kept))
    head, content, signature = kept.read_text().strip().split(".")
    kept.write_text(f"{head}.{content[:-4]}AAAA.{signature}")

    refused = erased.platform.run("erasures", "apply", str(kept))

    assert refused.returncode == 1
    assert "signed list of erasures" in refused.stderr


def test_who_was_erased_is_refused_by_every_channel_until_lifted(erased: Planted) -> None:
    platform, admin = erased.platform, erased.platform.client("admin")
    again = COLUMNS + session_row("LS-51", TWIN, OTHER) + session_row("LS-52", OTHER, MAIL)
    account = f"email,name,role\n{MAIL},Somebody New,learner\n"
    member = f"company_id,email,role\nsponsor,{MAIL},volunteer\n"

    for dataset, content in (
        ("kintell-sessions", again),
        ("kintell-users", account),
        ("company-users", member),
    ):
        found = send(platform, dataset, "again.csv", content)
        codes = {one["code"] for one in admin.get(f"/v1/imports/{found}/errors")["items"]}
        assert codes == {"E013"}, dataset
        assert admin.get(f"/v1/imports/{found}")["rows"]["created"] == 0
    mapping = {"person_id": person_of(platform, OTHER), "provider": "email", "external_id": MAIL}
    assert posted(platform, "/v1/profile/mapping", mapping).status_code == 409

    path = f"/v1/profile/erasures/{erased.erasure['erasure_id']}/lift"
    assert posted(platform, path, {}).status_code == 422
    assert posted(platform, path, {"reason": "came back"}).json()["lifted"] is True

    found = send(platform, "kintell-sessions", "again.csv", again)
    assert admin.get(f"/v1/imports/{found}")["rows"]["created"] == 2
    assert person_of(platform, MAIL) not in (erased.person, erased.twin)
