"""Who belongs to a company, as its manager or as a volunteer."""

from dataclasses import dataclass

from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target, Told
from connectors_service.rules import rule
from event_contracts.companies import MembershipChanged
from event_contracts.vocabulary import CompanyPosition, FactType
from shared_schema.tables.program import CompanyUser

FIELDS = (
    Field("company_id", rule.COMPANY_KEY, "The company's own key", "acme", True),
    Field("email", rule.EMAIL, "The person's address", "tom@acme.example", True),
    Field("name", rule.text(200), "The person's name", "Tom B."),
    Field("position", rule.one_of(CompanyPosition), "Empty: volunteer", "volunteer"),
)


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership as a row states it."""

    company_id: str
    email: str
    name: str | None
    position: CompanyPosition


def record(values: Values, file: FileFacts) -> MembershipRow:
    """Build the record of a row."""
    return MembershipRow(**values)


MEMBERSHIPS = FactTable(
    FactType.COMPANY_MEMBERSHIP,
    CompanyUser,
    key=("company_id", "person_id", "position"),
    columns=("company_id", "person_id", "position"),
    told=Told(MembershipChanged),
    id_column="membership_id",
)


def stage_membership(row: int, record: MembershipRow, linked: Linked) -> StagedFact:
    """Stage the membership."""
    company_id = linked.companies[record.company_id]
    person_id = linked.people[record.email]
    return StagedFact(
        row,
        {"company_id": company_id, "person_id": person_id, "position": record.position},
    )


COMPANY_USERS = Dataset(
    name="company-users",
    title="People of the companies",
    fields=FIELDS,
    key=("company_id", "email", "position"),
    defaults={"position": CompanyPosition.VOLUNTEER},
    record=record,
    targets=(Target(MEMBERSHIPS, stage_membership),),
    for_company=OwnRows.BY_COMPANY,
    emails=lambda row: (row.email,),
    companies=lambda row: (row.company_id,),
    names=lambda row: ((row.email, row.name),) if row.name else (),
)
