"""What the database holds of the sample's own sessions, and what it holds beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from psycopg.rows import scalar_row

from waymark.demo.expected import ExpectedFigures

_OWN = """
WITH texts AS (
    SELECT text_id FROM program.kintell_sessions
    WHERE external_id = ANY(%(own)s) AND text_id IS NOT NULL
)
"""
_TEXTS = f"""{_OWN}
SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM pii.texts t WHERE t.text_id = texts.text_id)),
    count(*) FILTER (WHERE EXISTS (SELECT FROM ops.screenings s WHERE s.text_id = texts.text_id)),
    count(*) FILTER (WHERE EXISTS (SELECT FROM ops.screenings s
        WHERE s.text_id = texts.text_id AND s.outcome = 'cleared')),
    count(*) FILTER (WHERE EXISTS (SELECT FROM insight.outcome_scores o
        WHERE o.text_id = texts.text_id)),
    (SELECT count(*) FROM insight.outcome_scores
        WHERE score IS NOT NULL AND text_id IN (SELECT text_id FROM texts))
FROM texts
"""  # noqa: S608  put together from constants
_ABSTENTIONS = f"""{_OWN}
SELECT abstention_reason, count(*) FROM insight.outcome_scores
WHERE score IS NULL AND text_id IN (SELECT text_id FROM texts) GROUP BY 1
"""  # noqa: S608  put together from constants
_FLAGS = """
SELECT r.flag_id, s.external_id, r.category, r.state = 'decided'
FROM program.kintell_sessions s JOIN ops.review_items r USING (text_id)
WHERE s.external_id = ANY(%(own)s)
"""
_OTHERS_FIGURES = """
SELECT count(*), coalesce(sum(s.duration_minutes) FILTER (WHERE a.volunteer), 0) / 60.0
FROM program.attributions a
JOIN program.kintell_sessions s ON a.fact_type = 'kintell_session' AND s.session_id = a.fact_id
WHERE a.company_id = %(company)s AND s.status = 'completed' AND NOT s.external_id = ANY(%(own)s)
    AND to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-"Q"Q') = %(period)s
"""
_OTHERS_BUDDIES = """
SELECT coalesce(sum(e.duration_minutes), 0) / 60.0
FROM program.attributions a
JOIN program.buddy_events e ON a.fact_type = 'buddy_event' AND e.buddy_event_id = a.fact_id
JOIN program.buddy_matches m USING (match_id)
WHERE a.company_id = %(company)s AND a.volunteer AND (m.external_id = ANY(%(own)s)) IS NOT TRUE
    AND to_char(a.occurred_at AT TIME ZONE 'UTC', 'YYYY-"Q"Q') = %(period)s
"""
_OTHERS_PEOPLE = """
SELECT DISTINCT coalesce(c.canonical_id, s.participant_id)
FROM program.kintell_sessions s
LEFT JOIN program.canonical_persons c ON c.source_id = s.participant_id
WHERE NOT s.external_id = ANY(%(own)s)
UNION SELECT coalesce(c.canonical_id, m.participant_id)
FROM program.buddy_matches m
LEFT JOIN program.canonical_persons c ON c.source_id = m.participant_id
WHERE (m.external_id = ANY(%(own)s)) IS NOT TRUE
"""


@dataclass(frozen=True)
class Flag:
    """A text of the sample that was flagged for a reviewer."""

    flag_id: str
    session_id: str
    category: str
    is_decided: bool


@dataclass(frozen=True)
class Texts:
    """Counts: abstentions by reason; texts stored, screened, cleared, answered; scores."""

    abstentions: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    screened: int = 0
    cleared: int = 0
    answered: int = 0
    scores: int = 0


@dataclass(frozen=True)
class SampleRows:
    """Reads the owner's database; `own` are the partner's ids of the sample's facts."""

    url: str
    own: Sequence[str]

    def texts(self) -> Texts:
        """What became of the sample's texts."""
        with psycopg.connect(self.url) as connection:
            counts = connection.execute(_TEXTS, self._bound()).fetchone() or ()
            abstentions = connection.execute(_ABSTENTIONS, self._bound()).fetchall()
        return Texts(Counter(dict(abstentions)), *counts)

    def flags(self) -> list[Flag]:
        """Every flag of a text of the sample, also decided ones."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(_FLAGS, self._bound()).fetchall()
        return [Flag(str(flag), *rest) for flag, *rest in found]

    def others_figures(self, company: UUID, period: str) -> ExpectedFigures:
        """What facts beside the sample's add to a company's figures in a quarter."""
        bound = {**self._bound(), "company": company, "period": period}
        with psycopg.connect(self.url) as connection:
            sessions, hours = connection.execute(_OTHERS_FIGURES, bound).fetchone() or (0, 0)
            (with_buddies,) = connection.execute(_OTHERS_BUDDIES, bound).fetchone() or (0,)
        return ExpectedFigures(sessions, float(hours) + float(with_buddies))

    def people_of_others(self) -> set[str]:
        """The participants who have sessions or matches beside the sample's."""
        with psycopg.connect(self.url, row_factory=scalar_row) as connection:
            return {str(each) for each in connection.execute(_OTHERS_PEOPLE, self._bound())}

    def _bound(self) -> Mapping[str, object]:
        return {"own": [*self.own]}
