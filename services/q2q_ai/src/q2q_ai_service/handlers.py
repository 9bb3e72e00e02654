"""Events in: every text that safety cleared gets a score or an abstention in every dimension."""

from collections.abc import Iterator, Sequence
from typing import Any

from event_contracts import Envelope, FactRetracted, ScoreRecorded, TextCleared, uuid7
from event_contracts.vocabulary import Dimension
from q2q_ai_service import repository
from q2q_ai_service.providers import Item, Provider, Score
from shared_utils.consume import Handler, handles
from shared_utils.work import Work

DIMENSIONS = tuple(Dimension)


def text_scorer(provider: Provider) -> Handler[TextCleared]:
    """Return the handler that scores with `provider`; safe to run twice.

    A text is scored once a model and dimension. A text that is gone was erased: it is passed over.
    """

    @handles(TextCleared)
    async def score_texts(events: Sequence[Envelope[TextCleared]], work: Work) -> None:
        cleared = {event.data.text_id: event for event in events}
        texts = await repository.texts_by_id(work.session, cleared)
        items = [Item(text["body"], text["language"]) for text in texts]
        scores = await provider.score(items, DIMENSIONS)
        recorded = [
            (cleared[text["text_id"]], event)
            for text, found in zip(texts, scores, strict=True)
            for event in _events(cleared[text["text_id"]].data, found)
        ]
        written = await repository.add_scores(work.session, [_row(event) for _, event in recorded])
        for cause, event in recorded:
            if event.score_id in written:
                work.publish(event, because=cause)

    return score_texts


@handles(FactRetracted)
async def forget_scores(events: Sequence[Envelope[FactRetracted]], work: Work) -> None:
    """Let the scores of facts go that no longer hold, with their evidence; safe to run twice."""
    await repository.forget_scores(work.session, [event.data for event in events])


def _events(cleared: TextCleared, scores: Sequence[Score]) -> Iterator[ScoreRecorded]:
    for score in scores:
        low, high = score.interval or (None, None)
        yield ScoreRecorded(
            score_id=uuid7(),
            text_id=cleared.text_id,
            person_id=cleared.person_id,
            fact_type=cleared.fact_type,
            fact_id=cleared.fact_id,
            dimension=score.dimension,
            value=score.value,
            interval_low=low,
            interval_high=high,
            confidence=score.confidence,
            abstention_reason=score.abstained,
            model_id=score.model_id,
            occurred_at=cleared.occurred_at,
        )


def _row(event: ScoreRecorded) -> dict[str, Any]:
    return event.model_dump(exclude={"value"}) | {"score": event.value}
