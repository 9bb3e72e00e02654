"""What is special about facts that webhooks report: reports may come late and out of order."""

from dataclasses import replace
from typing import Any

from connectors_service.datasets.base import Dataset
from connectors_service.datasets.catalogue import dataset_named
from connectors_service.mapping.model import Mapping

LATE = {"kintell-sessions": "t.status <> 'scheduled' AND excluded.status = 'scheduled'"}
"""By dataset: when a report says less than the fact that is stored (`t`), so it changes nothing.

A booking that comes after the word that its session took place, for one.
"""


def dataset_of(mapping: Mapping) -> Dataset[Any]:
    """Return the dataset that a webhook's mapping reads, with its rule about late reports."""
    dataset = dataset_named(mapping.dataset)
    late = LATE.get(dataset.name)
    if late is None:
        return dataset
    first, *others = dataset.targets
    table = replace(first.table, yields_to=late)
    return replace(dataset, targets=(replace(first, table=table), *others))
