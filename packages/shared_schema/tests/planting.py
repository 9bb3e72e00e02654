"""Rows in every table under tenancy, for a company and for no one."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

Owner = psycopg.Connection[Any]


def count(connection: Owner, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name_of(table))).fetchone()
    assert row is not None
    return int(row[0])


def name_of(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


class Planted:
    """One row in every table under tenancy for a company, and as many for no one."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.company = uuid4()
        for attributed in (True, False):
            self.plant(attributed)

    def insert(self, table: str, **row: Any) -> None:
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            name_of(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
        self.owner.execute(statement, list(row.values()))

    def plant(self, attributed: bool) -> None:
        company = self.company if attributed else uuid4()
        self.insert("program.companies", company_id=company, key=str(company), name="A company")
        self.of_company(company)
        session, match, person = uuid4(), uuid4(), uuid4()
        self.sessions(company, session, person)
        self.buddies(company, match, person)
        self.learning(company, person)
        self.said(company, session, person)
        self.imported(company)

    def of_company(self, company: UUID) -> None:
        self.insert(
            "program.company_users", company_id=company, person_id=uuid4(), position="volunteer"
        )
        self.insert(
            "program.program_enrollments",
            company_id=company,
            person_id=uuid4(),
            program="buddy",
            started_on="2026-01-01",
        )
        self.insert(
            "program.program_costs",
            company_id=company,
            program="buddy",
            period="2026",
            starts_on="2026-01-01",
            ends_on="2027-01-01",
            currency="EUR",
        )
        self.insert("insight.company_periods", company_id=company, period="2026-Q1")
        self.insert(
            "insight.suppression_plans", company_id=company, revision=1, k=10, cells="{}", digest=""
        )
        self.insert(
            "insight.stale_months", company_id=company, month="2026-01-01", event_type="planted"
        )
        self.insert(
            "insight.metrics_company_period",
            company_id=company,
            period="2026-Q1",
            metric="participants",
            value=1,
            unit="people",
            method="participants/1",
            digest="",
            status="open",
        )

    def fact(self, company: UUID, fact_type: str, fact_id: UUID, program: str) -> None:
        self.insert(
            "program.attributions",
            company_id=company,
            fact_type=fact_type,
            fact_id=fact_id,
            volunteer=True,
            occurred_at="2026-01-01",
            program=program,
        )

    def sessions(self, company: UUID, session: UUID, person: UUID) -> None:
        rating = uuid4()
        self.insert(
            "program.kintell_sessions",
            session_id=session,
            external_id=str(session),
            session_type="language",
            status="completed",
            participant_id=person,
            volunteer_id=uuid4(),
            scheduled_at="2026-01-01",
            completed_at="2026-01-01",
        )
        self.insert(
            "program.kintell_ratings",
            rating_id=rating,
            session_id=session,
            from_role="participant",
            value=0.5,
            rated_at="2026-01-01",
        )
        self.fact(company, "kintell_session", session, "language")
        self.fact(company, "kintell_rating", rating, "language")

    def buddies(self, company: UUID, match: UUID, person: UUID) -> None:
        event, checkin, feedback = uuid4(), uuid4(), uuid4()
        self.insert(
            "program.buddy_matches",
            match_id=match,
            participant_id=person,
            buddy_id=uuid4(),
            matched_at="2026-01-01",
        )
        self.insert(
            "program.buddy_events",
            buddy_event_id=event,
            match_id=match,
            event_type="hangout",
            occurred_at="2026-01-01",
        )
        self.insert(
            "program.buddy_checkins",
            checkin_id=checkin,
            match_id=match,
            checked_in_on="2026-01-01",
        )
        self.insert(
            "program.buddy_feedback",
            feedback_id=feedback,
            match_id=match,
            from_role="buddy",
            rating=1,
            submitted_at="2026-01-01",
        )
        self.fact(company, "buddy_match", match, "buddy")
        self.fact(company, "buddy_event", event, "buddy")
        self.fact(company, "buddy_checkin", checkin, "buddy")
        self.fact(company, "buddy_feedback", feedback, "buddy")

    def learning(self, company: UUID, person: UUID) -> None:
        progress, credential = uuid4(), uuid4()
        self.insert(
            "program.learning_progress",
            progress_id=progress,
            person_id=person,
            provider="ecornell",
            course_id="C-1",
            status="enrolled",
        )
        self.insert(
            "program.credentials",
            credential_id=credential,
            external_id=str(credential),
            person_id=person,
            provider="ecornell",
            issued_at="2026-01-01",
        )
        self.fact(company, "learning_progress", progress, "upskilling")
        self.fact(company, "credential", credential, "upskilling")

    def said(self, company: UUID, session: UUID, person: UUID) -> None:
        words, score = uuid4(), uuid4()
        self.consent(person, "evidence", "given")
        of_fact = {"fact_type": "kintell_session", "fact_id": session, "occurred_at": "2026-01-01"}
        self.insert(
            "pii.texts",
            text_id=words,
            person_id=person,
            field="feedback_text",
            body="I felt welcome.",
            body_hmac=b"",
            **of_fact,
        )
        self.insert(
            "pii.text_embeddings",
            text_id=words,
            model_id="m",
            start_at=0,
            end_at=15,
            embedding=str([0.0] * 384),
        )
        self.insert(
            "insight.outcome_scores",
            score_id=score,
            text_id=words,
            person_id=person,
            dimension="belonging",
            score=0.8,
            model_id="m",
            **of_fact,
        )
        self.insert(
            "insight.score_overrides",
            score_id=score,
            decision="accept",
            reviewer_id="r",
            reason_code="agree",
        )
        self.insert(
            "insight.evidence_snippets",
            score_id=score,
            text_id=words,
            start_at=0,
            end_at=15,
            sha256=b"",
        )

    def consent(self, person: UUID, purpose: str, state: str) -> None:
        self.insert(
            "program.consents",
            person_id=person,
            purpose=purpose,
            revision=count(self.owner, "program.consents") + 1,
            state=state,
            effective_at="2026-01-01",
            recorded_by="u",
            recorded_role="coordinator",
            basis="written",
            text_version=1,
        )

    def imported(self, company: UUID) -> None:
        import_id = uuid4()
        self.insert(
            "ops.imports",
            import_id=import_id,
            dataset="kintell-sessions",
            company_id=company,
            uploaded_by="u",
            uploaded_role="company_user",
        )
        self.insert(
            "ops.import_rows",
            import_id=import_id,
            chunk_no=0,
            fact_type="kintell_session",
            first_row=2,
            last_row=2,
            row_nos=[2],
            fact_ids=[uuid4()],
            revisions_before=[None],
            revisions_after=[1],
        )
        self.insert(
            "ops.undone_facts",
            fact_type="kintell_session",
            fact_id=uuid4(),
            import_id=import_id,
            row_no=2,
            fate="kept",
            withdrawn=True,
        )
        self.insert("pii.raw_uploads", import_id=import_id)
        self.insert("pii.refused_rows", import_id=import_id, row_no=3, original="{}")
