"""Certificates, badges and diplomas that people earned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors_service.datasets.base import Breach, Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target, Told
from connectors_service.rules import rule
from connectors_service.rules.codes import Code
from event_contracts.upskilling import CredentialIssued
from event_contracts.vocabulary import CredentialType, FactType
from shared_schema.tables.program import Credential

FIELDS = (
    Field("credential_id", rule.key(300), "The issuer's id of it", "CERT-2026-0001", True),
    Field("user_email", rule.EMAIL, "Who earned it", "anna@example.org", True),
    Field("provider", rule.SLUG, "Who issued it", "ecornell", True),
    Field("course_id", rule.CODE, "The course it is for", "EXEC-101"),
    Field("course_name", rule.text(300), "What that is called", "Executive Leadership"),
    Field("credential_type", rule.one_of(CredentialType), "What kind it is", "certificate"),
    Field("issued_at", rule.MOMENT, "When it was issued", "2026-03-02T14:30:00Z", True),
    Field("expires_at", rule.MOMENT, "Until when it holds; empty: for good"),
    Field("credential_url", rule.URL, "Where it can be seen", "https://ecornell.example/c/1"),
    Field("verification_code", rule.key(200), "What a verifier asks for", "VERIFY-001"),
)


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as a row states it."""

    credential_id: str
    user_email: str
    provider: str
    course_id: str | None
    course_name: str | None
    credential_type: CredentialType | None
    issued_at: datetime
    expires_at: datetime | None
    credential_url: str | None
    verification_code: str | None


def breaches(values: Values, file: FileFacts) -> Iterator[Breach]:
    """Yield what is wrong between the fields of a credential."""
    issued, expires = values["issued_at"], values["expires_at"]
    if issued and expires and expires <= issued:
        yield Breach("expires_at", Code.ORDER, "is not after issued_at")


def record(values: Values, file: FileFacts) -> CredentialRow:
    """Build the record of a row."""
    return CredentialRow(**values)


CREDENTIALS_TABLE = FactTable(
    FactType.CREDENTIAL,
    Credential,
    key=("external_id",),
    columns=(
        "external_id",
        "person_id",
        "provider",
        "course_id",
        "course_name",
        "credential_type",
        "issued_at",
        "expires_at",
    ),
    told=Told(CredentialIssued),
    id_column="credential_id",
    fed_by={
        "course_id": "course_id",
        "course_name": "course_name",
        "credential_type": "credential_type",
        "expires_at": "expires_at",
    },
    details={"credential_url": "credential_url", "verification_code": "verification_code"},
    people=("person_id",),
)


def stage_credential(row: int, record: CredentialRow, linked: Linked) -> StagedFact:
    """Stage the credential."""
    return StagedFact(
        row,
        {
            "external_id": record.credential_id,
            "person_id": linked.people[record.user_email],
            "provider": record.provider,
            "course_id": record.course_id,
            "course_name": record.course_name,
            "credential_type": record.credential_type,
            "issued_at": record.issued_at,
            "expires_at": record.expires_at,
        },
        details={
            "credential_url": record.credential_url,
            "verification_code": record.verification_code,
        },
    )


CREDENTIALS = Dataset(
    name="credentials",
    title="Credentials",
    fields=FIELDS,
    key=("credential_id",),
    record=record,
    breaches=breaches,
    targets=(Target(CREDENTIALS_TABLE, stage_credential),),
    for_company=OwnRows.NONE,
    emails=lambda row: (row.user_email,),
)
