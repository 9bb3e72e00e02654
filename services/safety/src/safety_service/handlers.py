"""Events in: every fact that comes with a text is screened once by the policy in force."""

import asyncio
from collections.abc import Sequence

from pydantic_core import to_json

from event_contracts import TEXT_FACTS, Envelope, FactRetracted, TextCleared, TextFact
from event_contracts.plain import Record
from event_contracts.vocabulary import ClearedBecause
from safety_service import repository
from safety_service.policy import Policy
from safety_service.repository import NewFlag, PendingText, Verdict
from safety_service.screening import flags, screen
from shared_utils.consume import Handler, cause, handles, handles_plain
from shared_utils.work import PlainCause, PlainSaid, Work


def text_screener(policy: Policy) -> Handler[TextFact]:
    """Return the handler that screens by `policy`; safe to run twice, a text is screened once.

    A text that is gone was erased: it is passed over. So are events of a batch that come without
    one, before they are judged: a fault in them is for those to find who keep the facts.
    """

    @handles_plain(*TEXT_FACTS, only_with="text_id")
    async def screen_texts(records: Sequence[Record], work: Work) -> None:
        facts = {text_id: one for one in records if (text_id := one["data"].get("text_id"))}
        pending = await repository.unscreened_texts(work.session, facts, policy.version)
        verdicts = await asyncio.to_thread(_judge, pending, policy)
        await repository.record_verdicts(work.session, verdicts, policy.version)
        told = [(one, cause(facts[str(one.text.text_id)])) for one in verdicts]
        for verdict, reason in told:
            work.publish(*(flag.event() for flag in verdict.flags), because=reason.because)
        cleared = (_cleared(one.text, policy, reason) for one, reason in told if not one.flags)
        work.publish_plain(TextCleared, cleared)

    return screen_texts


@handles(FactRetracted)
async def close_reviews(events: Sequence[Envelope[FactRetracted]], work: Work) -> None:
    """Take what no longer holds out of the queue; what was decided stays. Safe to run twice."""
    facts = [(event.data.fact_type, event.data.fact_id) for event in events]
    await repository.forget_open_reviews(work.session, facts)


def _judge(texts: Sequence[PendingText], policy: Policy) -> list[Verdict]:
    return [Verdict(text, _new_flags(text, policy)) for text in texts]


def _new_flags(text: PendingText, policy: Policy) -> tuple[NewFlag, ...]:
    found = flags(screen(text.body, policy))
    return tuple(NewFlag.of(text, flag, policy.version) for flag in found)


def _cleared(text: PendingText, policy: Policy, reason: PlainCause) -> PlainSaid:
    event = TextCleared(
        text_id=text.text_id,
        person_id=text.person_id,
        fact_type=text.fact_type,
        fact_id=text.fact_id,
        occurred_at=text.occurred_at,
        because=ClearedBecause.SCREENED,
        policy_version=policy.version,
    )
    return PlainSaid(event.subject, to_json(event, exclude_none=True).decode(), reason)
