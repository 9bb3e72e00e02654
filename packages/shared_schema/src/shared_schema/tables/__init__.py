"""Every table, one module a PostgreSQL schema; importing this package fills `metadata`."""

from shared_schema.base import Base
from shared_schema.tables import auth, insight, ops, pii, program

metadata = Base.metadata
SCHEMAS = ("pii", "program", "insight", "auth", "ops")

__all__ = ["SCHEMAS", "auth", "insight", "metadata", "ops", "pii", "program"]
