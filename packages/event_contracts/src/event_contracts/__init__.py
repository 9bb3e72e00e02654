"""Every Waymark event, versioned and typed: pydantic only, no I/O."""

from event_contracts.buddy import (
    BuddyEventLogged,
    CheckinCompleted,
    FeedbackSubmitted,
    MatchCreated,
)
from event_contracts.codec import (
    JSON,
    JSON_BATCH,
    Codec,
    Refused,
    decode,
    decode_batch,
    decode_each,
    encode,
    encode_batch,
)
from event_contracts.companies import MembershipChanged
from event_contracts.envelope import Envelope, envelope_class, schema_of, subject_of, wrap
from event_contracts.errors import (
    ContractError,
    EventError,
    InvalidPayloadError,
    Problem,
    UnknownEventTypeError,
)
from event_contracts.event import Event, Fact, TextFact
from event_contracts.identity import (
    ConsentChanged,
    ErasureCompleted,
    ExternalIdLinked,
    PersonCreated,
    PersonErased,
    PersonMerged,
    PersonUnmerged,
)
from event_contracts.ids import uuid7
from event_contracts.imports import ImportCompleted, ImportUndone
from event_contracts.kintell import RatingCreated, SessionCompleted, SessionScheduled
from event_contracts.metrics import PeriodComputed
from event_contracts.orchestration import MilestoneReached, ProfileUpdated
from event_contracts.outcomes import ScoreOverridden, ScoreRecorded, ScoreRetracted
from event_contracts.program import EnrollmentChanged, FactRetracted
from event_contracts.registry import Registry, registry
from event_contracts.safety import FlagRaised, ReviewCompleted, TextCleared
from event_contracts.upskilling import CourseCompleted, CredentialIssued, ProgressUpdated
from event_contracts.vocabulary import (
    CefrLevel,
    ClearedBecause,
    CompanyPosition,
    ConsentState,
    CredentialType,
    Dimension,
    EnrollmentStatus,
    FactType,
    FromRole,
    LearningStatus,
    MatchStatus,
    Milestone,
    Mood,
    PeriodStatus,
    PersonKind,
    PersonStatus,
    Program,
    RetractionReason,
    ReviewDecision,
    SafetyCategory,
    SessionStatus,
    SessionType,
)

FACTS: tuple[type[Fact], ...] = tuple(
    known for known in registry.values() if issubclass(known, Fact)
)
"""Every event that carries the whole state of a fact."""

TEXT_FACTS: tuple[type[TextFact], ...] = tuple(
    known for known in FACTS if issubclass(known, TextFact)
)
"""The facts that may come with a text, for whoever screens or scores texts."""

__all__ = [
    "FACTS",
    "JSON",
    "JSON_BATCH",
    "TEXT_FACTS",
    "BuddyEventLogged",
    "CefrLevel",
    "CheckinCompleted",
    "ClearedBecause",
    "Codec",
    "CompanyPosition",
    "ConsentChanged",
    "ConsentState",
    "ContractError",
    "CourseCompleted",
    "CredentialIssued",
    "CredentialType",
    "Dimension",
    "EnrollmentChanged",
    "EnrollmentStatus",
    "Envelope",
    "ErasureCompleted",
    "Event",
    "EventError",
    "ExternalIdLinked",
    "Fact",
    "FactRetracted",
    "FactType",
    "FeedbackSubmitted",
    "FlagRaised",
    "FromRole",
    "ImportCompleted",
    "ImportUndone",
    "InvalidPayloadError",
    "LearningStatus",
    "MatchCreated",
    "MatchStatus",
    "MembershipChanged",
    "Milestone",
    "MilestoneReached",
    "Mood",
    "PeriodComputed",
    "PeriodStatus",
    "PersonCreated",
    "PersonErased",
    "PersonKind",
    "PersonMerged",
    "PersonStatus",
    "PersonUnmerged",
    "Problem",
    "ProfileUpdated",
    "Program",
    "ProgressUpdated",
    "RatingCreated",
    "Refused",
    "Registry",
    "RetractionReason",
    "ReviewCompleted",
    "ReviewDecision",
    "SafetyCategory",
    "ScoreOverridden",
    "ScoreRecorded",
    "ScoreRetracted",
    "SessionCompleted",
    "SessionScheduled",
    "SessionStatus",
    "SessionType",
    "TextCleared",
    "TextFact",
    "UnknownEventTypeError",
    "decode",
    "decode_batch",
    "decode_each",
    "encode",
    "encode_batch",
    "envelope_class",
    "registry",
    "schema_of",
    "subject_of",
    "uuid7",
    "wrap",
]
