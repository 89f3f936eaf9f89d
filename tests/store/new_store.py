"""New stores without the time that making one takes, each with an identity and a mark of its own."""

import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from pressroom.core.settings import Settings
from pressroom.store.location import Location, locate
from pressroom.store.provenance import Mark, rows_of_new_store
from pressroom.store.store import open_store


def put_new_store(path: Path) -> None:
    """Put an empty store at a path, as `open_store` would make it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_new_file())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM options")
        connection.executemany("INSERT INTO options VALUES (:name, :value)", first_rows(locate(path)))


def first_rows(location: Location) -> list[dict[str, Any]]:
    """Return the options of a new store, and leave its mark on this machine."""
    identity, now = uuid.uuid4().hex, datetime.now(UTC)
    marks = Settings(home=Path()).marks
    assert marks
    marks.mkdir(parents=True, exist_ok=True)
    (marks / identity).write_bytes(msgspec.json.encode(Mark(driven_at=now)))
    return rows_of_new_store(location, identity, now)


@cache
def _new_file() -> bytes:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "pressroom.db"
        open_store(path).close()
        return path.read_bytes()
