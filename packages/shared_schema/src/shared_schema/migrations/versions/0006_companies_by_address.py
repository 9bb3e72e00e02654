"""A dry run may ask which companies' domains people's addresses have, without reading addresses."""

from shared_schema.migrations import frozen

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "functions.sql", "grants.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
