"""The journal."""

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostId
from pressroom.core.redact import redact_text
from pressroom.store import tables as t
from pressroom.store.database import Database

_LIST = (
    select(*[t.journal_events.c[field.name] for field in dataclasses.fields(JournalEvent)])
    .where(t.journal_events.c.post_id == bindparam("post_id"))
    .order_by(t.journal_events.c.id)
)


def event_row(event: JournalEvent) -> dict[str, Any]:
    """Give the row of an event: its text without secrets and NULs."""
    row = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    return {**row, "text": redact_text(event.text).replace("\0", "")}


class SqlEvents:
    """`core.repositories.Events` over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, event: JournalEvent) -> None:
        """Add one line to a post's history."""
        with self._database.writing() as connection:
            connection.execute(insert(t.journal_events), event_row(event))

    def list(self, post_id: PostId) -> tuple[JournalEvent, ...]:
        """Give a post's history in the order it was written."""
        with self._database.reading() as connection:
            rows = connection.execute(_LIST, {"post_id": post_id}).mappings()
            return tuple(JournalEvent(**row) for row in rows)

    def delete_before(self, moment: datetime) -> int:
        """Drop older events."""
        with self._database.writing() as connection:
            return connection.execute(delete(t.journal_events).where(t.journal_events.c.at < moment)).rowcount
