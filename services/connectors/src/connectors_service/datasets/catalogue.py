"""All datasets by name: a new one is a module beside this, a mapping, and a line here."""

from collections.abc import Mapping
from typing import Any

from connectors_service.datasets.base import Dataset
from connectors_service.datasets.buddy import BUDDY_MATCHES
from connectors_service.datasets.buddy_checkins import BUDDY_CHECKINS
from connectors_service.datasets.buddy_events import BUDDY_EVENTS
from connectors_service.datasets.buddy_feedback import BUDDY_FEEDBACK
from connectors_service.datasets.companies import COMPANIES
from connectors_service.datasets.company_users import COMPANY_USERS
from connectors_service.datasets.course_completions import COURSE_COMPLETIONS
from connectors_service.datasets.credentials import CREDENTIALS
from connectors_service.datasets.enrollments import ENROLLMENTS
from connectors_service.datasets.facts import FactTable
from connectors_service.datasets.kintell_ratings import KINTELL_RATINGS
from connectors_service.datasets.kintell_sessions import KINTELL_SESSIONS
from connectors_service.datasets.kintell_users import KINTELL_USERS
from connectors_service.datasets.learning_progress import LEARNING_PROGRESS
from connectors_service.datasets.program_costs import PROGRAM_COSTS
from connectors_service.errors import UnknownDatasetError

DATASETS: Mapping[str, Dataset[Any]] = {
    dataset.name: dataset
    for dataset in (
        KINTELL_SESSIONS,
        KINTELL_RATINGS,
        KINTELL_USERS,
        BUDDY_MATCHES,
        BUDDY_EVENTS,
        BUDDY_CHECKINS,
        BUDDY_FEEDBACK,
        LEARNING_PROGRESS,
        COURSE_COMPLETIONS,
        CREDENTIALS,
        COMPANIES,
        COMPANY_USERS,
        ENROLLMENTS,
        PROGRAM_COSTS,
    )
}


def dataset_named(name: str) -> Dataset[Any]:
    """Return a dataset; raises UnknownDatasetError."""
    try:
        return DATASETS[name]
    except KeyError:
        raise UnknownDatasetError(tuple(DATASETS)) from None


def awaited_tables() -> list[FactTable]:
    """Return the tables whose facts rows of other datasets may wait for."""
    found = {
        dataset.parent.table.fact_type: dataset.parent.table
        for dataset in DATASETS.values()
        if dataset.parent is not None
    }
    return list(found.values())
