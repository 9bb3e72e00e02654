"""Which person a source person counts as."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Canon:
    """Canonical persons of some source persons; who isn't named counts as themselves."""

    canonical: Mapping[UUID, UUID] = field(default_factory=dict)

    def of(self, source: UUID) -> UUID:
        return self.canonical.get(source, source) if self.canonical else source

    def maybe(self, source: UUID | None) -> UUID | None:
        return None if source is None else self.of(source)

    def all_of(self, sources: Iterable[UUID | None]) -> list[UUID]:
        """The canonical persons of these, each once."""
        return list({self.of(source) for source in sources if source is not None})
