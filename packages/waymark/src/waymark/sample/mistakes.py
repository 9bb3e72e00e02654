"""Rows wrong in one way each, as real exports hold them, with the code the import must answer."""

from collections.abc import Callable

Row = dict[str, str]

PLANTED: tuple[tuple[str, str, Callable[[Row], Row]], ...] = (
    (
        "E001",
        "an address without @",
        lambda row: row | {"participant_email": "anna.k(at)mail.example"},
    ),
    ("E002", "no volunteer", lambda row: row | {"volunteer_email": ""}),
    (
        "E003",
        "a day that does not exist",
        lambda row: row | {"scheduled_at": "2026-02-30T10:00:00Z"},
    ),
    ("E003", "a date that can be read two ways", lambda row: row | {"scheduled_at": "03/04/2026"}),
    ("E004", "a session of 15 hours", lambda row: row | {"duration_minutes": "900"}),
    ("E005", "a level that CEFR does not have", lambda row: row | {"language_level": "D4"}),
    ("E006", "nine stars of five", lambda row: row | {"rating": "9"}),
    (
        "E007",
        "held before it was planned",
        lambda row: row | {"completed_at": "2020-01-01T10:00:00Z"},
    ),
    ("E009", "a novel for feedback", lambda row: row | {"feedback_text": "word " * 1200}),
    ("E010", "metadata cut in half", lambda row: row | {"metadata": '{"focus": "past te'}),
)


def plant(template: Row) -> list[tuple[str, Row]]:
    """Return (code, row) of each mistake made on a copy of `template`, with ids of their own.

    The last two rows share one id and differ in content: both must be refused.
    """
    spoilt = [
        (code, change(template | {"session_id": f"LS-2026-9{number:04}"}))
        for number, (code, _, change) in enumerate(PLANTED)
    ]
    twin = template | {"session_id": "LS-2026-99999"}
    return [*spoilt, ("E011", twin), ("E011", twin | {"duration_minutes": "30"})]


def spoil(rows: list[Row], code: str, **changes: str) -> tuple[list[Row], list[str]]:
    """Return the rows and one more, the last with these changes, and its code."""
    return [*rows, rows[-1] | changes], [code]
