"""Reads and writes what people allow; and the one condition on which a score counts."""


def scores_that_count(score: str) -> str:
    """The condition, as SQL, that a score of the alias `score` counts in any figure or profile.

    A score of someone who refuses to be scored never does, nor one of a merged person of whom one
    part refuses. Who said nothing is scored (decision 0017). Every statement that reads
    `insight.outcome_scores` for a figure says it, also where row security would say it too.
    """
    return (
        "NOT EXISTS (SELECT FROM program.consents_in_force refused"
        f" WHERE refused.person_id = {score}.person_id AND refused.purpose = 'scoring'"
        " AND NOT refused.in_force)"
    )


def words_that_show(author: str) -> str:
    """The condition, as SQL, that words whose author is `author` may be shown to a company."""
    return (
        "EXISTS (SELECT FROM program.consents_in_force agreed"
        f" WHERE agreed.person_id = {author} AND agreed.purpose = 'evidence' AND agreed.in_force)"
    )
