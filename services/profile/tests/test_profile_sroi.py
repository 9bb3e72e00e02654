"""SROI gives METRICS' digits, and holds what it promises whatever the assumptions."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profile_service.impact.sensitivity import break_even, ranged, tornado
from profile_service.impact.sroi import (
    EVERYTHING,
    Assumption,
    Case,
    Kind,
    Result,
    impact_of_first_year,
    payback,
    sroi,
)

PER_OUTCOME = (
    Kind.PROXY,
    Kind.DEADWEIGHT,
    Kind.DISPLACEMENT,
    Kind.ATTRIBUTION,
    Kind.DURATION,
    Kind.DROP_OFF,
    Kind.OUTCOME_START,
)
DEDUCTIONS = (Kind.DEADWEIGHT, Kind.DISPLACEMENT, Kind.ATTRIBUTION, Kind.DROP_OFF)


def case(
    outcomes: dict[str, tuple[Any, ...]],
    inputs: Any,
    rate: Any = "0.035",
    exponent: int = 0,
    hours: dict[str, tuple[Any, Any]] | None = None,
) -> Case:
    """Each outcome is (quantity, proxy, deadweight, displacement, attribution, years, drop-off,
    start); hours are (hours, value) by role."""
    stated = [(Kind.DISCOUNT_RATE, EVERYTHING, rate)]
    stated += [(Kind.FIRST_YEAR_EXPONENT, EVERYTHING, exponent)]
    for name, (_, *values) in outcomes.items():
        stated += [(kind, name, value) for kind, value in zip(PER_OUTCOME, values, strict=True)]
    for role, (_, value) in (hours or {}).items():
        stated.append((Kind.HOURLY_VALUE, role, value))
    rows = {
        f"{kind}:{of}": Assumption(f"{kind}:{of}", kind, Decimal(str(v))) for kind, of, v in stated
    }
    return Case(
        quantities={name: quantity for name, (quantity, *_) in outcomes.items()},
        spent=Decimal(str(inputs)),
        hours={role: Decimal(str(count)) for role, (count, _) in (hours or {}).items()},
        assumptions=rows,
        uses={(kind, of): f"{kind}:{of}" for kind, of, _ in stated},
    )


def result(of: Case) -> Result:
    found = sroi(of)
    assert found is not None
    return found


VECTOR = {
    "o1": (40, 1500, ".30", ".05", ".25", 3, ".20", 1),
    "o2": (12, 9000, ".40", ".10", ".35", 2, ".10", 2),
}
SIMPLE = {"o": (10, 1000, 0, 0, 0, 1, 0, 1)}
"""Ten times 1000 in one year: a present value of 10 000."""


@pytest.mark.parametrize(
    ("exponent", "present_value", "ratio"),
    [(0, "139408.89", "2.3235"), (1, "134694.58", "2.2449")],
)
def test_the_vector_of_metrics(exponent: int, present_value: str, ratio: str) -> None:
    found = result(case(VECTOR, 60_000, exponent=exponent))

    assert round(found.present_value, 2) == Decimal(present_value)
    assert round(found.ratio, 4) == Decimal(ratio)
    assert round(found.net, 4) == Decimal(ratio) - 1


def test_payback_is_interpolated_within_the_year() -> None:
    """30 000 of year one and 15 000 of 20 000 in year two make 45 000: 1.75 years."""
    years = {1: Decimal(30_000), 2: Decimal(20_000), 3: Decimal(10_000)}

    assert payback(years, Decimal(45_000)) == Decimal("1.75")
    assert payback(years, Decimal(15_000)) == Decimal("0.5")
    assert payback(years, Decimal(60_000)) == 3
    assert payback(years, Decimal(60_001)) is None


def test_volunteers_time_is_an_input() -> None:
    """1000 of cash and 50 hours at 30 an hour are 2500."""
    found = result(case(SIMPLE, 1000, hours={"volunteer": (50, 30)}))

    assert (found.inputs, found.ratio) == (Decimal(2500), Decimal(4))


def test_without_inputs_there_is_no_ratio() -> None:
    assert sroi(case(SIMPLE, 0)) is None
    assert break_even(case(SIMPLE, 0))[1].value is None
    assert ranged(case(SIMPLE, 0)) == (None, None)


def test_the_break_even_value_of_an_assumption_makes_the_ratio_one() -> None:
    """10 000 of impact against 4000: worth 400 each, or six tenths lost to any one deduction."""
    found = {one.label: one.value for one in break_even(case(SIMPLE, 4000))}

    assert found["proxy:o"] == 400
    assert found["deadweight:o"] == found["attribution:o"] == Decimal("0.6")
    assert found["drop_off:o"] is None
    assert found["discount_rate:*"] is None
    assert round(found["duration:o"] or 0, 9) == Decimal("0.4")


def test_break_even_values_of_the_vector_hold() -> None:
    of = case(VECTOR, 100_000, exponent=1, hours={"volunteer": (100, 30)})

    found = break_even(of)

    held = [one for one in found if one.value is not None]
    assert {"proxy:o2", "hourly_value:volunteer", "deadweight:o2"} <= {one.label for one in held}
    for one in held:
        assert abs(
            result(of.with_values({one.label: one.value or Decimal(0)})).ratio - 1
        ) < Decimal("1e-9")


def test_the_tornado_moves_each_assumption_by_a_fifth_and_orders_by_what_it_moves() -> None:
    found = tornado(case(SIMPLE, 4000, hours={"volunteer": (100, 10)}))

    bars = {one.label: (one.low, one.high) for one in found}
    assert bars["proxy:o"] == (Decimal("1.6"), Decimal("2.4"))
    time = [round(end or 0, 6) for end in bars["hourly_value:volunteer"]]
    assert time == [Decimal("2.083333"), Decimal("1.923077")]
    assert bars["deadweight:o"] == (Decimal(2), Decimal(2))
    assert found[0].label == "proxy:o"
    assert not any("outcome_start" in label or "exponent" in label for label in bars)


def test_the_range_takes_a_sources_own_range_before_the_fifth() -> None:
    plain = case(SIMPLE, 4000)
    proxy = replace(plain.assumptions["proxy:o"], low=Decimal(500), high=Decimal(3000))
    stated = replace(plain, assumptions={**plain.assumptions, "proxy:o": proxy})

    low, high = ranged(stated)

    # Favourable, the duration of 1 is 1.2 years: a fifth of the first year's worth once more.
    assert low == Decimal(5000) * Decimal("0.8") / 4000
    assert high is not None
    assert round(high, 6) == round(
        Decimal(30_000) * (1 + Decimal("0.2") / Decimal("1.028")) / 4000, 6
    )


shares = st.decimals(0, 1, places=3)
outcomes = st.tuples(
    st.integers(0, 5000),
    st.decimals(0, 100_000, places=2),
    shares,
    shares,
    shares,
    st.integers(1, 8),
    shares,
    st.integers(1, 2),
)


@given(outcome=outcomes)
def test_a_first_years_impact_lies_between_nothing_and_all(outcome: tuple[Any, ...]) -> None:
    quantity, proxy, *_ = outcome

    found = impact_of_first_year(case({"o": outcome}, 1), "o")

    assert 0 <= found <= quantity * proxy


@settings(deadline=None)
@given(
    outcome=outcomes,
    kind=st.sampled_from((*DEDUCTIONS, Kind.DISCOUNT_RATE)),
    more=shares,
    exponent=st.integers(0, 1),
)
def test_more_of_a_deduction_never_raises_the_result(
    outcome: tuple[Any, ...], kind: Kind, more: Decimal, exponent: int
) -> None:
    of = case({"o": outcome}, 1000, exponent=exponent)
    label = f"{kind}:{EVERYTHING if kind is Kind.DISCOUNT_RATE else 'o'}"
    raised = of.with_values({label: max(more, of.assumptions[label].value)})

    assert result(raised).ratio <= result(of).ratio


@settings(deadline=None, max_examples=30)
@given(outcome=outcomes)
def test_base_lies_within_its_range(outcome: tuple[Any, ...]) -> None:
    of = case({"o": outcome}, 1000, hours={"volunteer": (10, 20)})

    low, high = ranged(of)

    assert low is not None
    assert high is not None
    assert low <= result(of).ratio <= high
