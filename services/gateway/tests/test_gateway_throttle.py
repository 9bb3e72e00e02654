"""How long a failed sign-in makes the next one wait."""

import pytest

from gateway_service.throttle import guess_of, pause_after
from shared_utils.hashing import KeyedHash

HASHES = KeyedHash("ab" * 32)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (5, 0), (6, 2), (7, 4), (14, 512), (15, 900), (500, 900)]
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(failures: int, seconds: float) -> None:
    assert pause_after(failures) == seconds


def test_a_guess_is_of_one_login_from_one_address() -> None:
    guess = guess_of(HASHES, "a@example.org", "10.0.0.1")

    assert guess == guess_of(HASHES, "a@example.org", "10.0.0.1")
    assert guess != guess_of(HASHES, "a@example.org", "10.0.0.2")
    assert guess != guess_of(HASHES, "b@example.org", "10.0.0.1")
    assert guess.login != guess_of(HASHES, "10.0.0.1", "a@example.org").address
