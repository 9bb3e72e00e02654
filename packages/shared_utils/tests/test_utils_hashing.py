"""Keyed hashes agree between services and tell nothing without the key."""

from shared_utils.hashing import KeyedHash

KEY, OTHER = "ab" * 32, "cd" * 32


def test_the_same_key_finds_what_another_service_wrote() -> None:
    assert KeyedHash(KEY).identifier("email", "a@b.c") == KeyedHash(KEY).identifier(
        "email", "a@b.c"
    )
    assert KeyedHash(KEY).identifier("email", "a@b.c") != KeyedHash(OTHER).identifier(
        "email", "a@b.c"
    )


def test_a_text_and_an_identifier_never_share_a_digest() -> None:
    keyed = KeyedHash(KEY)

    assert len({keyed.text("x"), keyed.identifier("email", "x"), keyed.identifier("k", "x")}) == 3
    assert len(keyed.text("x")) == 32
