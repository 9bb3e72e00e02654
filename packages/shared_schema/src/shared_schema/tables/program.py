"""What happened in the programmes, by pseudonymous ids; each fact keeps its source person."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from shared_schema import vocabulary
from shared_schema.base import (
    Base,
    Fact,
    FactId,
    Flag,
    Key,
    Money,
    NewId,
    SmallInt,
    TextKey,
    check,
    index,
    one_of,
    refers,
    unique,
    unit_interval,
)

MATCH = "program.buddy_matches.match_id"
COMPANY = "program.companies.company_id"


class Company(Fact, Base):
    __tablename__ = "companies"
    __table_args__ = (
        unique("key", why="The company's own key in files; only the import writes it."),
        unique("domain", why="An e-mail domain belongs to one company, or a fact counts for two."),
        check("domain_is_folded", "domain = lower(domain)", "Compared with folded addresses."),
        {"schema": "program", "comment": "The sponsors."},
    )

    company_id: Mapped[NewId]
    key: Mapped[str]
    name: Mapped[str]
    domain: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(comment="ISO 3166-1 alpha-2")
    industry: Mapped[str | None]


class CompanyUser(Fact, Base):
    __tablename__ = "company_users"
    __table_args__ = (
        one_of("position", vocabulary.POSITIONS),
        refers("company_id", COMPANY, "A membership of nothing would count for no one."),
        check("dates", "valid_to > valid_from", "A membership ends after it starts."),
        index("person_id", why="Whose fact is it: asked for every fact of a volunteer."),
        unique("membership_id", why="The ledger of imports names a fact by one id."),
        {"schema": "program", "comment": "Who belongs to a company, and from when to when."},
    )

    company_id: Mapped[Key]
    person_id: Mapped[Key]
    position: Mapped[TextKey]
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    membership_id: Mapped[FactId]


class ProgramEnrollment(Fact, Base):
    __tablename__ = "program_enrollments"
    __table_args__ = (
        one_of("program", vocabulary.PROGRAMS),
        one_of("status", vocabulary.ENROLLMENT_STATUSES),
        refers("company_id", COMPANY, "A sponsor that does not exist can't be counted for."),
        check("dates", "ended_on >= started_on", "An enrollment ends no earlier than it starts."),
        unique(
            "person_id",
            "program",
            "company_id",
            "started_on",
            why="The natural key; led by the person, whose sponsors each fact asks for.",
            nulls_equal=True,
        ),
        {"schema": "program", "comment": "Who takes part in which programme, and who pays."},
    )

    enrollment_id: Mapped[NewId]
    person_id: Mapped[UUID]
    program: Mapped[str]
    company_id: Mapped[UUID | None] = mapped_column(comment="The sponsor")
    cohort: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="enrolled")
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class KintellSession(Fact, Base):
    __tablename__ = "kintell_sessions"
    __table_args__ = (
        one_of("session_type", vocabulary.SESSION_TYPES),
        one_of("status", vocabulary.SESSION_STATUSES),
        one_of("language_level", vocabulary.CEFR_LEVELS),
        check(
            "duration",
            "duration_minutes BETWEEN 1 AND 480",
            "E004: longer or shorter is a typing error.",
        ),
        check("order", "completed_at >= scheduled_at", "E007: completed before it was scheduled."),
        check(
            "completed_has_time",
            "status <> 'completed' OR completed_at IS NOT NULL",
            "A completed session counts in the period of its completion.",
        ),
        unique("external_id", why="The partner's key: the same row twice is one session."),
        {"schema": "program", "comment": "Language and mentorship sessions."},
    )

    session_id: Mapped[NewId]
    external_id: Mapped[str]
    session_type: Mapped[str]
    status: Mapped[str]
    participant_id: Mapped[UUID]
    volunteer_id: Mapped[UUID]
    scheduled_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    duration_minutes: Mapped[SmallInt | None]
    language_level: Mapped[str | None]
    focus_area: Mapped[str | None]
    text_id: Mapped[UUID | None]


class KintellRating(Fact, Base):
    __tablename__ = "kintell_ratings"
    __table_args__ = (
        one_of("from_role", vocabulary.PERSON_KINDS),
        unit_interval("value"),
        unique("session_id", "from_role", why="The natural key: a side rates a session once."),
        {"schema": "program", "comment": "How a side rated a session, on 0-1."},
    )

    rating_id: Mapped[NewId]
    session_id: Mapped[UUID]
    from_role: Mapped[str]
    external_id: Mapped[str | None]
    value: Mapped[float]
    text_id: Mapped[UUID | None]
    rated_at: Mapped[datetime]


class BuddyMatch(Fact, Base):
    __tablename__ = "buddy_matches"
    __table_args__ = (
        one_of("status", vocabulary.MATCH_STATUSES),
        unique("external_id", why="The partner's key, where it has one."),
        index(
            "participant_id",
            "buddy_id",
            "matched_at",
            why="The natural key where the partner has none; the pair finds its match.",
            where="external_id IS NULL",
            only_one=True,
        ),
        {"schema": "program", "comment": "Who is whose buddy."},
    )

    match_id: Mapped[NewId]
    external_id: Mapped[str | None]
    participant_id: Mapped[UUID]
    buddy_id: Mapped[UUID]
    matched_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default="active")
    language: Mapped[str | None] = mapped_column(comment="ISO 639-1")


class BuddyEvent(Fact, Base):
    __tablename__ = "buddy_events"
    __table_args__ = (
        refers("match_id", MATCH, "An event of no match would count for no one."),
        check(
            "duration",
            "duration_minutes BETWEEN 1 AND 480",
            "E004: longer or shorter is a typing error.",
        ),
        unique("match_id", "event_type", "occurred_at", "nth", why="The natural key, a weak one."),
        {"schema": "program", "comment": "What buddies did together."},
    )

    buddy_event_id: Mapped[NewId]
    match_id: Mapped[UUID]
    event_type: Mapped[str]
    occurred_at: Mapped[datetime]
    nth: Mapped[SmallInt] = mapped_column(server_default="1", comment="n-th equal row of its file")
    duration_minutes: Mapped[SmallInt | None]
    text_id: Mapped[UUID | None]


class BuddyCheckin(Fact, Base):
    __tablename__ = "buddy_checkins"
    __table_args__ = (
        refers("match_id", MATCH, "A check-in of no match would count for no one."),
        one_of("mood", vocabulary.MOODS),
        unique("match_id", "checked_in_on", "nth", why="The natural key, a weak one."),
        {"schema": "program", "comment": "How a match is doing."},
    )

    checkin_id: Mapped[NewId]
    match_id: Mapped[UUID]
    checked_in_on: Mapped[date]
    nth: Mapped[SmallInt] = mapped_column(server_default="1", comment="n-th equal row of its file")
    mood: Mapped[str | None]
    text_id: Mapped[UUID | None]


class BuddyFeedback(Fact, Base):
    __tablename__ = "buddy_feedback"
    __table_args__ = (
        refers("match_id", MATCH, "Feedback on no match would count for no one."),
        one_of("from_role", ("participant", "buddy")),
        unit_interval("rating"),
        unit_interval("communication"),
        unit_interval("helpfulness"),
        unit_interval("engagement"),
        unique("match_id", "from_role", "submitted_at", why="The natural key."),
        {"schema": "program", "comment": "How a side rated its match, on 0-1."},
    )

    feedback_id: Mapped[NewId]
    match_id: Mapped[UUID]
    from_role: Mapped[str]
    rating: Mapped[float]
    communication: Mapped[float | None]
    helpfulness: Mapped[float | None]
    engagement: Mapped[float | None]
    submitted_at: Mapped[datetime]
    text_id: Mapped[UUID | None]


class LearningProgress(Fact, Base):
    __tablename__ = "learning_progress"
    __table_args__ = (
        one_of("status", vocabulary.LEARNING_STATUSES),
        check("percent", "percent BETWEEN 0 AND 100", "A share of the course in percent."),
        check("final_score", "final_score BETWEEN 0 AND 100", "FORMATS: a score of 0-100."),
        check(
            "completed_has_time",
            "status <> 'completed' OR completed_at IS NOT NULL",
            "A completed course counts in the period of its completion.",
        ),
        unique(
            "person_id",
            "provider",
            "course_id",
            why="The natural key; also how a person's courses are found.",
            nulls_equal=True,
        ),
        {"schema": "program", "comment": "How far a person came in a course."},
    )

    progress_id: Mapped[NewId]
    person_id: Mapped[UUID]
    provider: Mapped[str]
    course_id: Mapped[str | None]
    course_name: Mapped[str | None]
    status: Mapped[str]
    percent: Mapped[float | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    final_score: Mapped[float | None]
    reported_at: Mapped[datetime | None] = mapped_column(
        comment="The partner's time of the newest report; an older one changes nothing"
    )


class Credential(Fact, Base):
    __tablename__ = "credentials"
    __table_args__ = (
        one_of("credential_type", vocabulary.CREDENTIAL_TYPES),
        check("dates", "expires_at > issued_at", "A credential expires after it is issued."),
        unique("external_id", why="The issuer's key: the same credential twice is one."),
        {"schema": "program", "comment": "Certificates, badges and diplomas."},
    )

    credential_id: Mapped[NewId]
    external_id: Mapped[str]
    person_id: Mapped[UUID]
    provider: Mapped[str]
    course_id: Mapped[str | None]
    course_name: Mapped[str | None]
    credential_type: Mapped[str | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Attribution(Base):
    __tablename__ = "attributions"
    __table_args__ = (
        one_of("fact_type", vocabulary.FACT_TYPES),
        one_of("program", vocabulary.PROGRAMS),
        check(
            "a_side", "volunteer OR sponsor", "A fact counts for a company by a side or not at all."
        ),
        index("fact_type", "fact_id", why="A fact's rows are recomputed when the fact changes."),
        index("company_id", "occurred_at", why="A company's period is one range of it."),
        {"schema": "program", "comment": "Which fact counts for which company, and by which side."},
    )

    company_id: Mapped[Key]
    fact_type: Mapped[TextKey]
    fact_id: Mapped[Key]
    volunteer: Mapped[Flag] = mapped_column(comment="By its volunteer's membership")
    sponsor: Mapped[Flag] = mapped_column(comment="By its participant's sponsored enrollment")
    occurred_at: Mapped[datetime]
    program: Mapped[str]
    participant_id: Mapped[UUID | None] = mapped_column(
        comment="The fact's own, also where the session or match that names them stays hidden"
    )
    volunteer_id: Mapped[UUID | None] = mapped_column(comment="As participant_id")


class ProgramCost(Fact, Base):
    __tablename__ = "program_costs"
    __table_args__ = (
        one_of("program", vocabulary.PROGRAMS),
        refers("company_id", COMPANY, "A cost of no company can't be weighed."),
        check("not_negative", "cash >= 0 AND in_kind >= 0", "A negative input would raise SROI."),
        check("range", "ends_on > starts_on", "The period as dates, for overlaps."),
        unique("company_id", "program", "period", why="The natural key."),
        {"schema": "program", "comment": "What a company put in: the inputs of SROI."},
    )

    cost_id: Mapped[NewId]
    company_id: Mapped[UUID]
    program: Mapped[str]
    period: Mapped[str] = mapped_column(comment="2026-Q1, 2026-03 or 2026")
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(comment="Exclusive")
    cash: Mapped[Money] = mapped_column(server_default=text("0"))
    currency: Mapped[str] = mapped_column(comment="ISO 4217")
    in_kind: Mapped[Money] = mapped_column(server_default=text("0"))
