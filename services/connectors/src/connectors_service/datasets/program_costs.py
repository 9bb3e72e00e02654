"""What a company put into a programme in a period: the inputs side of SROI."""

from dataclasses import dataclass
from decimal import Decimal

from connectors_service.datasets.base import Dataset, Field, FileFacts, OwnRows, Values
from connectors_service.datasets.facts import FactTable, Linked, StagedFact, Target
from connectors_service.rules import rule
from connectors_service.rules.periods import Period
from event_contracts.vocabulary import FactType, Program
from shared_schema.tables.program import ProgramCost

FIELDS = (
    Field("company_id", rule.COMPANY_KEY, "The company's own key", "acme", True),
    Field("program", rule.one_of(Program), "Which programme", "language", True),
    Field("period", rule.PERIOD, "2026, 2026-Q1 or 2026-03", "2026-Q1", True),
    Field("cash", rule.MONEY, "What was paid; empty: nothing", "12500.00"),
    Field("currency", rule.CURRENCY, "Of both amounts; empty: as the mapping says", "EUR"),
    Field("in_kind", rule.MONEY, "The value of what was given; empty: nothing", "800.00"),
)


@dataclass(frozen=True, slots=True)
class CostRow:
    """A period's costs as a row states them."""

    company_id: str
    program: Program
    period: Period
    cash: Decimal
    currency: str
    in_kind: Decimal


def record(values: Values, file: FileFacts) -> CostRow:
    """Build the record of a row."""
    return CostRow(**values)


COSTS = FactTable(
    FactType.PROGRAM_COST,
    ProgramCost,
    key=("company_id", "program", "period"),
    columns=(
        "company_id",
        "program",
        "period",
        "starts_on",
        "ends_on",
        "cash",
        "currency",
        "in_kind",
    ),
    told=None,
    id_column="cost_id",
    fed_by={"cash": "cash", "currency": "currency", "in_kind": "in_kind"},
)
"""No event tells of a cost: figures read costs from the facts when they are computed."""


def stage_cost(row: int, record: CostRow, linked: Linked) -> StagedFact:
    """Stage the costs."""
    return StagedFact(
        row,
        {
            "company_id": linked.companies[record.company_id],
            "program": record.program,
            "period": record.period.name,
            "starts_on": record.period.starts_on,
            "ends_on": record.period.ends_on,
            "cash": record.cash,
            "currency": record.currency,
            "in_kind": record.in_kind,
        },
    )


PROGRAM_COSTS = Dataset(
    name="program-costs",
    title="Costs of the programmes",
    fields=FIELDS,
    key=("company_id", "program", "period"),
    defaults={"cash": Decimal(0), "in_kind": Decimal(0)},
    record=record,
    targets=(Target(COSTS, stage_cost),),
    for_company=OwnRows.BY_COMPANY,
    companies=lambda row: (row.company_id,),
)
