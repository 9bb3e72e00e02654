"""What an import is held against: `\\copy` into a text table, and dlt's tuned loader."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from bench.files import HEADER
from psycopg import sql

from waymark.servers.binaries import postgres_programs

DATABASE = "bench_rivals"


def rivals_database(owner_url: str) -> str:
    """A fresh database beside Waymark's, on the same server; its URL."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        name = sql.Identifier(DATABASE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    return urlunsplit(urlsplit(owner_url)._replace(path=f"/{DATABASE}"))


def copied(url: str, path: Path) -> float:
    """Seconds of `psql \\copy` of the file into a table of text columns; psql's start included."""
    columns = ", ".join(f"{name} text" for name in HEADER.split(","))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS raw; CREATE TABLE raw ({columns})".encode())
    started = time.monotonic()
    subprocess.run(
        [_psql(), "--no-psqlrc", "--quiet", url, "-c", f"\\copy raw FROM '{path}' CSV HEADER"],
        check=True,
        capture_output=True,
    )
    return time.monotonic() - started


def copied_rows(url: str) -> int:
    return _count(url, "SELECT count(*) FROM raw")


def _psql() -> str:
    """The system's psql, or that of the PostgreSQL wheel."""
    found = shutil.which("psql") or shutil.which("psql", path=str(postgres_programs(None)))
    if found is None:
        raise FileNotFoundError("there is no psql to compare with: install postgresql-client")
    return found


def loaded_by_dlt(url: str, path: Path, folder: Path) -> float:
    """Seconds that `pipeline.run` of dlt takes in a process of its own; imports not included."""
    command = [sys.executable, "-m", "bench.dlt_loader", url, str(path), str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def rows_of_dlt(url: str) -> int:
    return _count(url, "SELECT count(*) FROM partner.sessions")


def _count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
