"""What a profile costs to read, beside the ORM way behind the same route.

    uv run python -m bench.profile_read --rounds 7 --requests 300

Both routes stand in one app and are asked in turns for the same people: token, access log, the
shape of the answer and the pool are the same. The ORM way gets the rows as objects (`session.get`
and `select(Model)`) and counts them here. Answers are compared first; a difference ends the run.
CPU is of this process alone, a request; the database's is told beside it.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import uvloop
from bench.files import EACH_HAS
from bench.processes import seconds_of
from bench.projection_speed import deeds, servers
from fastapi import APIRouter, FastAPI
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import wrap
from profile_service import views
from profile_service.app import build
from profile_service.errors import UnknownPersonError
from profile_service.handlers import handlers
from profile_service.projection import Projector
from profile_service.repository import persons
from profile_service.repository.persons import Person as Known
from profile_service.repository.profiles import Held
from profile_service.routes.parts import Rules
from profile_service.rules import load_rules
from profile_service.schemas import Profile
from profile_service.settings import Settings
from shared_schema.tables.identity import CanonicalPerson
from shared_schema.tables.insight import Milestone, ProfileFact, ProfileFlag, ProjectionState
from shared_schema.tables.pii import ExternalId, Person
from shared_utils import log
from shared_utils.auth import AdminOrSelf
from shared_utils.deps import Write
from waymark.testing.databases import MigratedDatabase, copied, migrated_template
from waymark.testing.tokens import Keyset, published_keyset

PEOPLE = 60
_WARM = 20

by_orm = APIRouter()


@by_orm.get("/orm/{person_id}", response_model_exclude_unset=True)
async def show_profile(person_id: UUID, work: Write, caller: AdminOrSelf, rules: Rules) -> Profile:
    """The same profile, of objects."""
    session = work.session
    person = await _person(session, person_id)
    await persons.log_access(session, person.person_id, caller, "profile")
    return views.profile(person, await _held(session, person), rules)


async def _person(session: AsyncSession, person_id: UUID) -> Known:
    merged = await session.get(CanonicalPerson, person_id)
    found = await session.get(Person, merged.canonical_id if merged else person_id)
    if found is None or found.status == "erased":
        raise UnknownPersonError
    query = select(CanonicalPerson).where(CanonicalPerson.canonical_id == found.person_id)
    sources = [one.source_id for one in await session.scalars(query)]
    each = [found.person_id, *sorted(sources)]
    return Known(found.person_id, found.status, found.display_name, found.phone, each)


async def _held(session: AsyncSession, person: Known) -> Held:
    state = await session.get(ProjectionState, "profile")
    generation = state.active_generation if state else 1
    facts = await _facts(session, generation, person.sources)
    known = ExternalId.person_id.in_(person.sources)
    return Held(
        kinds=_kinds(facts, set(person.sources)),
        external_ids=[
            {"provider": one.provider, "external_id": one.external_id}
            for one in await session.scalars(select(ExternalId).where(known))
        ],
        flags=await _flags(session, generation, person.person_id),
        milestones=await _milestones(session, person.person_id),
        enrollments=[],
        sessions=_sessions(facts),
        buddy=_buddy(facts),
        learning={"courses": 0, "completed": 0, "credentials": 0},
        scores=[],
        overrides=[],
    )


async def _facts(session: AsyncSession, generation: int, sources: list[UUID]) -> list[ProfileFact]:
    query = select(ProfileFact).where(
        ProfileFact.generation == generation,
        ~ProfileFact.retracted,
        or_(ProfileFact.participant_id.in_(sources), ProfileFact.volunteer_id.in_(sources)),
    )
    return list(await session.scalars(query))


def _kinds(facts: list[ProfileFact], sources: set[UUID]) -> list[str]:
    sides = {"participant": "participant_id", "volunteer": "volunteer_id"}
    return [kind for kind, side in sides.items() if any(getattr(f, side) in sources for f in facts)]


def _sessions(facts: list[ProfileFact]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for fact in facts:
        if fact.fact_type == "kintell_session":
            totals = found.setdefault(fact.state["session_type"], Counter())
            totals[fact.state["status"]] += 1
            totals["minutes"] += fact.state.get("duration_minutes") or 0
    names = ("completed", "scheduled", "minutes")
    return {kind: {name: totals[name] for name in names} for kind, totals in found.items()}


def _buddy(facts: list[ProfileFact]) -> dict[str, int]:
    of = Counter(fact.fact_type for fact in facts)
    kinds = {"matches": "buddy_match", "events": "buddy_event", "checkins": "buddy_checkin"}
    counts = {name: of[kind] for name, kind in kinds.items()}
    return {**counts, "active_matches": 0, "feedback": of["buddy_feedback"], "minutes": 0}


async def _flags(session: AsyncSession, generation: int, person: UUID) -> dict[str, Any]:
    query = select(ProfileFlag).where(
        ProfileFlag.person_id == person, ProfileFlag.generation.in_((0, generation))
    )
    return {
        one.flag: {
            "value": one.value,
            "since": one.since,
            "because": {"event_id": one.event_id, "type": one.event_type},
        }
        for one in await session.scalars(query)
    }


async def _milestones(session: AsyncSession, person: UUID) -> list[dict[str, Any]]:
    query = select(Milestone).where(Milestone.person_id == person)
    ordered = query.order_by(Milestone.reached_at, Milestone.milestone)
    return [
        {
            "milestone": one.milestone,
            "reached_at": one.reached_at,
            "because": {"event_id": one.event_id, "type": one.event_type},
        }
        for one in await session.scalars(ordered)
    ]


async def filled(app: FastAPI, owner_url: str) -> list[UUID]:
    """People with sessions and ratings, as events bring them; their ids."""
    [project, *_] = handlers(Projector(load_rules(), ZoneInfo("UTC")))
    both = list(deeds(PEOPLE * EACH_HAS))
    for events in zip(*both, strict=True):
        envelopes = [wrap(one, source="connectors", correlation_id="bench") for one in events]
        async with app.state.database.work() as work:
            await project(envelopes, work)
    people = sorted({event.fact_participant_id for event, _ in both})  # type: ignore[attr-defined]
    async with await psycopg.AsyncConnection.connect(owner_url) as owner:
        await owner.execute("INSERT INTO pii.persons (person_id) SELECT unnest(%s)", [people])
        await owner.execute(
            "INSERT INTO pii.external_ids (provider, external_id, person_id)"
            " SELECT 'email', id || '@bench.example', id FROM unnest(%s::uuid[]) AS id",
            [people],
        )
        await owner.execute("ANALYZE")
    return people


async def asked(app: FastAPI, path: str, token: str) -> Any:
    """What the app answers to a GET, without a client's cost."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"profile"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("profile", 80),
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    if sent[0]["status"] != 200:
        raise SystemExit(f"{path} answered {sent[0]['status']}: {body!r}")
    return json.loads(body)


