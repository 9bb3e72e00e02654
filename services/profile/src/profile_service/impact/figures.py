"""The figures that are made of scores: outcomes, changes, coverage, SROI and VIS."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from event_contracts.vocabulary import Dimension
from profile_service.figures import Coverage, Figure
from profile_service.impact.assumptions import Reference
from profile_service.impact.changes import Change, over_dimensions
from profile_service.impact.sensitivity import break_even, ranged, tornado
from profile_service.impact.sroi import Kind, Result, sroi
from profile_service.impact.valuing import (
    INPUTS_ZERO,
    NoCaseError,
    Spent,
    Valuation,
    checked_costs,
    valuation,
)
from profile_service.impact.vis import (
    PARTICIPANTS_NEEDED,
    SESSIONS_NEEDED,
    Weighted,
    company_terms,
    terms,
)
from profile_service.inputs import Inputs, Scored
from profile_service.intervals import DIGITS, seeded_interval
from profile_service.periods import Period
from profile_service.setdigest import EMPTY_DIGEST, digest_of
from profile_service.statistics import Cluster, mean_of

NO_SCORES = "no_scores"
NOT_ENOUGH = "not_enough_data"
VOLUNTEERS_NEEDED = 3
"""Below that a company's VIS is as good as a person's own, which is nobody else's."""

_MONEY = Decimal("0.01")


def outcomes(dimension: Dimension, inputs: Inputs) -> Figure:
    """Where participants stand: all scores of the dimension, weighed by their confidence."""
    name, unit = f"outcome.{dimension}", _unit(dimension)
    scored = inputs.scored.get(dimension)
    if scored is None or not scored.participants:
        return _unscored(name, unit, scored, inputs)
    clusters = tuple(one.cluster for one in scored.participants)
    mean = mean_of(clusters, scale=1)
    return Figure(
        name=name,
        unit=unit,
        method="outcome/1",
        value=None if mean is None else round(mean, DIGITS),
        interval=seeded_interval(clusters, scored.digest, 1),
        digest=scored.digest,
        n=len(clusters),
        coverage=_coverage([scored]),
        published=scored.published,
        detail=_said([scored]),
    )


def outcome_changes(dimension: Dimension, inputs: Inputs) -> Figure:
    """By how much participants moved: the mean of last minus first score in the period."""
    name, unit = f"outcome_change.{dimension}", "change -1 to 1"
    scored = inputs.scored.get(dimension)
    if scored is None or not scored.changes:
        return _unscored(name, unit, scored, inputs, "no_second_score")
    clusters = tuple(sorted(_moved(change) for _, change in scored.changes))
    digest = digest_of(scored.digest, *(one.total for one in clusters))
    mean = mean_of(clusters)
    return Figure(
        name=name,
        unit=unit,
        method="outcome_change/1",
        value=None if mean is None else round(mean, DIGITS),
        interval=seeded_interval(clusters, digest),
        digest=digest,
        n=len(clusters),
        published=scored.published,
        detail=_said([scored]),
    )


def score_coverage(inputs: Inputs) -> Figure:
    """How much of what the active models were given they could say anything about."""
    all_scored = list(inputs.scored.values())
    coverage = _coverage(all_scored)
    if not coverage.facts:
        return _unscored("score_coverage", "share 0-1", None, inputs)
    return Figure(
        name="score_coverage",
        unit="share 0-1",
        method="score_coverage/1",
        value=round(coverage.complete / coverage.facts, DIGITS),
        digest=digest_of(*(one.digest for one in all_scored)),
        n=inputs.tally("participants").participants,
        coverage=coverage,
        published=all(one.published for one in all_scored),
        detail=_said(all_scored),
    )


