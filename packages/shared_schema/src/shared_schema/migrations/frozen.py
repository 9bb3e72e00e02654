"""Runs the SQL files of a version as they were written."""

from importlib.resources import files

from alembic import op


def run(version: str, *names: str) -> None:
    """Execute the named files of `sql/<version>/` in order, in the migration's transaction."""
    folder = files("shared_schema") / "migrations" / "sql" / version
    for name in names:
        sql = (folder / name).read_text(encoding="utf-8")
        op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})