WAYS = {"waymark": "/v1/profile/{}", "orm": "/orm/{}"}


async def compared(app: FastAPI, people: list[UUID], token: str) -> None:
    """End the run where the two ways don't say the same of somebody."""
    for person in people:
        answers = [await asked(app, path.format(person), token) for path in WAYS.values()]
        if answers[0] != answers[1] or not answers[0]["sessions"]["language"]["completed"]:
            raise SystemExit(f"two answers about one person: {answers}")


async def one_round(
    app: FastAPI, people: list[UUID], token: str, requests: int, turn: int, postgres: int
) -> dict[str, float]:
    """CPU microseconds a request of each way, in an order that turns."""
    found: dict[str, float] = {}
    for name in sorted(WAYS, reverse=bool(turn % 2)):
        for n in range(_WARM):
            await asked(app, WAYS[name].format(people[n % len(people)]), token)
        spent, served = time.process_time(), seconds_of(postgres)
        for n in range(requests):
            await asked(app, WAYS[name].format(people[n % len(people)]), token)
        found[name] = (time.process_time() - spent) / requests * 1e6
        found[f"{name}_database"] = (seconds_of(postgres) - served) / requests * 1e6
    return found


async def measured(
    database: MigratedDatabase, keys: Keyset, postgres: int, options: argparse.Namespace
) -> list[dict[str, float]]:
    """All rounds; the app is never started, so that nothing runs beside its requests."""
    app = build(
        Settings(
            database_url=database.url("profile_worker"),
            database_tenant_url=database.url("profile_tenant"),
            nats_url="nats://127.0.0.1:1",
            jwks_url=keys.jwks_url,
            hmac_key="ab" * 32,
        )
    )
    app.include_router(by_orm)
    people, token = await filled(app, database.owner_url), keys.token("admin")
    await compared(app, people, token)
    rounds = [
        await one_round(app, people, token, options.requests, turn, postgres)
        for turn in range(options.rounds)
    ]
    await app.state.database.close()
    return rounds


def main() -> None:
    """Print one JSON line: medians, and the median of the rounds' ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    log.configure("bench", "WARNING", sys.stderr)
    with (
        tempfile.TemporaryDirectory() as folder,
        published_keyset(Path(folder)) as keys,
        servers() as (postgres, _),
        copied(migrated_template(postgres)) as database,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rounds = runner.run(measured(database, keys, postgres.running().pid, options))
    found = {name: round(median(one[name] for one in rounds), 1) for name in rounds[0]}
    ratios = [one["orm"] / one["waymark"] for one in rounds]
    facts = 2 * EACH_HAS
    print(json.dumps({"facts": facts, **found, "to_orm": round(median(ratios), 2)}))


if __name__ == "__main__":
    main()
