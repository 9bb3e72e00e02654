"""The seed is complete, sourced, and safe to run again."""

from typing import Any

import psycopg

from shared_schema.seed import reference_values, seed
from waymark.testing.databases import MigratedDatabase


def test_the_seed_is_written_once(
    owner: psycopg.Connection[Any], database: MigratedDatabase
) -> None:
    first = seed(database.owner_url)

    assert (first, seed(database.owner_url)) == (len(list(reference_values())), 0)


def test_a_value_that_was_changed_stays(
    owner: psycopg.Connection[Any], database: MigratedDatabase
) -> None:
    seed(database.owner_url)
    owner.execute("UPDATE insight.reference_values SET value = 0.04 WHERE kind = 'discount_rate'")

    seed(database.owner_url)

    rate = owner.execute(
        "SELECT value::text FROM insight.reference_values WHERE kind = 'discount_rate'"
    )
    assert rate.fetchone() == ("0.04",)


def test_every_value_has_a_source_and_no_outcome_is_priced_by_us() -> None:
    rows = list(reference_values())

    assert all(len(row["source"] or "") > 30 for row in rows)
    assert all(row["kind"] != "proxy" for row in rows)


def test_money_has_a_currency_and_shares_have_none() -> None:
    for row in reference_values():
        assert ("currency" in (row["unit"] or "")) == (row["currency"] is not None), row
