"""Erasure: who is gone, how far each service is, and the certificate."""

from shared_schema.migrations import frozen

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "functions.sql", "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
