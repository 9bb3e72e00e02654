"""The checks, each a number of differences with what they are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

_UNPUBLISHED = sql.SQL("SELECT count(*) FROM ops.outbox WHERE published_at IS NULL")
_DEAD = sql.SQL("SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL")


@dataclass(frozen=True)
class Check:
    """One comparison: how many differences, and of what."""

    name: str
    differences: int
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether both sides say the same."""
        return self.differences == 0


def reconcile(url: str) -> list[Check]:
    """Every check over one database, read in one snapshot; `url` must be its owner's."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return [
            Check("outbox_published", _number(connection, _UNPUBLISHED)),
            Check("no_dead_letters", _number(connection, _DEAD)),
            _inboxes(connection),
            *_projection(connection),
            _attributions(connection),
        ]


def _number(connection: psycopg.Connection, query: sql.SQL) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _inboxes(connection: psycopg.Connection) -> Check:
    missing: dict[str, int] = dict(connection.execute(_query("unhandled")).fetchall())
    return Check("inbox_has_what_was_published", sum(missing.values()), missing)


def _projection(connection: psycopg.Connection) -> Iterator[Check]:
    for fact_type, facts, projected, same in connection.execute(_query("projection")):
        detail = {"facts": facts, "projected": projected}
        differences = 0 if same else max(1, abs(facts - projected))
        yield Check(f"projection_{fact_type}", differences, detail)


def _attributions(connection: psycopg.Connection) -> Check:
    row = connection.execute(_query("attributions")).fetchone()
    names = ("expected", "written", "missing", "superfluous", "different")
    detail = dict(zip(names, row or (0,) * len(names), strict=True))
    wrong = sum(detail[name] for name in names[2:])
    return Check("attributions", wrong, detail)


def _query(name: str) -> sql.Composed:
    """The statement in NAME.sql; `{facts}` in it stands for the statement in facts.sql."""
    return sql.SQL(_text(name)).format(facts=sql.SQL(_text("facts")))


def _text(name: str) -> str:
    return (files(__package__) / f"{name}.sql").read_text()
