"""Assumptions carry their source's range; scores are found by the fact that they speak of."""

from shared_schema.migrations import frozen

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
