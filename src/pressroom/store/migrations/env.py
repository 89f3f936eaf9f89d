"""Run by Alembic: migrates on the caller's connection, in its transaction."""

from alembic import context

from pressroom.store import tables
from pressroom.store.columns import metadata, with_conditions

# Imported for its tables, which declare themselves in `metadata`.
_DECLARED = tables

_connection, _metadata = context.config.attributes["connection"], with_conditions(metadata)
context.configure(connection=_connection, target_metadata=_metadata)
context.run_migrations()
