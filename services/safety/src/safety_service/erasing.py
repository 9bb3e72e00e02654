"""Erasing: flags, verdicts and screenings go with the person, and with the texts that went."""

from safety_service import repository
from shared_utils.erasing import Store, by_session


def stores() -> list[Store]:
    """Verdicts before what they are about."""
    return [
        Store("ops.review_decisions", by_session(repository.erase_decisions)),
        Store("ops.review_items", by_session(repository.erase_reviews)),
        Store("ops.screenings", by_session(repository.erase_screenings)),
    ]
