"""Webhooks become rows of imports: which ones, and by which channel an import came."""

from shared_schema.migrations import frozen

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
