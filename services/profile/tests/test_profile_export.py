"""Everything that is held about a person leaves in one archive, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from services.profile.tests.planting_words import Planter

from profile_service.export.archive import csv_of
from profile_service.export.own import ANOTHERS, Own
from profile_service.repository.holdings import STORES
from shared_schema.tables import metadata

if TYPE_CHECKING:
    from profile_service.testing import World

Token = Callable[..., str]
PEOPLE = {"person_id", "participant_id", "volunteer_id", "buddy_id", "source_id", "keep_id"}

TABLES = {
    "pii.persons": "persons",
    "pii.external_ids": "external_ids",
    "pii.platform_accounts": "platform_accounts",
    "pii.texts": "texts",
    "pii.text_embeddings": "text_embeddings",
    "pii.fact_details": "fact_details",
    "pii.before_images": "before_images",
    "pii.refused_rows": "refused_rows",
    "pii.webhook_bodies": "webhooks",
    "pii.duplicate_candidates": "possible_duplicates",
    "program.canonical_persons": "merged_into",
    "program.person_merges": "merges",
    "program.consents": "consents",
    "program.consents_in_force": "consents_in_force",
    "program.company_users": "company_memberships",
    "program.program_enrollments": "enrollments",
    "program.kintell_sessions": "sessions",
    "program.kintell_ratings": "session_ratings",
    "program.buddy_matches": "buddy_matches",
    "program.buddy_events": "buddy_events",
    "program.buddy_checkins": "buddy_checkins",
    "program.buddy_feedback": "buddy_feedback",
    "program.learning_progress": "courses",
    "program.credentials": "credentials",
    "program.attributions": "counts_for_companies",
    "insight.profile_facts": "profile_facts",
    "insight.profiles": "profiles",
    "insight.profile_flags": "flags",
    "insight.milestones": "milestones",
    "insight.outcome_scores": "scores",
    "insight.score_overrides": "score_overrides",
    "insight.evidence_snippets": "evidence",
    "insight.access_log": "access_log",
    "insight.released_figures": "figures_shown_to_companies",
    "auth.users": "accounts",
    "auth.refresh_tokens": "account_sessions",
    "ops.audit_log": "audit_log",
    "ops.screenings": "screenings",
    "ops.review_items": "safety_reviews",
    "ops.review_decisions": "safety_decisions",
}
"""Every table with data of a person, and the file of the archive that holds it."""

WITHOUT = {
    "ops.erasures": "What is left of someone erased, who can ask for nothing any more.",
    "ops.erasure_steps": "As ops.erasures.",
    "ops.erased_persons": "As ops.erasures.",
    "ops.sources": "Its source is a partner's API.",
}
"""Tables that name a person and are not in the archive, and why."""


@pytest.fixture
def planter(world: World) -> Planter:
    planter = Planter(world)
    planter.everything()
    return planter


async def archive(http: httpx.AsyncClient, person: UUID, caller: dict[str, str]) -> dict[str, str]:
    answer = await http.post(f"/v1/profile/{person}/export", headers=caller)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name).decode() for name in opened.namelist()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_the_archive_holds_all_of_the_person_and_nothing_of_others(
    http: httpx.AsyncClient, planter: Planter, token: Token
) -> None:
    me = bearer(token("participant", person_id=planter.ada))

    files = await archive(http, planter.ada, me)

    missing = {t for t, store in TABLES.items() if planter.planted[t] not in files[f"{store}.json"]}
    assert missing == set()
    told = {name for name, body in files.items() if "secret" in body.lower()}
    assert told == set(), "a buddy's name, address or words are not the person's"
    whole = "".join(files.values())
    assert str(planter.bo) not in whole
    assert not [one for one in ("a-coordinator", "a-reviewer", "hidden-hash") if one in whole]
    assert len(json.loads(files["refused_rows.json"])) == 1
    assert {name.removesuffix(".json") for name in files if name.endswith(".json")} == {
        name.removesuffix(".csv") for name in files if name.endswith(".csv")
    }


def test_every_table_that_names_a_person_is_in_the_archive_or_says_why_not() -> None:
    naming = {name for name, table in metadata.tables.items() if PEOPLE & set(table.columns.keys())}

    assert naming <= TABLES.keys() | WITHOUT.keys()
    assert set(STORES) <= set(TABLES.values())


async def test_an_export_is_recorded_and_is_for_the_person_and_staff(
    http: httpx.AsyncClient, world: World, token: Token
) -> None:
    ada = world.person()
    path = f"/v1/profile/{ada}/export"
    foreign = {"participant": 404, "volunteer": 404, "reviewer": 403, "company_user": 403}

    await archive(http, ada, bearer(token("coordinator")))

    assert world.rows("SELECT role, action FROM insight.access_log") == [("coordinator", "export")]
    assert world.rows("SELECT role, action, object_id FROM ops.audit_log") == [
        ("coordinator", "export", str(ada))
    ]
    for role, status in foreign.items():
        more = {"company_id": uuid4()} if role == "company_user" else {}
        caller = bearer(token(role, person_id=uuid4(), **more))
        assert (await http.post(path, headers=caller)).status_code == status
    unknown = f"/v1/profile/{uuid4()}/export"
    assert (await http.post(unknown, headers=bearer(token("admin")))).status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_the_csv_runs_as_a_formula(cell: str) -> None:
    [_, [shown, number]] = csv.reader(io.StringIO(csv_of([{"a": cell, "b": 3}]), newline=""))

    assert (shown, number) == (f"'{cell}", "3")


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("participant_email", "Ada@home.example", True),
        ("volunteer_email", "bo@x.example", False),
        ("Mentor", "Bo", False),
        ("topic", "write to bo@x.example", False),
        ("topic", "at the library", True),
        ("minutes", 45, True),
        ("first name", "Ada", True),
        ("buddy", None, True),
    ],
)
def test_of_a_row_about_two_people_only_ones_own_half_stays(
    column: str, value: Any, kept: bool
) -> None:
    own = Own([], {"ada@home.example", "ada"})

    assert own.cells({column: value}) == {column: value if kept else ANOTHERS}
