"""Writes what every deployment starts with: dated reference values, each with its source."""

import csv
import sys
from collections.abc import Iterator
from importlib.resources import files

import psycopg

_INSERT = """
INSERT INTO insight.reference_values
    (kind, key, country, value, unit, currency, valid_from, valid_to, source, created_by)
VALUES
    (%(kind)s, %(key)s, %(country)s, %(value)s, %(unit)s, %(currency)s, %(valid_from)s,
     %(valid_to)s, %(source)s, 'seed')
ON CONFLICT (kind, key, country, valid_from, version) DO NOTHING
"""


def seed(url: str) -> int:
    """Write the reference values that are missing and return how many; changes none.

    No proxies are among them: what an outcome is worth is for the programme to say and to source.
    """
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(_INSERT, list(reference_values()))
        return cursor.rowcount


def reference_values() -> Iterator[dict[str, str | None]]:
    """Yield the shipped rows; an empty field is None."""
    data = (files("shared_schema") / "reference_values.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(data.splitlines()):
        yield {name: value or None for name, value in row.items()}


if __name__ == "__main__":
    seed(sys.argv[1])
