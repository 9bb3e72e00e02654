"""Decides whether the stream still holds what was published, and what to look through if not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

from shared_utils.bus import ConsumerState, StreamState
from shared_utils.relay.outbox import Mark

Key = tuple[str, str, str]
"""A consumer's name, event type and time of creation."""


class Verdict(Enum):
    """What to do about the stream."""

    KEEP = auto()
    CREATE = auto()
    REBUILD = auto()


def judge(
    state: StreamState | None, owner: str, last: Mark | None, found_id: str | None
) -> Verdict:
    """Compare the stream with the last message that it acknowledged.

    `found_id` is the outbox id at that sequence, None if nothing stands there. A message that
    merely left (it expired, or someone removed it) does not make the stream another.
    """
    if state is None:
        return Verdict.CREATE
    if state.owner != owner:
        return Verdict.REBUILD
    if last is None or last.stream_seq < state.first_seq or last.stream_seq in state.deleted:
        return Verdict.KEEP
    stands = last.stream_seq <= state.last_seq and found_id == str(last.outbox_id)
    return Verdict.KEEP if stands else Verdict.REBUILD


def key_of(consumer: ConsumerState) -> Key:
    """What tells a consumer from an earlier one of its name."""
    event_type = consumer.subject.removeprefix("waymark.")
    return consumer.name, event_type, consumer.created.isoformat()


@dataclass(frozen=True)
class Sweep:
    """Sequences `down_to` to `below` (exclusive) that left the stream, still to be examined."""

    keys: frozenset[Key]
    below: int
    down_to: int
    first_seq: int

    def after(self, examined: int, lowest: int, most: int) -> "Sweep | None":
        """What is left after the highest `examined` of them, at most `most` at once."""
        return replace(self, below=lowest) if examined >= most else None


def next_sweep(
    covered: Mapping[Key, int], consumers: Iterable[Key], first_seq: int
) -> Sweep | None:
    """What has left the stream since each consumer was last looked after.

    `covered` holds the sequence up to which (exclusive) each is known to have everything, or to
    get it again. A consumer that is new needs all of it.
    """
    keys = frozenset(consumers)
    down_to = min((covered.get(key, 0) for key in keys), default=first_seq)
    return Sweep(keys, first_seq, down_to, first_seq) if down_to < first_seq else None
