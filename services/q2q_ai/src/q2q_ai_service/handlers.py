"""Events in: every text that safety cleared gets a score or an abstention in every dimension."""

from collections.abc import Iterator, Sequence

from pydantic_core import to_json

from event_contracts import Envelope, FactRetracted, ScoreRecorded, TextCleared
from event_contracts.ids import uuid7_texts
from event_contracts.plain import Record
from event_contracts.vocabulary import Dimension
from q2q_ai_service import repository
from q2q_ai_service.consent import refused_texts, score_allowed
from q2q_ai_service.providers import Provider, Score
from shared_utils.consume import Handler, cause, handles, handles_plain
from shared_utils.work import PlainSaid, Work

DIMENSIONS = tuple(Dimension)


def text_scorer(provider: Provider) -> Handler[TextCleared]:
    """Return the handler that scores with `provider`; safe to run twice.

    A text is scored once a model and dimension. A text that is gone was erased: it is passed over.
    """

    @handles_plain(TextCleared)
    async def score_texts(records: Sequence[Record], work: Work) -> None:
        cleared = {record["data"]["text_id"]: record for record in records}
        texts = await repository.texts_by_id(work.session, cleared)
        refused = await refused_texts(work.session, cleared)
        unasked = [text.text_id in refused for text in texts]
        items = [text.item for text in texts]
        scores = await score_allowed(provider, items, unasked, DIMENSIONS)
        recorded = [
            said
            for text, found in zip(texts, scores, strict=True)
            for said in _recorded(cleared[text.text_id], found)
        ]
        written = await repository.add_scores(work.session, [said.data for said in recorded])
        work.publish_plain(ScoreRecorded, (said for said in recorded if said.subject in written))

    return score_texts


@handles(FactRetracted)
async def forget_scores(events: Sequence[Envelope[FactRetracted]], work: Work) -> None:
    """Let the scores of facts go that no longer hold, with their evidence; safe to run twice."""
    await repository.forget_scores(work.session, [event.data for event in events])


def _recorded(cleared: Record, scores: Sequence[Score]) -> Iterator[PlainSaid]:
    """What is said of a text's scores; the event's class judges each."""
    about = {name: cleared["data"].get(name) for name in _OF_THE_TEXT}
    for score_id, score in zip(uuid7_texts(len(scores)), scores, strict=True):
        low, high = score.interval or (None, None)
        event = ScoreRecorded.model_validate(
            about
            | {
                "score_id": score_id,
                "dimension": score.dimension,
                "value": score.value,
                "interval_low": low,
                "interval_high": high,
                "confidence": score.confidence,
                "abstention_reason": score.abstained,
                "model_id": score.model_id,
            }
        )
        yield PlainSaid(score_id, to_json(event, exclude_none=True).decode(), cause(cleared))


_OF_THE_TEXT = ("text_id", "person_id", "fact_type", "fact_id", "occurred_at")
