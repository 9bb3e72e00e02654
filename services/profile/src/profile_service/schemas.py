"""The shapes of requests and answers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from profile_service.consent.schemas import ConsentShape
from profile_service.facts import Json

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=_NO_CONTROLS)]


class Because(BaseModel):
    """The event that set something; without an id it was set by hand."""

    event_id: UUID | None
    type: str | None


class Flag(BaseModel):
    value: Json
    since: datetime | None = None
    because: Because | None = None
    overridden_by: str | None = None
    reason: str | None = None


class ExternalIdentity(BaseModel):
    provider: str
    external_id: str


class MilestoneShape(BaseModel):
    milestone: str
    reached_at: datetime
    because: Because


class OutcomeShape(BaseModel):
    dimension: str
    value: float | None
    confidence: float | None
    reason: str | None = None
    model_id: str | None = None


class SessionTotals(BaseModel):
    completed: int
    scheduled: int
    minutes: int


class Contact(BaseModel):
    name: str | None
    emails: list[str]
    phone: str | None


class Profile(BaseModel):
    """One person, from everything that events told."""

    person_id: UUID
    kinds: list[Literal["participant", "volunteer"]]
    status: str
    external_ids: list[ExternalIdentity]
    flags: dict[str, Flag]
    milestones: list[MilestoneShape]
    enrollments: list[dict[str, Any]]
    sessions: dict[str, SessionTotals]
    buddy: dict[str, int]
    learning: dict[str, int]
    outcomes: list[OutcomeShape]
    consents: list[ConsentShape] = []
    contact: Contact


class ProfileChange(BaseModel):
    """What to set by hand, and why; null empties name or phone, and gives a flag back to facts."""

    model_config = ConfigDict(extra="forbid")

    display_name: Annotated[Words, Field(max_length=200)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    flags: dict[str, bool | str | None] = Field(default={}, max_length=50)
    reason: Annotated[Words, Field(max_length=500)]


class Mapping(BaseModel):
    """An external id and the person it means."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    provider: str = Field(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=60)
    external_id: Annotated[Words, Field(max_length=320)]


class MappingAnswer(Mapping):
    created: bool


class TimelineEvent(BaseModel):
    event_id: UUID
    type: str


class SourceFile(BaseModel):
    """The file that a fact came in with; `sha256` of its bytes, in hexadecimal."""

    dataset: str | None
    name: str | None
    sha256: str | None


class Origin(BaseModel):
    """The import and row that last told a fact."""

    import_id: UUID | None
    row: int | None
    mapping_version: str | None
    file: SourceFile | None


class TimelineItem(BaseModel):
    """One fact; `at` is when it happened. Staff see its `origin`, null where no row is known.

    That of a score is the origin of the fact whose words were scored.
    """

    at: datetime
    fact_type: str
    fact_id: UUID
    event: TimelineEvent
    state: dict[str, Json]
    origin: Origin | None = None


class CoverageShape(BaseModel):
    """How many of the facts behind a figure had what it needs."""

    facts: int
    complete: int


class FigureShape(BaseModel):
    """A value, or a reason for none; a hidden figure has no n, interval, coverage or trace."""

    value: int | float | None
    reason: str | None = None
    unit: str
    interval: tuple[float, float] | None = None
    method: str
    digest: str | None
    n: int | None = None
    coverage: CoverageShape | None = None
    trace: str | None = None
    detail: dict[str, Json] | None = None
    iris: str | None = Field(None, description="The figure's id in IRIS+, where it has one.")
    withheld: Literal["small_group", "older_figure_shown"] | None = Field(
        None, description="For admins: why users of the company see no figure, or an older one."
    )


class CompanyMetrics(BaseModel):
    company_id: UUID
    period: str
    program: str = "all"
    status: str
    metrics: dict[str, FigureShape]


class TraceInput(BaseModel):
    """One fact behind a figure."""

    fact_type: str
    fact_id: UUID
    occurred_at: datetime
    counts_by: list[Literal["volunteer", "sponsor"]]
    import_id: UUID | None
    row: int | None
    mapping_version: str | None
    file: SourceFile | None = None


