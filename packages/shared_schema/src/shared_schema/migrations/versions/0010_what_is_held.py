"""Which company was shown which figure; and what is held about a person in any service."""

from shared_schema.migrations import frozen

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "01_tables.sql", "02_functions.sql", "03_grants.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
