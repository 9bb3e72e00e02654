"""The words that check constraints allow; a test holds them equal to the events' vocabulary."""

FACT_TYPES = (
    "kintell_session",
    "kintell_rating",
    "buddy_match",
    "buddy_event",
    "buddy_checkin",
    "buddy_feedback",
    "learning_progress",
    "credential",
    "enrollment",
    "company_membership",
    "platform_account",
    "program_cost",
    "company",
)
SESSION_TYPES = ("language", "mentorship")
SESSION_STATUSES = ("scheduled", "completed", "cancelled", "no_show")
CEFR_LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
PERSON_KINDS = ("participant", "volunteer")
PERSON_STATUSES = ("provisional", "confirmed", "erased")
PROGRAMS = ("buddy", "language", "mentorship", "upskilling")
MATCH_STATUSES = ("active", "inactive", "ended")
MOODS = ("great", "good", "okay", "struggling", "difficult")
LEARNING_STATUSES = ("enrolled", "in_progress", "completed", "dropped")
CREDENTIAL_TYPES = ("certificate", "badge", "diploma")
ENROLLMENT_STATUSES = ("enrolled", "active", "completed", "dropped")
IMPORT_CHANNELS = ("file", "json", "webhook", "pull")
WEBHOOK_SENDERS = (
    "kintell",
    "buddy",
    "upskilling",
    "upskilling-ecornell",
    "upskilling-itslearning",
    "upskilling-generic",
)
"""Whose secrets sign webhooks: a source, or one sender where a source has several."""
POSITIONS = ("manager", "volunteer")
DIMENSIONS = ("confidence", "belonging", "lang_level_proxy", "job_readiness")
ROLES = ("admin", "coordinator", "reviewer", "company_user", "participant", "volunteer", "partner")
IMPORT_STATUSES = (
    "receiving",
    "received",
    "running",
    "completed",
    "failed",
    "cancelled",
    "undone",
)
PERIOD_STATUSES = ("open", "closed", "restated")
CONSENT_PURPOSES = ("scoring", "evidence")
CONSENT_STATES = ("given", "denied", "withdrawn")
CONSENT_BASES = ("self", "written", "oral", "guardian", "partner", "correction")
"""How it is known: said by the person here, on paper, by word of mouth, by a guardian …"""
REVIEW_DECISIONS = ("uphold", "dismiss", "escalate")
REFERENCE_KINDS = (
    "proxy",
    "deadweight",
    "displacement",
    "attribution",
    "drop_off",
    "duration",
    "outcome_start",
    "first_year_exponent",
    "discount_rate",
    "hourly_value",
    "exchange_rate",
)