def vis_score(inputs: Inputs, period: Period) -> Figure:
    """The volunteers' scores of a quarter, weighed by their participants."""
    if not period.is_quarter:
        return _vis_without("quarterly_only", None)
    participants = inputs.tally("participants").participants
    if inputs.tally("sessions_completed").facts < SESSIONS_NEEDED:
        return _vis_without(NOT_ENOUGH, participants)
    if not inputs.scored:
        return _vis_without(NO_SCORES, participants)
    scores = volunteers(inputs)
    clusters = _by_participant(inputs, scores)
    if len(clusters) < PARTICIPANTS_NEEDED:
        return _vis_without(NOT_ENOUGH, participants)
    return _vis(inputs, scores, clusters)


def volunteers(inputs: Inputs) -> dict[str, Weighted]:
    """Each volunteer's terms who has a score of their own, with how many they met."""
    changes = _changes_of_participants(inputs)
    found: dict[str, Weighted] = {}
    for volunteer, deeds in inputs.counted.deeds.items():
        met = inputs.counted.met.get(volunteer, ())
        own = terms(deeds, [changes[one] for one in met if one in changes])
        if own:
            found[volunteer] = Weighted(own, len(met))
    return found


def sroi_ratio(inputs: Inputs) -> Figure:
    """Present value of the outcomes over what was put in."""
    put, minutes = inputs.put, inputs.counted.minutes_by_program()
    spent = [Spent(cost, cost.share(put.first_day, put.next_day)) for cost in put.costs]
    quantities = {name: scored.positive for name, scored in inputs.scored.items()}
    try:
        checked_costs(put.costs, minutes, spent)
        if not any(scored.participants for scored in inputs.scored.values()):
            return _unscored("sroi_ratio", "ratio", None, inputs)
        valued = valuation(quantities, minutes, spent, put.book, put.country)
    except NoCaseError as missing:
        return _sroi_without(missing.reason)
    result = sroi(valued.case)
    return _sroi(inputs, valued, result) if result else _sroi_without(INPUTS_ZERO)


def assumption(row: Reference) -> dict[str, Any]:
    """A reference value as a figure prints it."""
    return {
        "reference_id": str(row.reference_id),
        "assumption": row.label,
        "value": float(row.value),
        "unit": row.unit,
        "currency": row.currency,
        "valid_from": row.valid_from.isoformat(),
        "version": row.version,
        "source": row.source,
    }


def _sroi(inputs: Inputs, valued: Valuation, result: Result) -> Figure:
    case = valued.case
    used = [inputs.scored[name] for name in sorted(case.quantities)]
    positive = {who for one in used for who, change in one.changes if change.is_positive}
    low, high = ranged(case)
    return Figure(
        name="sroi_ratio",
        unit="ratio",
        method="sroi_ratio/1",
        value=_number(result.ratio),
        digest=digest_of(
            *sorted(cost.line for cost in inputs.put.costs),
            inputs.tally("volunteer_hours").digest,
            *(f"{one.digest}:{one.positive}" for one in used),
            *(row.line for row in valued.references),
        ),
        n=len(positive),
        smallest_group=min(case.quantities.values()),
        published=all(one.published for one in used),
        detail={
            "low": _number(low),
            "base": _number(result.ratio),
            "high": _number(high),
            "net": _number(result.net),
            "payback_years": _number(result.payback),
            "currency": valued.currency,
            "inputs": _money(result.inputs),
            "present_value": _money(result.present_value),
            "first_year_exponent": int(case.value(Kind.FIRST_YEAR_EXPONENT)),
            "outcomes": [_outcome(valued, result, name) for name in sorted(case.quantities)],
            "without_proxy": list(valued.without_proxy),
            "tornado": [
                {"assumption": one.label, "low": _number(one.low), "high": _number(one.high)}
                for one in tornado(case)
            ],
            "break_even": [
                {"assumption": one.label, "value": _number(one.value)} for one in break_even(case)
            ],
            "assumptions": [assumption(row) for row in valued.references],
        },
    )


def _outcome(valued: Valuation, result: Result, name: str) -> dict[str, Any]:
    return {
        "dimension": name,
        "quantity": valued.case.quantities[name],
        "outcome_start": int(valued.case.value(Kind.OUTCOME_START, name)),
        "present_value": _money(result.by_outcome[name]),
    }


