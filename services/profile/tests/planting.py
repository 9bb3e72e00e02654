"""Rows about one person in every table, each with a word of its own, and about her buddy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from psycopg import sql
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from profile_service.testing import World

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
JSON_LISTS = {"evidence", "spans"}


class Rows:
    """Rows about Ada in every table, each with a word of its own, and about her buddy Bo."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.bo, self.old = world.person(), world.person(), world.person()
        self.company = world.company("acme")
        self.planted: dict[str, str] = {}

    def put(self, table: str, mark: str = "", **row: Any) -> None:
        row = {
            name: Jsonb(v) if isinstance(v, dict) or name in JSON_LISTS else v
            for name, v in row.items()
        }
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
        self.world.owner.execute(statement, list(row.values()))
        self.planted[table] = mark

    def identity(self) -> None:
        for person, name in ((self.ada, "Ada Mark-person"), (self.bo, "Bo Secret")):
            self.world.owner.execute(
                "UPDATE pii.persons SET display_name = %s WHERE person_id = %s", [name, person]
            )
        self.planted["pii.persons"] = "Ada Mark-person"
        for person, mail in ((self.bo, "bo@secret.example"), (self.ada, "mark-id@home.example")):
            self.put("pii.external_ids", mail, provider="email", external_id=mail, person_id=person)
        self.put(
            "pii.platform_accounts",
            "mark-account",
            provider="kintell",
            external_id="K-1",
            person_id=self.ada,
            linkedin_url="mark-account",
        )
        low, high = sorted((self.ada, self.bo))
        self.put(
            "pii.duplicate_candidates",
            "mark-duplicate",
            left_id=low,
            right_id=high,
            score=0.5,
            evidence=[],
            reason="mark-duplicate",
        )
        self.put(
            "program.person_merges",
            "mark-merge",
            keep_id=self.ada,
            merged_id=self.old,
            moved_ids=[self.old],
            reason="mark-merge",
            merged_by="a-coordinator",
        )
        self.put(
            "program.canonical_persons",
            str(self.old),
            source_id=self.old,
            canonical_id=self.ada,
        )
        for purpose in ("scoring", "evidence"):
            self.put(
                "program.consents",
                "2026-01-17",
                person_id=self.old,
                purpose=purpose,
                revision=1,
                state="given",
                effective_at="2026-01-17",
                recorded_by="a-coordinator",
                recorded_role="coordinator",
                basis="oral",
                text_version=1,
            )
        self.planted["program.consents_in_force"] = "evidence"
        self.put(
            "program.company_users",
            "mark-member",
            company_id=self.company,
            person_id=self.ada,
            position="volunteer",
            mapping_version="mark-member",
        )
        self.put(
            "program.program_enrollments",
            "mark-cohort",
            person_id=self.ada,
            program="buddy",
            cohort="mark-cohort",
            started_on="2026-01-01",
        )

    def facts(self) -> None:
        session, match = uuid4(), uuid4()
        self.session = session
        self.put(
            "program.kintell_sessions",
            "mark-session",
            session_id=session,
            external_id="LS-1",
            session_type="language",
            status="completed",
            participant_id=self.ada,
            volunteer_id=self.bo,
            scheduled_at=NOON,
            completed_at=NOON,
            focus_area="mark-session",
        )
        self.put(
            "program.kintell_ratings",
            "mark-rating",
            session_id=session,
            from_role="participant",
            external_id="mark-rating",
            value=0.5,
            rated_at=NOON,
        )
        self.put(
            "program.buddy_matches",
            "mark-match",
            match_id=match,
            external_id="mark-match",
            participant_id=self.old,
            buddy_id=self.bo,
            matched_at=NOON,
        )
        of = {"match_id": match}
        self.put(
            "program.buddy_events", "mark-event", event_type="mark-event", occurred_at=NOON, **of
        )
        self.put(
            "program.buddy_checkins",
            "mark-checkin",
            checked_in_on="2026-02-10",
            mapping_version="mark-checkin",
            **of,
        )
        self.put(
            "program.buddy_feedback",
            "mark-feedback",
            from_role="buddy",
            rating=1,
            submitted_at=NOON,
            mapping_version="mark-feedback",
            **of,
        )
        self.put(
            "program.learning_progress",
            "mark-course",
            person_id=self.ada,
            provider="ecornell",
            course_name="mark-course",
            status="enrolled",
        )
        self.put(
            "program.credentials",
            "mark-credential",
            external_id="mark-credential",
            person_id=self.ada,
            provider="ecornell",
            issued_at=NOON,
        )
        fact: dict[str, Any] = {"fact_type": "kintell_session", "fact_id": session}
        self.put(
            "program.attributions",
            str(self.company),
            company_id=self.company,
            volunteer=True,
            occurred_at=NOON,
            program="language",
            participant_id=self.ada,
            volunteer_id=self.bo,
            **fact,
        )
        self.put(
            "pii.fact_details",
            "mark-detail",
            details={"note": "mark-detail", "Volunteer": "Bo Secret", "who": "bo@secret.example"},
            **fact,
        )
        self.put("insight.projection_state", name="profile")
        self.put(
            "insight.profile_facts",
            "mark-state",
            generation=1,
            revision=1,
            event_id=uuid4(),
            event_type="x",
            participant_id=self.ada,
            volunteer_id=self.bo,
            occurred_at=NOON,
            state={"focus_area": "mark-state"},
            **fact,
        )
        self.put(
            "pii.before_images",
            "mark-image",
            import_id=uuid4(),
            revision=1,
            image={"focus_area": "mark-image", "volunteer_id": str(self.bo)},
            **fact,
        )
