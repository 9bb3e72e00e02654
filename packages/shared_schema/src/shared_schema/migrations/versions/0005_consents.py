"""Consents say how they are known and come to yes or no, which tenants' words and scores obey."""

from shared_schema.migrations import frozen

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "01_tables.sql", "02_functions.sql", "03_grants.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
