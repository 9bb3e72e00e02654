"""Erasing: scores, verdicts and evidence go with the person, and with the texts that went."""

from q2q_ai_service import repository
from shared_utils.erasing import Store, by_session


def stores() -> list[Store]:
    """What hangs on scores before the scores; vectors go with their texts."""
    return [
        Store("insight.score_overrides", by_session(repository.erase_overrides)),
        Store("insight.evidence_snippets", by_session(repository.erase_evidence)),
        Store("insight.outcome_scores", by_session(repository.erase_scores)),
    ]
