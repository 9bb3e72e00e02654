"""The declared state as SQL: migrations are written from it, tests hold the database against it."""

from collections.abc import Iterable, Iterator
from itertools import chain

from sqlalchemy import Column, Constraint, Index, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from shared_schema import grants, policies
from shared_schema.tables import SCHEMAS, metadata

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def tables(schema: str) -> Iterator[str]:
    """Yield the statements that create a schema's tables, parents first."""
    for table in metadata.sorted_tables:
        if table.schema == schema:
            yield from _table(table)


def row_security() -> Iterator[str]:
    """Yield the statements that force row-level security and say who sees what."""
    for table in policies.protected_tables():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
    for policy in policies.policies():
        yield (
            f"CREATE POLICY {policy.name} ON {policy.table} FOR {policy.command}"
            f" TO {', '.join(policy.roles)} USING ({policy.using});"
        )


def privileges() -> Iterator[str]:
    """Yield a grant for each line of the declared list."""
    for grant in sorted(grants.schema_grants()):
        yield f"GRANT USAGE ON SCHEMA {grant.object} TO {grant.role};"
    for table, roles in grants.GRANTS.items():
        for role, listed in roles.items():
            yield f"GRANT {listed.replace(' ', ', ')} ON {table} TO {role};"
    for grant in grants.function_grants():
        yield f"GRANT EXECUTE ON FUNCTION {grant.object} TO {grant.role};"


def everything() -> Iterator[str]:
    """Yield tables, row-level security and grants; roles, schemas and functions stand before."""
    yield from chain.from_iterable(tables(schema) for schema in SCHEMAS)
    yield from row_security()
    yield from privileges()


def _table(table: Table) -> Iterator[str]:
    yield f"{str(CreateTable(table).compile(dialect=DIALECT)).strip()};".replace(", \n", ",\n")
    indexes = sorted(table.indexes, key=_name)
    for index in indexes:
        yield f"{CreateIndex(index).compile(dialect=DIALECT)};"
    yield from _storage(table.columns)
    yield from _comments(table, indexes)


def _storage(columns: Iterable[Column[object]]) -> Iterator[str]:
    for column in columns:
        if storage := column.info.get("storage"):
            yield f"ALTER TABLE {column.table} ALTER {column.name} SET STORAGE {storage};"


def _comments(table: Table, indexes: Iterable[Index]) -> Iterator[str]:
    yield f"COMMENT ON TABLE {table} IS {_quoted(table.comment)};"
    for column in table.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {table}.{column.name} IS {_quoted(column.comment)};"
    for constraint in sorted(table.constraints, key=_name):
        if constraint.comment:
            yield (
                f"COMMENT ON CONSTRAINT {constraint.name} ON {table}"
                f" IS {_quoted(constraint.comment)};"
            )
    for index in indexes:
        yield f"COMMENT ON INDEX {table.schema}.{index.name} IS {_quoted(index.info['why'])};"


def _name(item: Constraint | Index) -> str:
    return str(item.name)


def _quoted(words: str | None) -> str:
    return "'" + (words or "").replace("'", "''") + "'"
