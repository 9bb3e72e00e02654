"""What must stand before services start: signing keys, schema, reference rows, passwords.

Run as `python -m waymark.preparing`; reads WAYMARK_POSTGRES_URL, WAYMARK_JWT_PRIVATE_KEYS (a path,
made if missing) and WAYMARK_ROLE_PASSWORDS (a JSON object of login to password).
"""

import json
import os
from pathlib import Path

import psycopg

from shared_schema import migrate, roles, seed
from shared_utils.auth import generate_keyset


def main() -> None:
    """Safe to run again; the order doesn't matter to who reads it later."""
    keys = Path(os.environ["WAYMARK_JWT_PRIVATE_KEYS"])
    if not keys.exists():
        generate_keyset(keys)
    url = os.environ["WAYMARK_POSTGRES_URL"]
    migrate.upgrade(url)
    seed.seed(url)
    with psycopg.connect(url, autocommit=True) as connection:
        roles.set_passwords(connection, json.loads(os.environ["WAYMARK_ROLE_PASSWORDS"]))


if __name__ == "__main__":
    main()
