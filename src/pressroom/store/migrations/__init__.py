"""How the tables grew, for Alembic. `env` runs in the transaction that `pressroom.store.schema` opens."""
