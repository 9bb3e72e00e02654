"""Rows with equal weak keys are different facts: the how many-th of its import's day each is."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from connectors_service.mapping.model import Mapping
from connectors_service.webhooks.reading import Item, key_of
from shared_schema.tables.imports import Import

MOST_IMPORTS = 20


@dataclass(slots=True)
class ImportKeys:
    """The keys of an import's rows before `next_row`."""

    mapping: Mapping
    next_row: int = 1
    seen: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def counted(self, items: Sequence[Item]) -> list[Item]:
        """Return the next rows numbered; one that is refused counts, so that it may be replayed."""
        numbered = []
        for item in items:
            key = key_of(self.mapping, item.payload)
            if key is not None:
                self.seen[key] += 1
            numbered.append(replace(item, nth=self.seen[key] if key else 1))
            self.next_row = item.row_no + 1
        return numbered


class Keys:
    """What a process remembers of the latest imports; the rest is read again."""

    def __init__(self) -> None:
        self._imports: OrderedDict[UUID, ImportKeys] = OrderedDict()

    def of(self, found: Import, mapping: Mapping) -> ImportKeys:
        """Return an import's keys, from the start if other rows than these were counted last."""
        keys = self._imports.pop(found.import_id, None)
        if keys is None or keys.next_row > max(found.next_row, 1):
            keys = ImportKeys(mapping)
        self._imports[found.import_id] = keys
        while len(self._imports) > MOST_IMPORTS:
            self._imports.popitem(last=False)
        return keys
