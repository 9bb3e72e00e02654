"""Packed events are kept as they are: compressing them cost a third of their writing."""

from shared_schema.migrations import frozen

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
