"""What all chunks of an import share."""

from dataclasses import dataclass
from uuid import UUID

from connectors_service.mapping.plan import Plan
from connectors_service.reporting.findings import Findings
from connectors_service.repository.loads import Origin


@dataclass(frozen=True, slots=True)
class Job:
    """What all chunks of an import share; `company_id` is set for a company manager's upload.

    With `holds` every row waits whose parent is not there yet, as those of webhooks do; `findings`
    gathers what a dry run sees.
    """

    import_id: UUID
    plan: Plan
    dry_run: bool
    company_id: UUID | None
    correlation_id: str | None
    holds: bool = False
    findings: Findings | None = None

    @property
    def origin(self) -> Origin:
        """What facts remember of where they come from."""
        mapping = self.plan.mapping
        return Origin(self.import_id, f"{mapping.name}@{mapping.version}")
