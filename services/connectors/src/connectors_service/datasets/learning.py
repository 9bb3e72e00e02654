"""How far people came in their courses: what files and webhooks report is one fact a course."""

from connectors_service.datasets.facts import Told
from event_contracts.upskilling import CourseCompleted, ProgressUpdated
from event_contracts.vocabulary import LearningStatus

KEY = ("person_id", "provider", "course_id")
TOLD = Told(
    ProgressUpdated, by="status", variants={LearningStatus.COMPLETED.value: CourseCompleted}
)
NEWER_STANDS = (
    "CASE WHEN t.status = 'completed' AND excluded.status = 'completed'"
    " THEN t.completed_at > excluded.completed_at"
    " ELSE t.reported_at > excluded.reported_at END"
)
"""The stored report is newer, so another changes nothing; of two completions the later holds."""
