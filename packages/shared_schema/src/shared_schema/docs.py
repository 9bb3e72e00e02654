"""Writes docs/database.md: `python -m shared_schema.docs [--check] [FILE]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
)

from shared_schema import ddl, grants, policies
from shared_schema.roles import TENANTS
from shared_schema.tables import SCHEMAS, metadata

PAGE = Path("docs/database.md")

_TITLES = {
    "pii": "Names, contacts, texts and raw uploads: the only place they are",
    "program": "What happened, by pseudonymous ids",
    "insight": "What was made of the facts",
    "auth": "Logins and keys, the gateway's own",
    "ops": "What keeps the house running",
}

_PEOPLE = ("person_id", "participant_id", "volunteer_id", "buddy_id", "source_id", "canonical_id")

_INTRODUCTION = """# Database

Generated from the declarations in `packages/shared_schema` by `make docs`; a test holds it current.

PostgreSQL 18 with pgvector. Each table has one writing service; where several share one, in `ops`,
each writes its own rows. A company's request signs in as `<service>_tenant`, may only read, and
sees through forced row-level security what the tables below say. `waymark_owner` owns everything;
no process signs in as it.

A solid line in a diagram is a foreign key, a dashed one an id without: a reference across schemas
or from a hot table, which its writer keeps and `waymark reconcile` checks."""


def page() -> str:
    """The whole page as Markdown."""
    return "\n\n".join([_INTRODUCTION, _contents(), *_chapters()]) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` answer 1 where it is not current."""
    paths = [Path(name) for name in arguments if not name.startswith("--")]
    path = paths[0] if paths else PAGE
    if "--check" not in arguments:
        path.write_text(page(), encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{path} is not current: run `make docs`\n")
    return 1


def _contents() -> str:
    return "\n".join(
        f"- `{schema}`: {', '.join(f'[{t.name}](#{_anchor(t)})' for t in _tables(schema))}"
        for schema in SCHEMAS
    )


def _chapters() -> Iterator[str]:
    for schema in SCHEMAS:
        yield f"## {schema}\n\n{_TITLES[schema]}."
        yield _diagram(schema)
        yield from (_section(table) for table in _tables(schema))


def _tables(schema: str) -> list[Table]:
    found = (table for table in metadata.tables.values() if table.schema == schema)
    return sorted(found, key=lambda table: table.name)


def _anchor(table: Table) -> str:
    return f"{table.schema}{table.name}"


def _diagram(schema: str) -> str:
    tables = _tables(schema)
    lines = [line for table in tables for line in (*_entity(table), *_relations(table))]
    return "\n".join(["```mermaid", "erDiagram", *lines, "```"])


def _entity(table: Table) -> Iterator[str]:
    yield f"    {table.name} {{"
    for column in table.columns:
        if column.primary_key or column.foreign_keys or _target(table, column) is not None:
            key = " PK" if column.primary_key else " FK" if column.foreign_keys else ""
            yield f"        {_short_type(column)} {column.name}{key}"
    yield "    }"


def _relations(table: Table) -> Iterator[str]:
    for foreign in sorted(table.foreign_key_constraints, key=lambda item: str(item.name)):
        yield f'    {foreign.referred_table.name} ||--o{{ {table.name} : "{foreign.column_keys[0]}"'
    for column in table.columns:
        target = None if column.foreign_keys else _target(table, column)
        if target is not None:
            yield f'    {target.name} ||..o{{ {table.name} : "{column.name}"'


def _target(table: Table, column: Column[object]) -> Table | None:
    """The table that a column names by its id, with or without a foreign key."""
    found = _BY_KEY.get("person_id" if column.name in _PEOPLE else column.name)
    return None if found is table else found


def _single_keys() -> dict[str, Table]:
    keys = ((tuple(table.primary_key.columns.keys()), table) for table in metadata.sorted_tables)
    found = {key[0]: table for key, table in keys if len(key) == 1 and key[0].endswith("_id")}
    return found | {
        "person_id": metadata.tables["pii.persons"],
        "import_id": metadata.tables["ops.imports"],
    }


def _section(table: Table) -> str:
    parts = [f"### {table.schema}.{table.name}", f"{table.comment}", _access(table)]
    return "\n\n".join([*parts, _columns(table), _rules(table)])


def _access(table: Table) -> str:
    name = f"{table.schema}.{table.name}"
    writers = grants.writers(name)
    readers = [role for role in grants.GRANTS[name] if role not in writers]
    lines = [f"- Written by {_listed(writers)}."]
    if readers:
        lines.append(f"- Read by {_listed(readers)}.")
    return "\n".join([*lines, *_visibility(name)])


def _visibility(name: str) -> Iterator[str]:
    if rows := policies.SERVICE_ROWS.get(name):
        yield f"- A service sees and writes the rows where `{rows}`."
    if (rows := policies.TENANT_ROWS.get(name)) and set(grants.GRANTS[name]) & set(TENANTS):
        yield f"- A company sees the rows where `{rows}`."
    if why := policies.SHARED_WITH_TENANTS.get(name):
        yield f"- A company sees every row. {why}"


def _listed(roles: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{role}`" for role in roles)


def _columns(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {_type(column)} | {_default(column)} | {_cell(column.comment)} |"
        for column in table.columns
    ]
    return "\n".join(["| column | type | default | |", "|---|---|---|---|", *rows])


def _type(column: Column[object]) -> str:
    compiled = column.type.compile(dialect=ddl.DIALECT).lower()
    return compiled + ("" if not column.nullable else ", null")


def _short_type(column: Column[object]) -> str:
    return _type(column).split(",")[0].split("(")[0].replace("[]", "_array").split(" ")[0]


def _default(column: Column[object]) -> str:
    if column.computed is not None:
        return f"`{column.computed.sqltext}`"
    if column.server_default is None:
        return ""
    return f"`{getattr(column.server_default, 'arg', '')}`"


def _rules(table: Table) -> str:
    constraints = sorted(table.constraints, key=lambda item: str(item.name))
    indexes = sorted(table.indexes, key=lambda item: str(item.name))
    return "\n".join(
        [
            *(f"- {_described(item)}{_because(item.comment)}" for item in constraints),
            *map(_index, indexes),
        ]
    )


def _described(item: Constraint) -> str:
    match item:
        case CheckConstraint():
            return f"check `{item.sqltext}`"
        case ForeignKeyConstraint():
            return f"`{item.column_keys[0]}` refers to `{item.referred_table}`"
        case UniqueConstraint():
            return f"unique ({', '.join(item.columns.keys())})"
        case _:
            return f"primary key ({', '.join(item.table.primary_key.columns.keys())})"


def _index(item: Index) -> str:
    where = item.dialect_options["postgresql"].get("where")
    condition = "" if where is None else f" where `{where}`"
    kind = "unique index" if item.unique else "index"
    return f"- {kind} ({', '.join(item.columns.keys())}){condition}{_because(item.info['why'])}"


def _because(why: str | None) -> str:
    return f": {why}" if why else ""


def _cell(words: str | None) -> str:
    return (words or "").replace("|", "\\|")


_BY_KEY = _single_keys()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
