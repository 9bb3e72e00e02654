"""Metrics: which company figures were computed."""

from uuid import UUID

from event_contracts.event import Event
from event_contracts.fields import Code, Digest, Period
from event_contracts.vocabulary import PeriodStatus


class PeriodComputed(Event, type="metrics.period.computed.v1", about="company_id"):
    """A company's figures for a period were computed; equal digests mean equal inputs."""

    company_id: UUID
    period: Period
    status: PeriodStatus
    method: Code
    digest: Digest
