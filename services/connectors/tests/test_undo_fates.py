"""What undoing an import does to one fact: every case of the algebra, without a database."""

from typing import Any
from uuid import UUID

import pytest

from connectors_service.undoing.fates import Assertion, Fate, History, Why, decide

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
FACT = UUID(int=9)
BOTH = frozenset({"x", "y"})


def said(
    by: UUID, before: int | None, after: int, spoken: frozenset[str] | None = BOTH, **more: Any
) -> Assertion:
    return Assertion(by, 2, before, after, spoken, **more)


def history(*assertions: Assertion, states: dict[int, Any], **more: Any) -> History:
    return History(
        FACT,
        revision=max(states),
        assertions=assertions,
        states=states,
        columns=("x", "y"),
        **more,
    )


def row(x: Any, y: Any, **details: Any) -> dict[str, Any]:
    return {"x": x, "y": y, **{f".{name}": value for name, value in details.items()}}


ONLY_X = frozenset({"x"})
CASES = {
    "created, nothing else": (
        history(said(A, None, 1), states={1: row(1, 1)}),
        (Fate.REMOVED, None, None),
    ),
    "created, then found unchanged by another": (
        history(said(A, None, 1), said(B, 1, 1), states={1: row(1, 1)}),
        (Fate.KEPT, Why.ASSERTED, None),
    ),
    "created, then another asserts a part: the rest goes": (
        history(said(A, None, 1), said(B, 1, 1, ONLY_X), states={1: row(1, 1)}),
        (Fate.RESTORED, None, row(1, None)),
    ),
    "created, then changed by another": (
        history(said(A, None, 1), said(B, 1, 2), states={1: row(1, 1), 2: row(2, 2)}),
        (Fate.REFUSED, Why.CHANGED_SINCE, None),
    ),
    "created, another changed a part: its part stays, the rest goes": (
        history(said(A, None, 1), said(B, 1, 2, ONLY_X), states={1: row(1, 1), 2: row(2, 1)}),
        (Fate.RESTORED, None, row(2, None)),
    ),
    "updated what another created": (
        history(said(B, None, 1), said(A, 1, 2), states={1: row(1, 1), 2: row(2, 2)}),
        (Fate.RESTORED, None, row(1, 1)),
    ),
    "found unchanged what another created": (
        history(said(B, None, 1), said(A, 1, 1), states={1: row(1, 1)}),
        (Fate.KEPT, Why.ASSERTED, None),
    ),
    "updated, then another updates the other column": (
        history(
            said(C, None, 1),
            said(A, 1, 2, ONLY_X),
            said(B, 2, 3, frozenset({"y"})),
            states={1: row(1, 1), 2: row(2, 1), 3: row(2, 3)},
        ),
        (Fate.RESTORED, None, row(1, 3)),
    ),
    "the other that updated was undone before: back to before both": (
        history(
            said(C, None, 1),
            said(B, 1, 2, withdrawn=True),
            said(A, 2, 3),
            states={1: row(1, 1), 2: row(2, 2), 3: row(3, 3)},
        ),
        (Fate.RESTORED, None, row(1, 1)),
    ),
    "the one that created was undone before: nobody is left": (
        history(
            said(B, None, 1, withdrawn=True), said(A, 1, 2), states={1: row(1, 1), 2: row(2, 2)}
        ),
        (Fate.REMOVED, None, None),
    ),
    "an undo wrote the revision in between": (
        history(
            said(B, None, 1),
            said(C, 1, 2, withdrawn=True),
            said(A, 3, 4),
            states={1: row(1, 1), 2: row(2, 2), 3: row(1, 1), 4: row(4, 4)},
            rewritten={3},
        ),
        (Fate.RESTORED, None, row(1, 1)),
    ),
    "it was there before any import": (
        history(said(A, 5, 6, ONLY_X), states={5: row(1, 1), 6: row(2, 1)}),
        (Fate.RESTORED, None, row(1, 1)),
    ),
    "it was only told anew since": (
        history(
            said(A, None, 1),
            said(B, 1, 2, frozenset(), asserts=False),
            states={1: row(1, 1), 2: row(1, 1)},
        ),
        (Fate.REMOVED, None, None),
    ),
    "details come back too": (
        history(
            said(B, None, 1, None),
            said(A, 1, 2, frozenset({".topics"})),
            states={1: row(1, 1, topics="old"), 2: row(1, 1, topics="new", extra="e")},
        ),
        (Fate.RESTORED, None, row(1, 1, topics="old", extra=None)),
    ),
    "someone wrote past the ledger": (
        history(said(A, None, 1), states={1: row(1, 1), 2: row(2, 2)}),
        (Fate.REFUSED, Why.CHANGED_OUTSIDE, None),
    ),
    "what stood before is no longer kept": (
        history(said(B, None, 1), said(A, 1, 2), states={2: row(2, 2)}),
        (Fate.REFUSED, Why.FORGOTTEN, None),
    ),
    "what another said was never stored": (
        history(
            said(A, None, 1),
            said(B, 1, 1, unheard=True),
            states={1: row(1, 1)},
        ),
        (Fate.REFUSED, Why.UNTOLD, None),
    ),
    "what it said itself was never stored": (
        history(said(B, None, 1), said(A, 1, 1, unheard=True), states={1: row(1, 1)}),
        (Fate.KEPT, Why.ASSERTED, None),
    ),
}
RETRIED = {Why.CHANGED_OUTSIDE, Why.FORGOTTEN, Why.UNTOLD}


@pytest.mark.parametrize(("told", "expected"), CASES.values(), ids=CASES)
def test_a_fate_follows_from_what_every_import_said(told: History, expected: Any) -> None:
    decided = decide(told, A)

    assert (decided.fate, decided.why, decided.state) == expected
    assert decided.withdrawn is (decided.why not in RETRIED)


def test_a_fact_belongs_to_the_last_import_that_still_speaks_for_it() -> None:
    told = history(said(A, None, 1), said(B, 1, 1), said(C, 1, 1), states={1: row(1, 1)})

    decided = decide(told, A)

    assert decided.owner is not None
    assert decided.owner.import_id == C


def test_where_none_speaks_about_a_column_its_default_stands() -> None:
    told = history(
        said(A, None, 1), said(B, 1, 1, ONLY_X), states={1: row(1, 1)}, defaults={"y": "enrolled"}
    )

    assert decide(told, A).state == row(1, "enrolled")
