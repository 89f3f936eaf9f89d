"""Run by Alembic: migrates on the caller's connection, in its transaction."""

from alembic import context

from pressroom.store.tables import metadata, with_conditions

connection, wanted = context.config.attributes["connection"], with_conditions(metadata)
context.configure(connection=connection, target_metadata=wanted)
context.run_migrations()
