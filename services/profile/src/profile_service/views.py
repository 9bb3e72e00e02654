"""From what is held to what is shown."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from profile_service.companies import CompanyFigures
from profile_service.consent.purposes import load_purposes
from profile_service.consent.views import consents
from profile_service.figures import Figure
from profile_service.impact.vis import Weighted
from profile_service.inputs import ALL_PROGRAMS, Input
from profile_service.metrics import IRIS
from profile_service.outcomes import outcomes
from profile_service.repository.kept import Restatement
from profile_service.repository.persons import Person
from profile_service.repository.profiles import Held
from profile_service.repository.tracing import Sentence, TracedCost, TracedScore
from profile_service.restating.cause import read_cause
from profile_service.rules import RuleTable
from profile_service.schemas import (
    CauseShape,
    CompanyMetrics,
    Contact,
    CoverageShape,
    ExternalIdentity,
    FigureShape,
    Flag,
    MilestoneShape,
    OutcomeShape,
    Profile,
    RestatementShape,
    SessionTotals,
    SourceFile,
    TraceCost,
    TraceInput,
    TraceScore,
    TraceSentence,
    TraceVolunteer,
)

_SESSIONS = ("language", "mentorship")
_WHOLE = {"people", "sessions"}
_NONE = {"completed": 0, "scheduled": 0, "minutes": 0}


def profile(person: Person, held: Held, rules: RuleTable, *, names_staff: bool = False) -> Profile:
    """The profile as admins, coordinators and the person see it; staff see each other's names."""
    shown = consents(load_purposes(), held.consents, held.in_force, names_staff)
    may_score = next(one.in_force for one in shown if one.purpose == "scoring")
    found = outcomes(held.scores, held.overrides, allowed=may_score)
    return Profile(
        person_id=person.person_id,
        kinds=held.kinds,
        status=person.status,
        external_ids=[ExternalIdentity(**one) for one in held.external_ids],
        flags={rule.flag: _flag(held, rule.flag, rule.unset) for rule in rules.rules},
        milestones=_milestones(held, rules),
        enrollments=held.enrollments,
        sessions={kind: SessionTotals(**held.sessions.get(kind, _NONE)) for kind in _SESSIONS},
        buddy=held.buddy,
        learning=held.learning,
        outcomes=[OutcomeShape.model_validate(one, from_attributes=True) for one in found],
        consents=shown,
        contact=_contact(person, held),
    )


def _milestones(held: Held, rules: RuleTable) -> list[MilestoneShape]:
    """Those whose flag holds; one that only a fact undone or a merge taken back had reached is
    history, not this person's.
    """
    flags = {rule.milestone: rule.flag for rule in rules.rules if rule.milestone}
    reached = [MilestoneShape(**one) for one in held.milestones]
    return [one for one in reached if flags.get(one.milestone) in {None, *held.flags}]


def company_metrics(of: CompanyFigures) -> CompanyMetrics:
    shape = CompanyMetrics(
        company_id=of.company_id,
        period=of.period.label,
        status=of.status,
        metrics={one.name: _figure_of(of, one) for one in of.figures},
    )
    narrowed = of.program != ALL_PROGRAMS
    return shape.model_copy(update={"program": of.program}) if narrowed else shape


def _figure_of(of: CompanyFigures, one: Figure) -> FigureShape:
    shape = figure(one, trace_path(of, one.name))
    withheld = of.withheld.get(one.name)
    return shape.model_copy(update={"withheld": withheld}) if withheld else shape


def trace_path(of: CompanyFigures, metric: str) -> str:
    path = f"/v1/companies/{of.company_id}/metrics/{metric}/trace?period={of.period.label}"
    return path if of.program == ALL_PROGRAMS else f"{path}&program={of.program}"


