"""Everything that the design names, from an empty database."""

from shared_schema.migrations import frozen

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    frozen.run(
        revision,
        "01_roles.sql",
        "02_foundations.sql",
        "03_pii.sql",
        "04_program.sql",
        "05_insight.sql",
        "06_auth.sql",
        "07_ops.sql",
        "08_functions.sql",
        "09_row_security.sql",
        "10_grants.sql",
    )


def downgrade() -> None:
    frozen.run(revision, "down.sql")
