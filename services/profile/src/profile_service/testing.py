"""A small world for tests: facts as connectors write them, told by events and handled here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import TextClause, text

from event_contracts import (
    JSON,
    BuddyEventLogged,
    CheckinCompleted,
    CourseCompleted,
    CredentialIssued,
    EnrollmentChanged,
    Envelope,
    Event,
    ExternalIdLinked,
    Fact,
    FactRetracted,
    FeedbackSubmitted,
    MatchCreated,
    MembershipChanged,
    PersonCreated,
    PersonMerged,
    PersonUnmerged,
    RatingCreated,
    SessionCompleted,
    SessionScheduled,
    decode,
    decode_batch,
    uuid7,
    wrap,
)
from profile_service.handlers import handlers
from profile_service.projection import Projector
from shared_utils.db import Database

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
TODAY = date(2026, 2, 10)
KEYS = {
    "companies": ("company_id",),
    "company_users": ("company_id", "person_id", "position"),
    "program_enrollments": ("enrollment_id",),
    "kintell_sessions": ("session_id",),
    "kintell_ratings": ("rating_id",),
    "buddy_matches": ("match_id",),
    "buddy_events": ("buddy_event_id",),
    "buddy_checkins": ("checkin_id",),
    "buddy_feedback": ("feedback_id",),
    "learning_progress": ("progress_id",),
    "credentials": ("credential_id",),
}


@dataclass(frozen=True)
class Told:
    """An event with the row that its producer writes in the same transaction."""

    event: Envelope[Event]
    table: str = ""
    row: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        return self.event.data


def told(event: Event, table: str = "", **row: Any) -> Told:
    return Told(wrap(event, source="connectors", correlation_id="test"), table, row)


@dataclass
class World:
    """Producers and partners: makes events, writes their rows as the owner, hands them over."""

    owner: psycopg.Connection[Any]
    worker: Database
    tenant: Database
    producer: Database
    projector: Projector

    def person(self, email: str = "", person_id: UUID | None = None) -> UUID:
        person = person_id or uuid7()
        self.owner.execute("INSERT INTO pii.persons (person_id) VALUES (%s)", [person])
        if email:
            self.owner.execute(
                "INSERT INTO pii.external_ids (provider, external_id, person_id)"
                " VALUES ('email', %s, %s)",
                [email, person],
            )
        return person

    def company(self, key: str, domain: str | None = None) -> UUID:
        company = uuid7()
        self.insert("companies", company_id=company, key=key, name=key.title(), domain=domain)
        return company

    def insert(self, table: str, **row: Any) -> None:
        """Write a row of `program`, unless one of a higher revision stands."""
        key = KEYS[table]
        statement = sql.SQL(
            "INSERT INTO program.{table} ({columns}) VALUES ({values}) ON CONFLICT ({key})"
            " DO UPDATE SET {updates} WHERE {table}.revision < excluded.revision"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, row)),
            values=sql.SQL(", ").join(sql.Placeholder() * len(row)),
            key=sql.SQL(", ").join(map(sql.Identifier, key)),
            updates=sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in row
            ),
        )
        self.owner.execute(statement, list(row.values()))

    def write(self, one: Told) -> None:
        if one.table:
            self.insert(one.table, **one.row)

    async def deliver(self, *tellings: Told) -> None:
        """Write the rows, then hand the events to the service: a batch for each type."""
        for one in tellings:
            self.write(one)
        by_type: dict[str, list[Envelope[Event]]] = {}
        for one in tellings:
            by_type.setdefault(one.event.type, []).append(one.event)
        for batch in by_type.values():
            await self.handle(batch)

    async def handle(self, batch: Sequence[Envelope[Event]]) -> None:
        """What the subscriber does with a batch of one type."""
        for handler in handlers(self.projector):
            if type(batch[0].data) in handler.events:
                async with self.worker.work(correlation_id="test") as work:
                    await handler(batch, work)

    def rows(self, query: str, *bound: Any) -> list[tuple[Any, ...]]:
        return self.owner.execute(query.encode(), bound).fetchall()

    def published(self, event_type: str) -> int:
        [(count,)] = self.rows(
            "SELECT coalesce(sum(event_count), 0) FROM ops.outbox WHERE type = %s", event_type
        )
        return int(count)

    def session(
        self,
        participant: UUID,
        volunteer: UUID,
        at: datetime = NOON,
        *,
        kind: str = "language",
        status: str = "completed",
        minutes: int | None = 60,
        level: str | None = None,
        session_id: UUID | None = None,
        revision: int = 1,
    ) -> Told:
        fields: dict[str, Any] = {
            "session_id": session_id or uuid7(),
            "revision": revision,
            "session_type": kind,
            "participant_id": participant,
            "volunteer_id": volunteer,
            "scheduled_at": at,
            "duration_minutes": minutes,
            "language_level": level,
        }
        done = {"completed_at": at} if status == "completed" else {"status": status}
        event = (SessionCompleted if status == "completed" else SessionScheduled)(**fields, **done)
        row = fields | done | {"status": status, "external_id": f"LS-{fields['session_id']}"}
        return told(event, "kintell_sessions", **row)

    def rating(self, session: Told, value: float, role: str = "participant") -> Told:
        of, rating = session.data, uuid7()
        event = RatingCreated(
            rating_id=rating,
            revision=1,
            session_id=of.session_id,
            session_type=of.session_type,
            from_role=role,
            participant_id=of.participant_id,
            volunteer_id=of.volunteer_id,
            value=value,
            rated_at=of.scheduled_at,
        )
        row = {"session_id": of.session_id, "from_role": role, "rated_at": of.scheduled_at}
        return told(event, "kintell_ratings", rating_id=rating, revision=1, value=value, **row)

    def match(
        self,
        participant: UUID,
        buddy: UUID,
        at: datetime = NOON,
        status: str = "active",
        match_id: UUID | None = None,
        revision: int = 1,
    ) -> Told:
        fields: dict[str, Any] = {
            "match_id": match_id or uuid7(),
            "revision": revision,
            "participant_id": participant,
            "buddy_id": buddy,
            "matched_at": at,
            "status": status,
        }
        return told(MatchCreated(**fields), "buddy_matches", **fields)

    def _of_match(self, match: Told, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        own = {key: uuid7(), "revision": 1, "match_id": match.data.match_id}
        people = {"participant_id": match.data.participant_id, "buddy_id": match.data.buddy_id}
        return own, people

    def meeting(self, match: Told, at: datetime = NOON, minutes: int | None = 90) -> Told:
        own, people = self._of_match(match, "buddy_event_id")
        own |= {"event_type": "hangout", "occurred_at": at, "duration_minutes": minutes}
        return told(BuddyEventLogged(**own, **people), "buddy_events", **own)

    def checkin(self, match: Told, on: date = TODAY) -> Told:
        own, people = self._of_match(match, "checkin_id")
        own |= {"checked_in_on": on, "mood": "good"}
        return told(CheckinCompleted(**own, **people), "buddy_checkins", **own)

    def feedback(self, match: Told, rating: float, at: datetime = NOON) -> Told:
        own, people = self._of_match(match, "feedback_id")
        own |= {"from_role": "participant", "rating": rating, "submitted_at": at}
        return told(FeedbackSubmitted(**own, **people), "buddy_feedback", **own)

    def course(self, person: UUID, at: datetime = NOON) -> Told:
        fields: dict[str, Any] = {
            "progress_id": uuid7(),
            "revision": 1,
            "person_id": person,
            "provider": "ecornell",
            "course_id": f"C-{uuid4().hex[:8]}",
            "completed_at": at,
        }
        event = CourseCompleted(**fields)
        return told(event, "learning_progress", **fields, status="completed")

    def credential(self, person: UUID, at: datetime = NOON) -> Told:
        fields: dict[str, Any] = {
            "credential_id": uuid7(),
            "revision": 1,
            "person_id": person,
            "provider": "ecornell",
            "issued_at": at,
        }
        external = {"external_id": f"CR-{fields['credential_id']}"}
        return told(CredentialIssued(**fields), "credentials", **fields, **external)

    def enrollment(
        self,
        person: UUID,
        company: UUID | None,
        program: str = "language",
        started_on: date = date(2026, 1, 1),
        ended_on: date | None = None,
    ) -> Told:
        fields: dict[str, Any] = {
            "enrollment_id": uuid7(),
            "revision": 1,
            "person_id": person,
            "program": program,
            "company_id": company,
            "status": "active",
            "started_on": started_on,
            "ended_on": ended_on,
        }
        return told(EnrollmentChanged(**fields), "program_enrollments", **fields)

    def membership(
        self,
        company: UUID,
        person: UUID,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        revision: int = 1,
    ) -> Told:
        fields: dict[str, Any] = {
            "company_id": company,
            "person_id": person,
            "revision": revision,
            "position": "volunteer",
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        return told(MembershipChanged(**fields), "company_users", **fields)

    def retraction(self, of: Told, revision: int = 2, reason: str = "undo") -> Told:
        fact = of.data
        if not isinstance(fact, Fact):
            raise TypeError("only facts are retracted")
        event = FactRetracted(
            fact_type=fact.fact_type,
            fact_id=fact.fact_id,
            revision=revision,
            participant_id=fact.fact_participant_id,
            volunteer_id=fact.fact_volunteer_id,
            reason=reason,
        )
        return told(event)

    def file(self, dataset: str, name: str) -> UUID:
        """An import with its uploaded file, whose bytes have the digest 00ff."""
        found = uuid7()
        self.owner.execute(
            "INSERT INTO ops.imports (import_id, dataset, uploaded_by, uploaded_role, sha256)"
            " VALUES (%s, %s, 'test', 'coordinator', '\\x00ff')",
            [found, dataset],
        )
        self.owner.execute(
            "INSERT INTO pii.raw_uploads (import_id, filename) VALUES (%s, %s)", [found, name]
        )
        return found

    async def as_tenant(self, company: UUID, query: str) -> int:
        """The number that a query of the company's login answers."""
        async with self.tenant.tenant_read(company) as session:
            return int((await session.execute(text(query))).scalar_one())

    def domain(self, company: UUID, domain: str) -> Told:
        self.owner.execute(
            "UPDATE program.companies SET domain = %s, revision = revision + 1"
            " WHERE company_id = %s",
            [domain, company],
        )
        return told(MembershipChanged(company_id=company, revision=2))

    def linked(self, person: UUID, email: str) -> Told:
        self.owner.execute(
            "INSERT INTO pii.external_ids (provider, external_id, person_id)"
            " VALUES ('email', %s, %s)",
            [email, person],
        )
        return told(ExternalIdLinked(person_id=person, provider="email", revision=1))

    def created(self, person: UUID) -> Told:
        return told(PersonCreated(person_id=person, status="provisional"))

    def merge(self, keep: UUID, merged: UUID) -> None:
        self.owner.execute(
            "INSERT INTO program.canonical_persons (source_id, canonical_id) VALUES (%s, %s)",
            [merged, keep],
        )

    def unmerge(self, merged: UUID) -> None:
        self.owner.execute("DELETE FROM program.canonical_persons WHERE source_id = %s", [merged])

    def merged(self, keep: UUID, merged: UUID) -> Told:
        return told(PersonMerged(keep_id=keep, merged_id=merged, revision=1))

    def unmerged(self, keep: UUID, merged: UUID) -> Told:
        return told(PersonUnmerged(keep_id=keep, merged_id=merged, revision=2))

    def outbox(self, event_type: str) -> list[Any]:
        """The published events of a type, as JSON."""
        found = self.rows("SELECT body FROM ops.outbox WHERE type = %s", event_type)
        bodies = [json.loads(body) for (body,) in found]
        return [one for body in bodies for one in (body if isinstance(body, list) else [body])]

    async def logged(self) -> list[list[Envelope[Event]]]:
        """What producers told, message by message, as the event log has it."""
        found = self.rows("SELECT body, content_type FROM ops.outbox WHERE producer = 'connectors'")
        return [
            [decode(body)] if kind == JSON else list(decode_batch(body)) for body, kind in found
        ]

    def filling(self, generation: int) -> TextClause:
        """The statement that makes a generation the one that fills."""
        return text(
            "UPDATE insight.projection_state SET filling_generation = :generation"
        ).bindparams(generation=generation)

    def flags(self, person: UUID) -> dict[str, tuple[Any, datetime, UUID]]:
        found = self.rows(
            "SELECT flag, value, since, event_id FROM insight.profile_flags"
            " WHERE person_id = %s AND generation > 0",
            person,
        )
        return {flag: (value, since, event) for flag, value, since, event in found}

    def attributed(self) -> set[tuple[UUID, str, UUID, bool, bool]]:
        found = self.rows(
            "SELECT company_id, fact_type, fact_id, volunteer, sponsor FROM program.attributions"
        )
        return {(c, t, f, v, s) for c, t, f, v, s in found}


def later(days: float) -> datetime:
    return NOON + timedelta(days=days)
