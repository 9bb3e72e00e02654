"""What a database really holds, read from its catalogue, to be held against what is declared."""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection

from shared_schema import grants
from shared_schema.grants import Grant
from shared_schema.roles import OWNER
from shared_schema.tables import SCHEMAS

Rows = list[tuple[Any, ...]]

_TABLE_GRANTS = """
SELECT c.oid::regclass::text,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type, ''
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s) AND c.relkind NOT IN ('i', 'I')
UNION ALL
SELECT c.oid::regclass::text,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
    a.privilege_type, t.attname
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s)
"""

_FUNCTION_GRANTS = """
SELECT replace(p.oid::regprocedure::text, ',', ', '),
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type, ''
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE n.nspname = ANY (%(schemas)s)
"""

_SCHEMA_GRANTS = """
SELECT n.nspname,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, a.privilege_type, ''
FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname = ANY (%(schemas)s)
"""

_SNAPSHOT: dict[str, LiteralString] = {
    "columns": """
        SELECT c.oid::regclass::text, t.attnum, t.attname, format_type(t.atttypid, t.atttypmod),
            t.attnotnull, t.attgenerated::text, t.attstorage::text,
            pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, t.attnum)
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = t.attnum
        WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s)
            AND c.relkind = 'r' AND t.attnum > 0
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid),
            obj_description(oid, 'pg_constraint')
        FROM pg_constraint WHERE connamespace::regnamespace::text = ANY (%(schemas)s)
    """,
    "indexes": """
        SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid),
            obj_description(indexrelid, 'pg_class')
        FROM pg_index JOIN pg_class c ON c.oid = indexrelid
        WHERE c.relnamespace::regnamespace::text = ANY (%(schemas)s)
    """,
    "tables": """
        SELECT oid::regclass::text, relkind::text, relowner::regrole::text, relrowsecurity,
            relforcerowsecurity, reloptions, obj_description(oid, 'pg_class')
        FROM pg_class
        WHERE relnamespace::regnamespace::text = ANY (%(schemas)s) AND relkind <> 'i'
    """,
    "policies": """
        SELECT schemaname || '.' || tablename, policyname, cmd, roles::text[], qual, with_check
        FROM pg_policies WHERE schemaname = ANY (%(schemas)s)
    """,
    "grants": _TABLE_GRANTS,
    "function grants": _FUNCTION_GRANTS,
    "schema grants": _SCHEMA_GRANTS,
}


def read(connection: Connection[Any], query: LiteralString) -> Rows:
    """The rows of a query over the catalogue; `%(schemas)s` stands for our schemas."""
    return connection.execute(query, {"schemas": list(SCHEMAS)}).fetchall()


def snapshot(connection: Connection[Any]) -> dict[str, set[str]]:
    """Everything about tables and grants that can differ, as text, by kind."""
    return {
        kind: {repr(row) for row in read(connection, query)} for kind, query in _SNAPSHOT.items()
    }


def granted(connection: Connection[Any]) -> set[Grant]:
    """Every privilege on our schemas, tables and functions, but for the owner's own."""
    rows = [
        row
        for query in (_TABLE_GRANTS, _FUNCTION_GRANTS, _SCHEMA_GRANTS)
        for row in read(connection, query)
    ]
    return {Grant(*row) for row in rows if row[1] != OWNER}


def declared() -> set[Grant]:
    """Every privilege of the declared list."""
    return {*grants.table_grants(), *grants.function_grants(), *grants.schema_grants()}


def drift(connection: Connection[Any]) -> Iterator[str]:
    """Yield a sentence for each privilege that is declared and missing, or there undeclared."""
    have, want = granted(connection), declared()
    for grant in sorted(want - have):
        yield f"{grant.role} lacks {grant.privilege} on {grant.object}"
    for grant in sorted(have - want):
        yield f"{grant.role} has {grant.privilege} on {grant.object}, which is not declared"
