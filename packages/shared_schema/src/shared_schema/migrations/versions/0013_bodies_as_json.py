"""A webhook's body is exported whatever is in it: other alphabets, or no JSON at all."""

from shared_schema.migrations import frozen

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(revision, "functions.sql")


def downgrade() -> None:
    frozen.run(revision, "down.sql")
