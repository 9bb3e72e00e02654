"""The sponsoring companies, by the key that other files name them with."""

from dataclasses import dataclass

from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target, Told
from connectors_service.rules import rule
from event_contracts.companies import MembershipChanged
from event_contracts.vocabulary import FactType
from shared_schema.tables.program import Company

FIELDS = (
    Field("company_id", rule.COMPANY_KEY, "The company's own key in files", "acme", True),
    Field("name", rule.text(200), "The company's name", "Acme Ltd", True),
    Field("domain", rule.DOMAIN, "The domain of its people's addresses", "acme.example"),
    Field("country", rule.COUNTRY, "By name or code", "NO"),
    Field("industry", rule.text(200), "What it does", "Software"),
)


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company as a row states it."""

    company_id: str
    name: str
    domain: str | None
    country: str | None
    industry: str | None


def record(values: Values, file: FileFacts) -> CompanyRow:
    """Build the record of a row."""
    return CompanyRow(**values)


COMPANIES_TABLE = FactTable(
    FactType.COMPANY,
    Company,
    key=("key",),
    columns=("key", "name", "domain", "country", "industry"),
    told=Told(MembershipChanged, when=("domain",)),
    id_column="company_id",
    fed_by={"domain": "domain", "country": "country", "industry": "industry"},
    only_one=("domain",),
)


def stage_company(row: int, record: CompanyRow, linked: Linked) -> StagedFact:
    """Stage the company."""
    return StagedFact(
        row,
        {
            "key": record.company_id,
            "name": record.name,
            "domain": record.domain,
            "country": record.country,
            "industry": record.industry,
        },
    )


COMPANIES = Dataset(
    name="companies",
    title="Sponsoring companies",
    fields=FIELDS,
    key=("company_id",),
    record=record,
    targets=(Target(COMPANIES_TABLE, stage_company),),
    for_company=OwnRows.NONE,
)
