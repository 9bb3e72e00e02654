"""Scores, verdicts and reference values for tests, as q2q and admins write them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from event_contracts import uuid7
from profile_service.testing import Told, World

MODEL = "test-model-1"
DIMENSIONS = ("confidence", "belonging", "lang_level_proxy", "job_readiness")


@dataclass(frozen=True)
class Scores:
    """What models and reviewers said in a world; one model answers for all dimensions."""

    world: World

    def activate(self, model_id: str = MODEL, *, published: bool = True) -> None:
        """Have a model answer for every dimension, in place of the one that does."""
        execute = self.world.owner.execute
        execute(
            "INSERT INTO insight.models (model_id, provider) VALUES (%s, 'test')"
            " ON CONFLICT DO NOTHING",
            [model_id],
        )
        execute("UPDATE insight.model_assignments SET ended_at = now() WHERE ended_at IS NULL")
        for dimension in DIMENSIONS:
            execute(
                "INSERT INTO insight.model_assignments"
                " (dimension, model_id, role, published, decided_by, reason)"
                " VALUES (%s, %s, 'active', %s, 'test', 'test')",
                [dimension, model_id, published],
            )

    def text(self, of: Told, body: str = "I feel at home here.") -> UUID:
        """The words of a fact's participant."""
        fact, text_id = of.data, uuid7()
        self.world.owner.execute(
            "INSERT INTO pii.texts (text_id, person_id, fact_type, fact_id, field, body, body_hmac,"
            " occurred_at) VALUES (%s, %s, %s, %s, 'comment', %s, sha256(%s::bytea), now())",
            [text_id, fact.participant_id, fact.fact_type, fact.fact_id, body, body],
        )
        return text_id

    def score(
        self,
        of: Told,
        value: float | None,
        dimension: str = "belonging",
        *,
        confidence: float | None = 0.9,
        half: float = 0.05,
        model_id: str = MODEL,
        text_id: UUID | None = None,
        **more: Any,
    ) -> UUID:
        """What a model said of a fact's text; without a value it abstained."""
        fact, score_id = of.data, uuid7()
        row: dict[str, Any] = {
            "score_id": score_id,
            "text_id": text_id or self.text(of, f"Words of {fact.fact_id}."),
            "person_id": fact.participant_id,
            "fact_type": fact.fact_type,
            "fact_id": fact.fact_id,
            "dimension": dimension,
            "score": value,
            "interval_low": None if value is None else max(0, value - half),
            "interval_high": None if value is None else value + half,
            "confidence": None if value is None else confidence,
            "abstention_reason": "too_short" if value is None else None,
            "model_id": model_id,
            "occurred_at": fact.fact_occurred_at,
        } | more
        columns, values = ", ".join(row), ", ".join(["%s"] * len(row))
        statement = f"INSERT INTO insight.outcome_scores ({columns}) VALUES ({values})"  # noqa: S608 - of constants
        self.world.owner.execute(statement.encode(), list(row.values()))
        return score_id

    def verdict(self, score_id: UUID, decision: str, value: float | None = None) -> None:
        """What a reviewer said of a score."""
        self.world.owner.execute(
            "INSERT INTO insight.score_overrides (score_id, decision, value, reviewer_id,"
            " reason_code) VALUES (%s, %s, %s, 'reviewer', 'test')",
            [score_id, decision, value],
        )

    def reference(self, kind: str, key: str, value: float, **more: Any) -> UUID:
        """A dated value with its source."""
        reference_id = uuid7()
        row: dict[str, Any] = {
            "reference_id": reference_id,
            "kind": kind,
            "key": key,
            "value": value,
            "unit": "share",
            "valid_from": date(2020, 1, 1),
            "source": "a study of the test",
            "created_by": "test",
        } | more
        columns, values = ", ".join(row), ", ".join(["%s"] * len(row))
        statement = f"INSERT INTO insight.reference_values ({columns}) VALUES ({values})"  # noqa: S608 - of constants
        self.world.owner.execute(statement.encode(), list(row.values()))
        return reference_id

    def cost(self, company: UUID, cash: float, **more: Any) -> UUID:
        """What a company paid for its language programme in the first quarter of 2025."""
        cost_id = uuid7()
        row: dict[str, Any] = {
            "cost_id": cost_id,
            "company_id": company,
            "program": "language",
            "period": "2025-Q1",
            "starts_on": date(2025, 1, 1),
            "ends_on": date(2025, 4, 1),
            "cash": cash,
            "currency": "EUR",
        } | more
        columns, values = ", ".join(row), ", ".join(["%s"] * len(row))
        statement = f"INSERT INTO program.program_costs ({columns}) VALUES ({values})"  # noqa: S608 - of constants
        self.world.owner.execute(statement.encode(), list(row.values()))
        return cost_id


def at(day: int, month: int = 1, hour: int = 12) -> datetime:
    """A moment of the first quarter of 2025."""
    from datetime import UTC  # noqa: PLC0415

    return datetime(2025, month, day, hour, tzinfo=UTC)
