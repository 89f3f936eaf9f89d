"""A post's own idempotency key is its program's, so that two programs' `order-1` do not meet."""

import sqlalchemy as sa
from alembic import op

from pressroom.store.columns import Key

revision = "0019"
down_revision = "0018"

# Keys that a program took are of its posts.
_PROGRAM = "(SELECT coalesce(max(actor), '') FROM posts WHERE posts.id = post_id AND actor LIKE 'program:%')"
_TABLE = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'idempotency_keys'")
_INDEXES = sa.text(
    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'idempotency_keys' AND sql IS NOT NULL"
    " ORDER BY name"
)
_OLD, _NEW = 'PRIMARY KEY (account, "key")', 'PRIMARY KEY (account, program, "key")'


def upgrade() -> None:
    """Add the program to the primary key; empty for persons, whose processes share their keys."""
    if op.get_bind().dialect.name == "sqlite":
        _make_keys_anew()
        return
    # Deferred checks of earlier revisions may wait in this transaction, and would forbid changing the table.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.add_column("idempotency_keys", sa.Column("program", Key, nullable=False, server_default=""))
    op.execute(f"UPDATE idempotency_keys SET program = {_PROGRAM}")  # noqa: S608  # our words
    op.alter_column("idempotency_keys", "program", server_default=None)
    op.drop_constraint("pk_idempotency_keys", "idempotency_keys", type_="primary")
    op.create_primary_key("pk_idempotency_keys", "idempotency_keys", ["account", "program", "key"])


def _make_keys_anew() -> None:
    # SQLite changes no primary key; see revision 0011 on batches of Alembic's.
    connection = op.get_bind()
    table: str = connection.execute(_TABLE).scalar_one()
    indexes = connection.execute(_INDEXES).scalars().all()
    columns, first, rest = table.partition("(")[2].rpartition(")")[0].partition("CONSTRAINT")
    constraints = f"{first}{rest}".replace(_OLD, _NEW)
    op.execute(f"CREATE TABLE new_keys ({columns}program VARCHAR NOT NULL, {constraints})")
    names = ", ".join(
        f'"{column["name"]}"' for column in sa.inspect(connection).get_columns("idempotency_keys")
    )
    op.execute(
        f"INSERT INTO new_keys ({names}, program) SELECT {names}, {_PROGRAM} FROM idempotency_keys"  # noqa: S608  # our words
    )
    op.execute("DROP TABLE idempotency_keys")
    op.execute("ALTER TABLE new_keys RENAME TO idempotency_keys")
    for index in indexes:
        op.execute(index)
