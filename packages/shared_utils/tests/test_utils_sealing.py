"""What is sealed opens with the same key and for the same owner, and shows nothing before."""

import pytest

from shared_utils.sealing import BrokenSealError, Seal

KEY = "5a" * 32


def test_a_sealed_secret_opens_again_and_never_looks_the_same() -> None:
    once, again = Seal(KEY).close("whsec_hush", "a"), Seal(KEY).close("whsec_hush", "a")

    assert Seal(KEY).open(once, "a") == Seal(KEY).open(again, "a") == "whsec_hush"
    assert once != again
    assert b"hush" not in once


@pytest.mark.parametrize(
    ("key", "owner", "change"),
    [
        ("5b" * 32, "a", bytes),
        (KEY, "b", bytes),
        (KEY, "a", lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (KEY, "a", lambda sealed: b"\x02" + sealed[1:]),
        (KEY, "a", lambda sealed: sealed[:9]),
        (KEY, "a", lambda _: b""),
    ],
)
def test_another_key_owner_or_content_does_not_open(key: str, owner: str, change: object) -> None:
    sealed = Seal(KEY).close("whsec_hush", "a")

    with pytest.raises(BrokenSealError):
        Seal(key).open(change(sealed), owner)  # type: ignore[operator]
