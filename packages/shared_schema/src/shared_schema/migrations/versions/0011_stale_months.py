"""Figures go stale: which months of which companies are to be computed anew."""

from shared_schema.migrations import frozen

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