class TraceSentence(BaseModel):
    """A sentence behind a score: its place in the text, its keyed hash, its words if they stand."""

    start: int
    end: int
    sha256: str
    quote: str | None


class TraceScore(BaseModel):
    """One score behind a figure: as it counts, what the model said, where its text came from."""

    score_id: UUID
    text_id: UUID
    participant_id: UUID
    dimension: str
    value: float | None
    reason: str | None
    model_value: float | None
    decision: str | None
    confidence: float | None
    interval: tuple[float, float] | None
    model_id: str
    occurred_at: datetime
    evidence: list[TraceSentence]
    fact_type: str
    fact_id: UUID
    import_id: UUID | None
    row: int | None
    mapping_version: str | None
    file: SourceFile | None = None


class TraceCost(BaseModel):
    """What a company put in, and the row that says so."""

    cost_id: UUID
    program: str
    period: str
    cash: Decimal
    in_kind: Decimal
    currency: str
    import_id: UUID | None
    row: int | None
    file: SourceFile | None = None


class TraceVolunteer(BaseModel):
    """A volunteer's own VIS and its terms, for admins."""

    volunteer_id: UUID
    participants: int
    dose: float
    continuity: float
    quality: float
    outcome: float
    score: float


class TraceSource(BaseModel):
    """How many of the facts behind a figure came from one import; null: webhook or API."""

    import_id: UUID | None
    facts: int


class Pooled(BaseModel):
    """Sources that are too small to be shown by themselves."""

    sources: int
    facts: int


class Trace(BaseModel):
    """From a figure to its inputs: facts or scores for admins, counts a file for companies.

    On the first page SROI also names its costs and whom each outcome counts, VIS the volunteers.
    """

    company_id: UUID
    period: str
    metric: str
    figure: FigureShape
    items: list[TraceInput] | list[TraceScore] | list[TraceSource]
    costs: list[TraceCost] | None = None
    outcomes: dict[str, list[UUID]] | None = None
    volunteers: list[TraceVolunteer] | None = None
    pooled: Pooled | None = None
    next: str | None = None


class CompanyShape(BaseModel):
    """A company, its own key and its name."""

    company_id: UUID
    key: str
    name: str


class CauseShape(BaseModel):
    """What changed the facts: an event by type and id, or a name alone."""

    type: str
    event_id: UUID | None = None


class RestatementShape(BaseModel):
    """A figure that took another's place; `shown_at` is when users of the company could see it.

    Users of the company see what they were shown, and no event's id.
    """

    period: str
    program: str
    metric: str
    revision: int
    old: FigureShape
    new: FigureShape
    because: CauseShape
    computed_at: datetime | None = None
    shown_at: datetime | None = None


class CompanyProgramShape(BaseModel):
    """A programme in which a company's people volunteer, or whose participants it sponsors."""

    program: str
    volunteers: bool
    sponsors: bool


class ClosedPeriodShape(BaseModel):
    company_id: UUID
    period: str
    status: str
    closed_at: datetime


class ProvedMetric(BaseModel):
    """A kept figure, by where it stands."""

    company_id: UUID
    period: str
    program: str
    metric: str


class MetricsProof(BaseModel):
    """Every kept figure computed anew from the facts, compared with what stood.

    `differing` names the first 100 of the others; `pending` weren't compared: their facts were
    changing. The digests are over all compared figures, as kept and as computed.
    """

    recomputed: int
    equal: int
    pending: int
    differing: list[ProvedMetric]
    digest_before: str
    digest_after: str


class ReplayShape(BaseModel):
    """How far the newest replay of this process is, and what it found.

    `lost` facts stand but are in no event of the history; `ahead` are events that had not been
    consumed yet; `flags_changed` fell out differently; `metrics`: companies' kept figures.
    """

    status: Literal["idle", "filling", "comparing", "recomputing", "completed", "refused", "failed"]
    messages: int = 0
    events: int = 0
    seconds: float = 0
    events_per_second: float = 0
    equal: bool | None = None
    digest_before: str | None = None
    digest_after: str | None = None
    lost: int | None = None
    ahead: int | None = None
    flags_changed: int | None = None
    metrics: MetricsProof | None = None
    problem: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
