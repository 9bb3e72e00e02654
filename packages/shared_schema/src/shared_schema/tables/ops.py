"""What keeps the house running: imports, outbox, inbox, dead letters, audit and reviews."""

from shared_schema.tables.erasing import (
    ErasedPerson,
    ErasedText,
    ErasureCertificate,
    ErasureFact,
    ErasureRow,
    ErasureWork,
)
from shared_schema.tables.imports import (
    Import,
    ImportRows,
    Mapping,
    SchemaDrift,
    Source,
    UndoneFact,
)
from shared_schema.tables.messaging import (
    DeadLetter,
    DeliveryAttempt,
    Inbox,
    InboxException,
    Outbox,
)
from shared_schema.tables.oversight import (
    AuditEntry,
    Erasure,
    ErasureStep,
    IdempotencyKey,
    PolicyVersion,
    ReviewDecision,
    ReviewItem,
    Screening,
)

__all__ = [
    "AuditEntry",
    "DeadLetter",
    "DeliveryAttempt",
    "ErasedPerson",
    "ErasedText",
    "Erasure",
    "ErasureCertificate",
    "ErasureFact",
    "ErasureRow",
    "ErasureStep",
    "ErasureWork",
    "IdempotencyKey",
    "Import",
    "ImportRows",
    "Inbox",
    "InboxException",
    "Mapping",
    "Outbox",
    "PolicyVersion",
    "ReviewDecision",
    "ReviewItem",
    "SchemaDrift",
    "Screening",
    "Source",
    "UndoneFact",
]
