"""What is kept of companies' figures: revisions, closed periods, plans, and what went stale."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    Details,
    Json,
    Key,
    NewId,
    Now,
    SmallInt,
    TextKey,
    check,
    index,
    one_of,
)


class CompanyPeriodMetric(Base):
    __tablename__ = "metrics_company_period"
    __table_args__ = (
        one_of("status", vocabulary.PERIOD_STATUSES),
        one_of("program", ("all", *vocabulary.PROGRAMS)),
        check(
            "value_or_reason",
            "(value IS NULL) = (reason IS NOT NULL)",
            "A figure, or why there is none.",
        ),
        {"schema": "insight", "comment": "A company's figures; a restatement is a new revision."},
    )

    company_id: Mapped[Key]
    period: Mapped[TextKey]
    metric: Mapped[TextKey]
    program: Mapped[str] = mapped_column(primary_key=True, server_default="all")
    revision: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    value: Mapped[float | None]
    reason: Mapped[str | None]
    unit: Mapped[str]
    interval_low: Mapped[float | None]
    interval_high: Mapped[float | None]
    method: Mapped[str] = mapped_column(comment="Name and version of the formula")
    digest: Mapped[str] = mapped_column(comment="Of the inputs, keyed")
    n: Mapped[int | None] = mapped_column(comment="Distinct participants behind it")
    status: Mapped[str]
    detail: Mapped[Details] = mapped_column(comment="Low, base, high; tornado; coverage")
    because: Mapped[str | None] = mapped_column(comment="Why it was restated")
    computed_at: Mapped[Now]
    released_at: Mapped[datetime | None] = mapped_column(comment="When company users could see it")


class StaleMonth(Base):
    __tablename__ = "stale_months"
    __table_args__ = (
        index("company_id", "month", why="Whether figures kept of a period still hold."),
        {
            "schema": "insight",
            "comment": "Months of a company whose facts changed since figures were computed.",
        },
    )

    company_id: Mapped[Key]
    mark_id: Mapped[NewId]
    month: Mapped[date] = mapped_column(comment="Its first day, in the programme's time zone")
    event_type: Mapped[str] = mapped_column(comment="What changed them")
    event_id: Mapped[UUID | None]
    marked_at: Mapped[Now]


class SuppressionPlan(Base):
    __tablename__ = "suppression_plans"
    __table_args__ = (
        {
            "schema": "insight",
            "comment": "Which cells a company must not see, over all releases so far.",
        },
    )

    company_id: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    k: Mapped[SmallInt]
    cells: Mapped[Json]
    digest: Mapped[str]
    created_at: Mapped[Now]


class CompanyPeriod(Base):
    __tablename__ = "company_periods"
    __table_args__ = (
        one_of("status", vocabulary.PERIOD_STATUSES),
        check(
            "closed_has_time",
            "(status = 'open') = (closed_at IS NULL)",
            "A closed period says when.",
        ),
        {"schema": "insight", "comment": "Which periods of a company are closed."},
    )

    company_id: Mapped[Key]
    period: Mapped[TextKey]
    status: Mapped[str] = mapped_column(server_default="open")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