def restatement(of: Restatement, *, is_whole: bool) -> RestatementShape:
    """A restatement as admins see it; else without what only they may know."""
    cause = read_cause(of.new.because or "unknown")
    shape = RestatementShape(
        period=of.new.place.period,
        program=of.new.place.program,
        metric=of.new.figure.name,
        revision=of.new.revision,
        old=figure(of.old.figure, None),
        new=figure(of.new.figure, None),
        because=CauseShape(type=cause.type, event_id=cause.event_id if is_whole else None),
        shown_at=of.new.released_at,
    )
    return shape.model_copy(update={"computed_at": of.new.computed_at}) if is_whole else shape


def figure(of: Figure, trace: str | None) -> FigureShape:
    """The figure's shape; what it doesn't have is left unset, and so out of the answer."""
    value = int(of.value) if of.value is not None and of.unit in _WHOLE else of.value
    shape = FigureShape(value=value, unit=of.unit, method=of.method, digest=of.digest)
    known = {
        "reason": of.reason,
        "interval": of.interval,
        "n": of.n,
        "coverage": of.coverage
        and CoverageShape(facts=of.coverage.facts, complete=of.coverage.complete),
        "trace": None if of.hidden else trace,
        "detail": of.detail,
        "iris": None if of.hidden else IRIS.get(of.name),
    }
    return shape.model_copy(update={name: it for name, it in known.items() if it is not None})


def trace_input(of: Input, files: dict[UUID, SourceFile]) -> TraceInput:
    sides = (("volunteer", of.by_volunteer), ("sponsor", of.by_sponsor))
    return TraceInput(
        fact_type=of.fact_type,
        fact_id=of.fact_id,
        occurred_at=of.occurred_at,
        counts_by=[side for side, counts in sides if counts],
        import_id=of.import_id,
        row=of.row,
        mapping_version=of.mapping_version,
        file=files.get(of.import_id) if of.import_id else None,
    )


def trace_score(
    of: TracedScore, sentences: Sequence[Sentence], files: dict[UUID, SourceFile]
) -> TraceScore:
    """A score as it counts, with the words that justify it."""
    interval = None if of.low is None or of.high is None else (of.low, of.high)
    return TraceScore(
        score_id=of.score_id,
        text_id=of.text_id,
        participant_id=of.participant_id,
        dimension=of.dimension,
        value=of.value if of.reason is None else None,
        reason=of.reason,
        model_value=of.model_value,
        decision=of.decision,
        confidence=of.confidence,
        interval=interval,
        model_id=of.model_id,
        occurred_at=of.occurred_at,
        evidence=[
            TraceSentence(start=one.start, end=one.end, sha256=one.sha256, quote=one.quote)
            for one in sentences
        ],
        fact_type=of.fact_type,
        fact_id=of.fact_id,
        import_id=of.import_id,
        row=of.row,
        mapping_version=of.mapping_version,
        file=files.get(of.import_id) if of.import_id else None,
    )


def trace_cost(of: TracedCost, files: dict[UUID, SourceFile]) -> TraceCost:
    return TraceCost(
        cost_id=of.cost_id,
        program=of.program,
        period=of.period,
        cash=of.cash,
        in_kind=of.in_kind,
        currency=of.currency,
        import_id=of.import_id,
        row=of.row,
        file=files.get(of.import_id) if of.import_id else None,
    )


def trace_volunteers(of: Mapping[str, Weighted]) -> list[TraceVolunteer]:
    """Each volunteer's terms, the highest score first."""
    ordered = sorted(of.items(), key=lambda one: (-one[1].terms.score, one[0]))
    return [
        TraceVolunteer(
            volunteer_id=UUID(volunteer),
            participants=one.participants,
            dose=one.terms.dose,
            continuity=one.terms.continuity,
            quality=one.terms.quality,
            outcome=one.terms.outcome,
            score=one.terms.score,
        )
        for volunteer, one in ordered
    ]


def _flag(held: Held, name: str, unset: object) -> Flag:
    if name in held.flags:
        return Flag(**held.flags[name])
    return Flag(value=unset, since=None, because=None)


def _contact(person: Person, held: Held) -> Contact:
    emails = [one["external_id"] for one in held.external_ids if one["provider"] == "email"]
    return Contact(name=person.display_name, emails=emails, phone=person.phone)
