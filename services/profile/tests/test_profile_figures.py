"""What a company may see of a figure, and of the files behind it: METRICS, Small groups."""

from uuid import UUID

from profile_service.figures import Coverage, Figure, combined_digest, hidden, keyed
from profile_service.pooling import Source, pool_one_more, split_small


def figure(n: int | None) -> Figure:
    return Figure(
        name="satisfaction",
        unit="rating 0-1",
        method="satisfaction/1",
        value=0.8,
        interval=(0.7, 0.9),
        digest="d",
        n=n,
        coverage=Coverage(facts=20, complete=18),
    )


def test_a_hidden_figure_shows_nothing_but_why() -> None:
    assert hidden(figure(9), "small_group") == Figure(
        "satisfaction", "rating 0-1", "satisfaction/1", reason="small_group", hidden=True
    )


def test_digests_leave_under_the_key() -> None:
    assert keyed("d", b"one") == keyed("d", b"one")
    assert len({keyed("d", b"one"), keyed("d", b"two"), keyed("e", b"one")}) == 3


def test_a_periods_digest_does_not_hang_on_the_order_of_its_figures() -> None:
    one, two = figure(1), Figure("volunteers", "people", "volunteers/1", digest="e")

    assert combined_digest([one, two]) == combined_digest([two, one])
    assert combined_digest([one, two]) != combined_digest([one])


def source(number: int, participants: int) -> Source:
    return Source(UUID(int=number), facts=participants * 2, participants=participants)


def test_files_under_k_are_pooled() -> None:
    sources = [source(1, 9), source(2, 30), source(3, 10), source(4, 2)]

    shown, pooled = split_small(sources, smallest=10)

    assert shown == [source(2, 30), source(3, 10)]
    assert pooled == [source(1, 9), source(4, 2)]


def test_a_pool_that_is_small_itself_takes_the_smallest_shown_file() -> None:
    shown, pooled = pool_one_more(*split_small([source(1, 3), source(2, 30), source(3, 12)], 10))

    assert shown == [source(2, 30)]
    assert pooled == [source(3, 12), source(1, 3)]


def test_the_only_file_goes_into_the_pool() -> None:
    assert pool_one_more([], [source(1, 3)]) == ([], [source(1, 3)])
