"""The relay's decisions, by tables of cases."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared_utils.bus import ConsumerState, StreamState
from shared_utils.bus.messages import outbox_id, transport_id
from shared_utils.relay.judgement import Key, Sweep, Verdict, judge, key_of, next_sweep
from shared_utils.relay.outbox import Mark

ROW = UUID(int=1)
OTHER = str(UUID(int=2))
US = "our database"
LAST = Mark(ROW, 50)

A: Key = ("profile-a", "a", "2026")
B: Key = ("safety-a", "a", "2026")


@pytest.mark.parametrize(
    ("state", "last", "found", "verdict"),
    [
        (None, None, None, Verdict.CREATE),
        (None, LAST, None, Verdict.CREATE),
        (StreamState(1, 0, owner=US), None, None, Verdict.KEEP),
        (StreamState(1, 60, owner=US), None, None, Verdict.KEEP),
        (StreamState(1, 60, owner=US), LAST, str(ROW), Verdict.KEEP),
        (StreamState(1, 50, owner=US), LAST, str(ROW), Verdict.KEEP),
        (StreamState(1, 49, owner=US), LAST, None, Verdict.REBUILD),
        (StreamState(1, 0, owner=US), LAST, None, Verdict.REBUILD),
        (StreamState(1, 60, owner=US), LAST, OTHER, Verdict.REBUILD),
        (StreamState(1, 60, owner=US), LAST, None, Verdict.REBUILD),
        (StreamState(51, 50, owner=US), LAST, None, Verdict.KEEP),
        (StreamState(51, 70, owner=US), LAST, None, Verdict.KEEP),
        (StreamState(1, 60, deleted=(50,), owner=US), LAST, None, Verdict.KEEP),
        (StreamState(1, 60, owner="another"), LAST, str(ROW), Verdict.REBUILD),
        (StreamState(1, 60), None, None, Verdict.REBUILD),
    ],
    ids=[
        "no stream yet",
        "stream gone",
        "new",
        "nothing published that we know of",
        "stands",
        "stands last",
        "rolled back",
        "wiped",
        "another's message",
        "a hole that nobody made",
        "expired, now empty",
        "expired",
        "removed by someone",
        "of another database",
        "of nobody",
    ],
)
def test_the_stream_is_kept_only_while_it_holds_what_it_acknowledged(
    state: StreamState | None, last: Mark | None, found: str | None, verdict: Verdict
) -> None:
    assert judge(state, US, last, found) is verdict


@pytest.mark.parametrize(
    ("covered", "keys", "first_seq", "sweep"),
    [
        ({}, [A], 1, Sweep(frozenset([A]), 1, 0, 1)),
        ({}, [A], 100, Sweep(frozenset([A]), 100, 0, 100)),
        ({}, [], 100, None),
        ({A: 100}, [A], 100, None),
        ({A: 100}, [A], 150, Sweep(frozenset([A]), 150, 100, 150)),
        ({A: 100}, [A, B], 100, Sweep(frozenset([A, B]), 100, 0, 100)),
        ({A: 100, B: 20}, [A, B], 100, Sweep(frozenset([A, B]), 100, 20, 100)),
        ({A: 100, B: 20}, [A], 100, None),
    ],
)
def test_a_sweep_covers_what_left_the_stream_unseen_by_some_consumer(
    covered: dict[Key, int], keys: list[Key], first_seq: int, sweep: Sweep | None
) -> None:
    assert next_sweep(covered, keys, first_seq) == sweep


@pytest.mark.parametrize(
    ("examined", "lowest", "below"), [(10, 80, 80), (9, 80, None), (0, 0, None)]
)
def test_a_sweep_ends_when_less_is_found_than_was_asked_for(
    examined: int, lowest: int, below: int | None
) -> None:
    left = Sweep(frozenset([A]), 100, 0, 100).after(examined, lowest, 10)

    assert (left.below if left else None) == below


def test_a_consumer_made_again_is_another_one() -> None:
    first, second = (
        ConsumerState("profile-a", "waymark.a", datetime(2026, 1, day, tzinfo=UTC))
        for day in (1, 2)
    )

    assert key_of(first) != key_of(second)
    assert key_of(first)[:2] == ("profile-a", "a")


@pytest.mark.parametrize("sequence", [None, 1, 10**12])
def test_the_outbox_id_is_read_from_every_transport_id(sequence: int | None) -> None:
    assert outbox_id(transport_id(ROW, sequence)) == str(ROW)


def test_a_message_that_goes_out_again_is_no_duplicate_to_the_stream() -> None:
    assert len({transport_id(ROW, sequence) for sequence in (None, 1, 2)}) == 3
