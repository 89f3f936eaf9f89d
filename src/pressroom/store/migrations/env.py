"""Run by Alembic: migrates on the caller's connection, in its transaction."""

from alembic import context

from pressroom.store import app_table, pause_table, tables
from pressroom.store.columns import metadata, with_conditions

# Imported for their tables, which declare themselves in `metadata`.
_DECLARED = (app_table, pause_table, tables)

_connection, _wanted = context.config.attributes["connection"], with_conditions(metadata)
context.configure(connection=_connection, target_metadata=_wanted)
context.run_migrations()
