"""A pair of people who may be one has an id of its own, and the model that scored it."""

from shared_schema.migrations import frozen

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "up.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
