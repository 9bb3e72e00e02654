"""A company's figures know which facts the company imported itself: those protect nobody."""

from shared_schema.migrations import frozen

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