def _sroi_without(reason: str) -> Figure:
    """No figure for want of costs or values; no people stand behind that."""
    return Figure("sroi_ratio", "ratio", "sroi_ratio/1", reason=reason, digest=EMPTY_DIGEST)


def _vis(inputs: Inputs, scores: Mapping[str, Weighted], clusters: Sequence[Cluster]) -> Figure:
    used = [inputs.scored[name] for name in sorted(inputs.scored)]
    told = sorted(f"{one.terms.score:.9f}:{one.participants}" for one in scores.values())
    digest = digest_of(inputs.tally("vis_score").digest, *(one.digest for one in used), *told)
    mean = mean_of(clusters)
    return Figure(
        name="vis_score",
        unit="points 0-100",
        method="vis_score/1",
        value=None if mean is None else round(mean, DIGITS),
        interval=seeded_interval(tuple(sorted(clusters)), digest),
        digest=digest,
        n=len(clusters),
        smallest_group=len(scores) if len(scores) < VOLUNTEERS_NEEDED else None,
        published=all(one.published for one in used),
        detail={
            "volunteers": len(scores),
            "terms": {
                name: round(mean, DIGITS)
                for name, mean in company_terms(list(scores.values())).items()
            },
        },
    )


def _vis_without(reason: str, n: int | None) -> Figure:
    return Figure(
        "vis_score", "points 0-100", "vis_score/1", reason=reason, digest=EMPTY_DIGEST, n=n
    )


def _by_participant(inputs: Inputs, scores: Mapping[str, Weighted]) -> list[Cluster]:
    """Each participant with the scores of the volunteers they met: whole in each resample."""
    total: dict[str, int] = {}
    count: dict[str, int] = {}
    for volunteer, one in scores.items():
        points = round(one.terms.score * 1_000_000)
        for participant in inputs.counted.met[volunteer]:
            total[participant] = total.get(participant, 0) + points
            count[participant] = count.get(participant, 0) + 1
    return [Cluster(total[who], count[who]) for who in total]


def _changes_of_participants(inputs: Inputs) -> dict[str, Change]:
    by_person: dict[str, list[Change]] = {}
    for scored in inputs.scored.values():
        for who, change in scored.changes:
            by_person.setdefault(who, []).append(change)
    return {who: over_dimensions(changes) for who, changes in by_person.items()}


def _unscored(
    name: str, unit: str, scored: Scored | None, inputs: Inputs, reason: str = NO_SCORES
) -> Figure:
    """A figure without a score that counts; what was abstained from shows in its coverage."""
    method = f"{name.partition('.')[0]}/1"
    return Figure(
        name=name,
        unit=unit,
        method=method,
        reason=reason if scored and scored.participants else NO_SCORES,
        digest=scored.digest if scored else EMPTY_DIGEST,
        n=inputs.tally("participants").participants,
        coverage=_coverage([scored]) if scored else None,
        published=scored.published if scored else True,
        detail=_said([scored]) if scored else None,
    )


def _coverage(scored: Sequence[Scored]) -> Coverage:
    texts = sum(one.texts for one in scored)
    return Coverage(texts, texts - sum(sum(one.reasons.values()) for one in scored))


def _said(scored: Sequence[Scored]) -> dict[str, Any]:
    """Which model spoke, and why of some texts it said nothing.

    By why are no counts: few texts of one reason would tell of few people. A trace has each text.
    """
    reasons = {reason for one in scored for reason in one.reasons}
    return {
        "models": {one.dimension: one.model_id for one in scored},
        "abstained_because": sorted(reasons),
    }


def _moved(change: Change) -> Cluster:
    return Cluster(round(change.delta * 1_000_000), 1)


def _unit(dimension: Dimension) -> str:
    return "level 0-6" if dimension is Dimension.LANG_LEVEL_PROXY else "score 0-1"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, DIGITS))


def _money(value: Decimal) -> float:
    return float(value.quantize(_MONEY))
