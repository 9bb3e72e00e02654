"""Kintell's user exports: accounts of learners and mentors."""

from dataclasses import dataclass
from datetime import date

from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target, Told
from connectors_service.rules import rule
from event_contracts.identity import ExternalIdLinked
from event_contracts.vocabulary import FactType, PersonKind
from shared_schema.tables.pii import PlatformAccount

PROVIDER = "kintell"
FIELDS = (
    Field("email", rule.EMAIL, "The account's address", "anna@example.org", True),
    Field("name", rule.text(200), "The display name", "Anna K."),
    Field("linkedin_url", rule.text(500), "The LinkedIn profile"),
    Field("verification_status", rule.text(100), "As Kintell states it", "verified"),
    Field("role", rule.one_of(PersonKind), "mentor, tutor … → volunteer; learner …", "learner"),
    Field("grant_access", rule.text(100), "As Kintell states it", "yes"),
    Field("joined_on", rule.DAY, "When the person joined", "Dec 14, 2025"),
    Field("phone", rule.PHONE, "The phone number, where an export has it"),
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a row states it."""

    email: str
    name: str | None
    linkedin_url: str | None
    verification_status: str | None
    role: PersonKind | None
    grant_access: str | None
    joined_on: date | None
    phone: str | None


def record(values: Values, file: FileFacts) -> AccountRow:
    """Build the record of a row."""
    return AccountRow(**values)


ACCOUNTS = FactTable(
    FactType.PLATFORM_ACCOUNT,
    PlatformAccount,
    key=("provider", "external_id"),
    columns=(
        "provider",
        "external_id",
        "person_id",
        "kind",
        "verification_status",
        "linkedin_url",
        "grant_access",
        "joined_on",
    ),
    told=Told(ExternalIdLinked, previous={"previous_person_id": "person_id"}),
    fed_by={
        "kind": "role",
        "verification_status": "verification_status",
        "linkedin_url": "linkedin_url",
        "grant_access": "grant_access",
        "joined_on": "joined_on",
    },
    id_column="account_id",
    details={"name": "name", "phone": "phone"},
    details_column=True,
)


def stage_account(row: int, record: AccountRow, linked: Linked) -> StagedFact:
    """Stage the account; Kintell knows its people by their address."""
    return StagedFact(
        row,
        {
            "provider": PROVIDER,
            "external_id": record.email,
            "person_id": linked.people[record.email],
            "kind": record.role,
            "verification_status": record.verification_status,
            "linkedin_url": record.linkedin_url,
            "grant_access": record.grant_access,
            "joined_on": record.joined_on,
        },
        details={"name": record.name, "phone": record.phone},
    )


KINTELL_USERS = Dataset(
    name="kintell-users",
    title="Kintell's user exports (learners and mentors)",
    fields=FIELDS,
    key=("email",),
    record=record,
    targets=(Target(ACCOUNTS, stage_account),),
    for_company=OwnRows.NONE,
    emails=lambda row: (row.email,),
    names=lambda row: ((row.email, row.name),) if row.name else (),
)
