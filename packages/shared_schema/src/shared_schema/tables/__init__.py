"""Every table, a module or two a PostgreSQL schema; importing this package fills `metadata`."""

from shared_schema.base import Base
from shared_schema.tables import auth, figures, identity, insight, ops, pii, program, shown

metadata = Base.metadata
SCHEMAS = ("pii", "program", "insight", "auth", "ops")

__all__ = [
    "SCHEMAS",
    "auth",
    "figures",
    "identity",
    "insight",
    "metadata",
    "ops",
    "pii",
    "program",
    "shown",
]
