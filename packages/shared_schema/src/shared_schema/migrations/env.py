"""What Alembic runs: the migrations, on the connection that `shared_schema.migrate` opened."""

from alembic import context

from shared_schema.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
