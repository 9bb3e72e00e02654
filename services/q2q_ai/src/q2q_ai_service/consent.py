"""Keeps scores in line with what people allow: none where they refuse, again once they agree."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from event_contracts import (
    ConsentChanged,
    Envelope,
    PersonMerged,
    PersonUnmerged,
    ScoreRecorded,
    ScoreRetracted,
    uuid7,
)
from event_contracts.vocabulary import Dimension
from q2q_ai_service import repository
from q2q_ai_service.providers import Item, Provider, Score
from q2q_ai_service.repository import StandingScore, TextOfPerson
from shared_utils.consume import Handler, handles
from shared_utils.work import Work

NO_CONSENT = "no_consent"
SCORING = "scoring"
Changes = ConsentChanged | PersonMerged | PersonUnmerged


async def refused_texts(session: AsyncSession, texts: Iterable[str]) -> set[str]:
    """Those of these texts that must not be scored; consents stand still until the work ends."""
    await repository.hold_consents(session, alone=False)
    return await repository.texts_of_refusing(session, texts)


async def score_allowed(
    provider: Provider,
    items: Sequence[Item],
    refused: Sequence[bool],
    dimensions: Sequence[Dimension],
) -> list[list[Score]]:
    """Score the items that are not refused, and abstain on the others; no word of them is read."""
    allowed = [item for item, no in zip(items, refused, strict=True) if not no]
    found = iter(await provider.score(allowed, dimensions))
    return [abstentions(dimensions, provider.model_id) if no else next(found) for no in refused]


def abstentions(dimensions: Sequence[Dimension], model_id: str) -> list[Score]:
    """What is said, in every dimension, of a text that must not be scored."""
    return [Score(one, None, None, None, NO_CONSENT, (), model_id) for one in dimensions]


def consent_keeper(provider: Provider) -> Handler[Changes]:
    """Return the handler that takes scores back, or scores at last; safe to run twice."""

    @handles(ConsentChanged, PersonMerged, PersonUnmerged)
    async def keep_consents(events: Sequence[Envelope[Changes]], work: Work) -> None:
        people = {person for event in events for person in _people(event.data)}
        if people:
            await repository.hold_consents(work.session, alone=True)
            gone = await repository.forget_unsettled(work.session, people)
            unasked = [one for one in gone if one.abstained == NO_CONSENT]
            again = await _score_at_last(work.session, provider, unasked)
            refused = [
                _recorded(one.text, _abstention(one)) for one in gone if one.abstained != NO_CONSENT
            ]
            await _say(work, gone, [*refused, *again])

    return keep_consents


async def _score_at_last(
    session: AsyncSession, provider: Provider, unasked: Sequence[StandingScore]
) -> list[ScoreRecorded]:
    about = {one.text.text_id: one.text for one in unasked}
    texts = await repository.texts_by_id(session, map(str, about))
    scores = await provider.score([text.item for text in texts], tuple(Dimension))
    return [
        _recorded(about[UUID(text.text_id)], score)
        for text, found in zip(texts, scores, strict=True)
        for score in found
    ]


async def _say(
    work: Work, gone: Sequence[StandingScore], recorded: Sequence[ScoreRecorded]
) -> None:
    said = [to_json(one, exclude_none=True).decode() for one in recorded]
    await repository.add_scores(work.session, said)
    work.publish(*(_retracted(one) for one in gone), *recorded)


def _people(change: Changes) -> set[UUID]:
    if isinstance(change, ConsentChanged):
        return {change.person_id} if change.purpose == SCORING else set()
    return {change.keep_id, change.merged_id}


def _abstention(one: StandingScore) -> Score:
    return abstentions([one.dimension], one.model_id)[0]


def _retracted(one: StandingScore) -> ScoreRetracted:
    return ScoreRetracted(
        score_id=one.score_id,
        text_id=one.text.text_id,
        person_id=one.text.person_id,
        dimension=one.dimension,
        reason=NO_CONSENT if one.abstained != NO_CONSENT else "consent_given",
    )


def _recorded(text: TextOfPerson, score: Score) -> ScoreRecorded:
    low, high = score.interval or (None, None)
    return ScoreRecorded(
        score_id=uuid7(),
        text_id=text.text_id,
        person_id=text.person_id,
        fact_type=text.fact_type,
        fact_id=text.fact_id,
        dimension=score.dimension,
        value=score.value,
        interval_low=low,
        interval_high=high,
        confidence=score.confidence,
        abstention_reason=score.abstained,
        model_id=score.model_id,
        occurred_at=text.occurred_at,
    )
