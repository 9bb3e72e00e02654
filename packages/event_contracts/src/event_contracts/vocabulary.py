"""The closed vocabularies of events, and the known words of the open ones."""

from enum import StrEnum


class FactType(StrEnum):
    """The kinds of fact that Waymark keeps."""

    KINTELL_SESSION = "kintell_session"
    KINTELL_RATING = "kintell_rating"
    BUDDY_MATCH = "buddy_match"
    BUDDY_EVENT = "buddy_event"
    BUDDY_CHECKIN = "buddy_checkin"
    BUDDY_FEEDBACK = "buddy_feedback"
    LEARNING_PROGRESS = "learning_progress"
    CREDENTIAL = "credential"
    ENROLLMENT = "enrollment"
    COMPANY_MEMBERSHIP = "company_membership"
    PLATFORM_ACCOUNT = "platform_account"
    PROGRAM_COST = "program_cost"
    COMPANY = "company"


class Program(StrEnum):
    BUDDY = "buddy"
    LANGUAGE = "language"
    MENTORSHIP = "mentorship"
    UPSKILLING = "upskilling"


class SessionType(StrEnum):
    LANGUAGE = "language"
    MENTORSHIP = "mentorship"


class SessionStatus(StrEnum):
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class FromRole(StrEnum):
    """Who gave a rating or feedback."""

    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"
    BUDDY = "buddy"


class PersonKind(StrEnum):
    PARTICIPANT = "participant"
    VOLUNTEER = "volunteer"


class PersonStatus(StrEnum):
    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


class CefrLevel(StrEnum):
    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"


class Mood(StrEnum):
    GREAT = "great"
    GOOD = "good"
    OKAY = "okay"
    STRUGGLING = "struggling"
    DIFFICULT = "difficult"


class MatchStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    ENDED = "ended"


class EnrollmentStatus(StrEnum):
    ENROLLED = "enrolled"
    ACTIVE = "active"
    COMPLETED = "completed"
    DROPPED = "dropped"


class LearningStatus(StrEnum):
    ENROLLED = "enrolled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DROPPED = "dropped"


class CredentialType(StrEnum):
    CERTIFICATE = "certificate"
    BADGE = "badge"
    DIPLOMA = "diploma"


class CompanyPosition(StrEnum):
    MANAGER = "manager"
    VOLUNTEER = "volunteer"


class ConsentState(StrEnum):
    GIVEN = "given"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Dimension(StrEnum):
    """What a text can be scored for; `lang_level_proxy` on 0-6, the others on 0-1."""

    CONFIDENCE = "confidence"
    BELONGING = "belonging"
    LANG_LEVEL_PROXY = "lang_level_proxy"
    JOB_READINESS = "job_readiness"


class ClearedBecause(StrEnum):
    SCREENED = "screened"
    DISMISSED = "dismissed"


class ReviewDecision(StrEnum):
    UPHOLD = "uphold"
    DISMISS = "dismiss"
    ESCALATE = "escalate"


class RetractionReason(StrEnum):
    UNDO = "undo"
    ERASURE = "erasure"
    CORRECTION = "correction"


class PeriodStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    RESTATED = "restated"


class Milestone(StrEnum):
    """Known milestones; the rule table may name more, so events take any slug."""

    FIRST_SESSION = "first_session"
    FIRST_LANGUAGE_SESSION = "first_language_session"
    FIRST_MENTOR_SESSION = "first_mentor_session"
    BUDDY_MATCHED = "buddy_matched"
    FIRST_BUDDY_CHECKIN = "first_buddy_checkin"
    FIRST_COURSE_COMPLETED = "first_course_completed"
    FIRST_CREDENTIAL = "first_credential"


class SafetyCategory(StrEnum):
    """Known categories; a policy may name more, so events take any slug."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    HATE = "hate"
    HATE_THREAT = "hate_threat"
    HARASSMENT = "harassment"
    SEXUAL = "sexual"
    SEXUAL_MINORS = "sexual_minors"
    EXPLOITATION = "exploitation"
    SCAM = "scam"
    CONTACT_EXCHANGE = "contact_exchange"
    OFF_PLATFORM = "off_platform"
    PERSONAL_DATA = "personal_data"
    SPAM = "spam"
