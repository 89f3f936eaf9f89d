"""The journal of events."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, bindparam, case, delete, select

from pressroom.core.account import shown_account
from pressroom.core.journal import (
    Changes,
    Entry,
    FieldChange,
    JournalEvent,
    SubjectKind,
    Trail,
    TrailEntry,
    TrailQuery,
)
from pressroom.core.secret import redact_text
from pressroom.store import tables as t
from pressroom.store.changes import Position, end_of, is_between, position_of
from pressroom.store.codec import Row
from pressroom.store.columns import Key
from pressroom.store.database import Database
from pressroom.store.identity import account_of, login_of, resolved
from pressroom.store.many import Writes

_EVENT = dataclasses.fields(JournalEvent)
_EVENTS = select(*[t.journal_events.c[field.name] for field in _EVENT])
_ORDER = (t.journal_events.c.transaction_id, t.journal_events.c.id)
_CHANGES = _EVENTS.add_columns(*_ORDER).order_by(*_ORDER)
_OF_KIND = _EVENTS.where(t.journal_events.c.subject_kind == bindparam("kind"))
_LIST = _OF_KIND.where(t.journal_events.c.subject_id == bindparam("subject")).order_by(t.journal_events.c.id)
_LIST_OF_ACCOUNT = _OF_KIND.where(t.journal_events.c.subject_id == account_of("subject")).order_by(
    t.journal_events.c.id
)
_NEWEST = select(t.journal_events.c.at).order_by(t.journal_events.c.at.desc()).limit(1)

# At import, in one thread: see `store.codec`.
_CHANGED = msgspec.json.Decoder(tuple[FieldChange, ...])
_SUBJECT = t.journal_events.c.subject_id
# Whose post or account an event is about; null where that is gone.
_WHOSE = case(
    (t.journal_events.c.subject_kind == SubjectKind.ACCOUNT.value, _SUBJECT),
    else_=select(t.posts.c.account).where(t.posts.c.id == _SUBJECT).scalar_subquery(),
)
_LOGIN = select(login_of(bindparam("account", type_=Key)))
_TRAIL = (
    _EVENTS.add_columns(t.journal_events.c.id, _WHOSE.label("account"))
    .where(t.journal_events.c.actor.is_not(None))
    .order_by(t.journal_events.c.id.desc())
)


def append_events(database: Database, connection: Connection, events: Sequence[JournalEvent]) -> None:
    """Insert events."""
    writes = Writes(database, connection)
    writes.insert(t.journal_events, event_rows(connection, events))
    writes.execute()


def event_rows(connection: Connection, events: Sequence[JournalEvent]) -> list[Row]:
    """Return the rows of events: secrets and NULs removed from their texts, accounts resolved to ids."""
    # Those of one commit mostly say the same, and each secret is looked for in each text.
    texts = {text: _plain(text) for text in {event.text for event in events}}
    return [_row(connection, event, texts[event.text]) for event in events]


def _row(connection: Connection, event: JournalEvent, text: str) -> Row:
    row = {field.name: getattr(event, field.name) for field in _EVENT}
    if event.subject_kind is SubjectKind.ACCOUNT:
        row["subject_id"] = resolved(connection, event.subject_id)
    return {**row, "text": text, "changes": _spelled(event.changes)}


def _plain(text: str) -> str:
    # PostgreSQL's text type cannot hold NUL.
    return redact_text(text).replace("\0", "")


def _spelled(changes: Sequence[FieldChange]) -> str | None:
    return _plain(msgspec.json.encode(changes).decode()) if changes else None


def _event(row: RowMapping) -> JournalEvent:
    fields: dict[str, Any] = {field.name: row[field.name] for field in _EVENT}
    fields["subject_kind"] = SubjectKind(fields["subject_kind"])
    fields["changes"] = _CHANGED.decode(fields["changes"] or "[]")
    return JournalEvent(**fields)


def _entry(row: RowMapping) -> Entry:
    # A position is right before an event, so the next id is right after this one.
    return Entry(_event(row), str(Position(row["transaction_id"], row["id"] + 1)))


class SqlEvents:
    """The events of posts, accounts and conversations. Accounts are named as in `SqlAccounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, event: JournalEvent) -> None:
        """Store one event; anything that looks like a token is masked."""
        with self._database.writing() as connection:
            append_events(self._database, connection, [event])

    def list(self, subject_id: str, kind: SubjectKind = SubjectKind.POST) -> tuple[JournalEvent, ...]:
        """Return the events of a post, or another subject, in the order they were written."""
        listing = _LIST_OF_ACCOUNT if kind is SubjectKind.ACCOUNT else _LIST
        with self._database.reading() as connection:
            rows = connection.execute(listing, {"kind": kind, "subject": subject_id}).mappings()
            return tuple(map(_event, rows))

    def changes(self, after: str | None = None, limit: int = 100) -> Changes:
        """Return the events after a cursor: none is left out, each comes once, whichever process wrote it.

        after: None for no events and the current cursor. On a server an event is delayed while an older
        transaction is still running. Raises Refused for a cursor of another store.
        """
        with self._database.reading() as connection:
            end = end_of(connection)
            if after is None:
                return Changes((), str(end))
            wanted = _CHANGES.where(is_between(position_of(after, end), end)).limit(limit)
            entries = tuple(map(_entry, connection.execute(wanted).mappings()))
        # A full page may have more behind it; a short one has reached `end`.
        return Changes(entries, entries[-1].cursor if len(entries) == limit else str(end))

    def trail(self, query: TrailQuery) -> Trail:
        """Return a page of what people and programs did to posts and accounts, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_trail(query)).mappings().all()
            entries = tuple(TrailEntry(_event(row), _shown(connection, row["account"])) for row in rows)
        if len(rows) <= query.limit:
            return Trail(entries)
        return Trail(entries[: query.limit], rows[query.limit - 1]["id"])

    def newest_at(self) -> datetime | None:
        """Return when the newest event was; None without any."""
        with self._database.reading() as connection:
            return connection.execute(_NEWEST).scalar()

    def delete_before(self, moment: datetime) -> int:
        """Delete events before a moment; returns how many."""
        with self._database.writing() as connection:
            return connection.execute(delete(t.journal_events).where(t.journal_events.c.at < moment)).rowcount


def _trail(query: TrailQuery) -> Select[*tuple[Any, ...]]:
    """Build the query for a page and one more row, which shows whether another page follows."""
    c, found = t.journal_events.c, _TRAIL.limit(query.limit + 1)
    if query.account is not None:
        found = found.where(account_of() == _WHOSE).params(account=query.account)
    if query.since is not None:
        found = found.where(c.at >= query.since)
    if query.after is not None:
        found = found.where(c.id < query.after)
    return found


def _shown(connection: Connection, account: str | None) -> str | None:
    if account is None:
        return None
    login = connection.execute(_LOGIN, {"account": account}).scalar()
    return login or shown_account(account)
