"""Run by Alembic: migrate on the connection, and in the transaction, that was handed in."""

from alembic import context

from pressroom.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
