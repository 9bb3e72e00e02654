"""What a company sees of the files behind a figure: small ones together, never a small group."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts came from: an import (None: webhook or API), its facts and distinct people."""

    import_id: UUID | None
    facts: int
    participants: int


def split_small(sources: Sequence[Source], smallest: int) -> tuple[list[Source], list[Source]]:
    """The sources to show by themselves, and those to pool, largest first."""
    ordered = sorted(sources, key=_size, reverse=True)
    shown = [one for one in ordered if one.participants >= smallest]
    return shown, [one for one in ordered if one.participants < smallest]


def pool_one_more(
    shown: Sequence[Source], pooled: Sequence[Source]
) -> tuple[list[Source], list[Source]]:
    """Move the smallest shown source into a pool that is too small to stand alone."""
    return list(shown[:-1]), [*shown[-1:], *pooled]


def _size(source: Source) -> tuple[int, int, str]:
    return source.participants, source.facts, str(source.import_id)
