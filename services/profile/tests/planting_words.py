"""What is planted of words, of what was made of them, and with other services."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb
from services.profile.tests.planting import NOON, Rows


class Planter(Rows):
    """Plants it all."""

    def everything(self) -> None:
        self.identity()
        self.facts()
        self.words()
        self.profile()
        self.elsewhere()

    def words(self) -> None:
        words, score, flag = uuid4(), uuid4(), uuid4()
        fact: dict[str, Any] = {"fact_type": "kintell_session", "fact_id": self.session}
        self.put(
            "pii.texts",
            "I said mark-words.",
            text_id=words,
            person_id=self.ada,
            field="feedback",
            body="Well. I said mark-words.",
            body_hmac=b"",
            occurred_at=NOON,
            **fact,
        )
        self.put(
            "pii.texts",
            "I said mark-words.",
            person_id=self.bo,
            field="notes",
            body="Bo's secret words.",
            body_hmac=b"",
            occurred_at=NOON,
            **fact,
        )
        self.put(
            "pii.text_embeddings",
            "mark-vector",
            text_id=words,
            model_id="mark-vector",
            start_at=0,
            end_at=5,
            embedding=str([0.0] * 384),
        )
        self.put(
            "insight.outcome_scores",
            "mark-model",
            score_id=score,
            text_id=words,
            person_id=self.ada,
            dimension="belonging",
            score=0.8,
            model_id="mark-model",
            occurred_at=NOON,
            **fact,
        )
        self.put(
            "insight.score_overrides",
            "mark-verdict",
            score_id=score,
            decision="accept",
            reviewer_id="a-reviewer",
            reason_code="mark-verdict",
        )
        self.put(
            "insight.evidence_snippets",
            '"I said mark-words."',
            score_id=score,
            text_id=words,
            start_at=6,
            end_at=24,
            sha256=b"",
        )
        self.put(
            "ops.screenings",
            "mark-screening",
            text_id=words,
            policy_version="mark-screening",
            outcome="flagged",
        )
        self.put(
            "ops.review_items",
            "mark-review",
            flag_id=flag,
            text_id=words,
            person_id=self.ada,
            category="mark-review",
            severity=2,
            rules=[],
            spans=[],
            policy_version="1",
            **fact,
        )
        self.put(
            "ops.review_decisions",
            "mark-decision",
            flag_id=flag,
            reviewer_id="a-reviewer",
            decision="dismiss",
            reason_code="mark-decision",
        )

    def profile(self) -> None:
        self.put(
            "insight.profiles",
            '"mark": 1',
            generation=1,
            person_id=self.ada,
            kinds=["x"],
            summary={"mark": 1},
        )
        self.put(
            "insight.profile_flags",
            "mark-flag",
            generation=0,
            person_id=self.ada,
            flag="has_credential",
            value=Jsonb(True),
            since=NOON,
            rules_version="1",
            overridden_by="a-coordinator",
            reason="mark-flag",
        )
        self.put(
            "insight.milestones",
            "mark-milestone",
            person_id=self.ada,
            milestone="mark-milestone",
            reached_at=NOON,
            event_id=uuid4(),
            event_type="x",
            rules_version="1",
        )
        self.put(
            "insight.access_log",
            "mark-look",
            person_id=self.ada,
            actor="a-coordinator",
            role="coordinator",
            action="mark-look",
        )
        self.put(
            "insight.released_figures",
            "2026-Q1/participants",
            company_id=self.company,
            period="2026-Q1",
            metric="participants",
            digest="d",
            starts_at="2026-01-01",
            ends_at="2026-04-01",
        )

    def elsewhere(self) -> None:
        user = uuid4()
        self.put(
            "auth.users",
            "mark-login@home.example",
            user_id=user,
            role="participant",
            email="mark-login@home.example",
            person_id=self.ada,
            password_hash="hidden-hash",
        )
        self.put(
            "auth.users",
            "mark-login@home.example",
            role="volunteer",
            email="bo@secret.example",
            person_id=self.bo,
        )
        self.put(
            "auth.refresh_tokens",
            "2031-01-02",
            token_hash=b"x",
            family_id=uuid4(),
            user_id=user,
            expires_at="2031-01-02",
        )
        self.put(
            "ops.audit_log",
            "mark-audit",
            service="gateway",
            actor="a-coordinator",
            role="admin",
            action="x",
            object_type="person",
            object_id=str(self.ada),
            reason="mark-audit",
        )
        imported = uuid4()
        self.put(
            "ops.imports",
            import_id=imported,
            dataset="kintell-sessions",
            uploaded_by="u",
            uploaded_role="admin",
        )
        for row_no, mail in ((2, "MARK-id@home.example"), (3, "eve@secret.example")):
            self.put(
                "pii.refused_rows",
                "mark-refused",
                import_id=imported,
                row_no=row_no,
                original={
                    "participant_email": mail,
                    "topic": "mark-refused",
                    "volunteer_email": "bo@secret.example",
                    "Mentor": "Bo Secret",
                },
            )
        body = {
            "data": [
                {
                    "participant_email": "mark-id@home.example",
                    "topic": "mark-webhook, Zoë",
                    "volunteer": {"full": "Bo Secret"},
                }
            ]
        }
        self.put(
            "pii.webhook_bodies",
            "mark-webhook",
            source="kintell",
            webhook_id="w-1",
            body=json.dumps(body, ensure_ascii=False).encode(),
            shape="kintell/session",
        )
        self.put(
            "pii.webhook_bodies",
            "mark-webhook",
            source="kintell",
            webhook_id="w-2",
            body=b"\xff no JSON: mark-id@home.example",
            shape="kintell/session",
        )
