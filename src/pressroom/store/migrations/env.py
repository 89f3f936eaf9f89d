"""Run by Alembic: migrates on the caller's connection, in its transaction."""

from alembic import context

from pressroom.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
