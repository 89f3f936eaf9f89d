"""The statements that make a new SQLite store, as the migrations make it."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pressroom.store.history import OURS, STATEMENT_END, migrate_in_place


def text() -> str:
    """Return them, from a store that goes through every migration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        migrate_in_place(path, replace(OURS, new_file=None))
        with closing(sqlite3.connect(path)) as connection:
            # Without their own transaction: they run in that of whoever opens the store.
            statements = list(connection.iterdump())[1:-1]
    script = STATEMENT_END.join(statement.removesuffix(";") for statement in statements)
    return "".join(f"{line.rstrip()}\n" for line in script.splitlines())
