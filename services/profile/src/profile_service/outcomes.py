"""What a person's scores say together: METRICS, Scores and confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from event_contracts.vocabulary import Dimension
from profile_service.combining import combine
from profile_service.facts import Json

NO_CONSENT = "no_consent"
NO_SCORES = "no_scores"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a person in one dimension; without a value, `reason` says why."""

    dimension: str
    value: float | None
    confidence: float | None
    reason: str | None
    model_id: str | None


def outcomes(
    scores: Sequence[Mapping[str, Json]],
    overrides: Sequence[Mapping[str, Json]],
    *,
    allowed: bool = True,
) -> list[Outcome]:
    """One outcome for every dimension from a person's scores, oldest first, and verdicts on them.

    A reviewer's value replaces the model's with full confidence; without a value the score is
    rejected and says nothing. Of who does not allow scoring nothing is said but that.
    """
    if not allowed:
        return [Outcome(name, None, None, NO_CONSENT, None) for name in sorted(Dimension)]
    verdicts = {verdict["score_id"]: verdict for verdict in overrides}
    by_dimension: dict[str, list[Mapping[str, Json]]] = {}
    for score in scores:
        verdict = verdicts.get(score["score_id"])
        by_dimension.setdefault(score["dimension"], []).append(_judged(score, verdict))
    return [_outcome(name, by_dimension.get(name, ())) for name in sorted(Dimension)]


def _judged(score: Mapping[str, Json], verdict: Mapping[str, Json] | None) -> Mapping[str, Json]:
    if verdict is None:
        return score
    if verdict.get("value") is None:
        return {**score, "value": None, "abstention_reason": "rejected"}
    return {**score, "value": verdict["value"], "confidence": 1.0}


def _outcome(dimension: str, scores: Sequence[Mapping[str, Json]]) -> Outcome:
    if not scores:
        return Outcome(dimension, None, None, NO_SCORES, None)
    known = [one for one in scores if one.get("value") is not None]
    combined = combine([(one["value"], one.get("confidence") or 0.0) for one in known])
    if combined is None:
        latest = scores[-1]
        reason = latest.get("abstention_reason") or "no_confidence"
        return Outcome(dimension, None, None, reason, latest["model_id"])
    value, confidence = round(combined.value, 6), round(combined.confidence, 6)
    return Outcome(dimension, value, confidence, None, known[-1]["model_id"])
