"""Alembic's migrations of the tables. `env` runs in the transaction that `pressroom.store.store` opens."""
