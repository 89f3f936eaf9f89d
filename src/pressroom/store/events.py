"""The journal of events, and its order, so that a reader that resumes misses nothing: docs/decisions/0012.

PostgreSQL assigns an id before the commit, so a higher id may be committed first. Events are therefore
ordered by transaction, and only those below the oldest running transaction are returned. SQLite has one
writer at a time: its ids are in commit order, and AUTOINCREMENT reuses none.
"""

import dataclasses
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from pressroom.core.account import shown_account
from pressroom.core.actor import KeyId
from pressroom.core.journal import (
    CHANGED,
    Changes,
    Entry,
    FieldChange,
    JournalEvent,
    SubjectKind,
    Trail,
    TrailEntry,
    TrailQuery,
    UnusableCursor,
)
from pressroom.core.post import Post
from pressroom.core.requests import RequestEffect
from pressroom.core.secret import redact_text
from pressroom.core.stored_posts import PostSave
from pressroom.core.when import with_zone
from pressroom.store import tables as t
from pressroom.store.columns import Key, Row, is_among, json_text
from pressroom.store.database import Database, Prepared, Writes
from pressroom.store.identity import account_of, login_of, resolve_account
from pressroom.store.requests import note_effect, running

_CURSOR = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)
# The position behind the last event that was deleted: no older cursor can be gone on from.
_BEGINS = "journal_begins"
_IS_BEGINNING = t.options.c.name == _BEGINS
# Where the journal ends, and where it begins: one statement, since it is all that most looks ask.
# pg_snapshot_xmin: every transaction below it has ended, so nothing can still appear before it.
# sqlite_sequence rather than max(id): it outlives the deletion of old events.
_ENDS = {
    "sqlite": sa.text(
        "SELECT 0, coalesce(max(seq), 0) + 1, (SELECT value FROM options WHERE name = :begins) "
        "FROM sqlite_sequence WHERE name = 'journal_events'"
    ).bindparams(begins=_BEGINS),
    "postgresql": sa.text(
        "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint), 0, "
        "(SELECT value FROM options WHERE name = :begins)"
    ).bindparams(begins=_BEGINS),
}
# This server has not assigned such a number yet: the row came from another server's pg_dump.
_OF_ANOTHER_SERVER = t.journal_events.c.transaction_id >= sa.text(
    "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)"
)
_EVENT = dataclasses.fields(JournalEvent)
_EVENTS = sa.select(*[t.journal_events.c[field.name] for field in _EVENT])
_ORDER = (t.journal_events.c.transaction_id, t.journal_events.c.id)
_OF_KIND = _EVENTS.where(t.journal_events.c.subject_kind == sa.bindparam("kind"))
# Those without words are for followers alone.
_LIST = (
    _OF_KIND.where(t.journal_events.c.subject_id == sa.bindparam("subject"))
    .where(t.journal_events.c.text != "")
    .order_by(t.journal_events.c.id)
)
_LIST_OF_ACCOUNT = (
    _OF_KIND.where(t.journal_events.c.subject_id == account_of("subject"))
    .where(t.journal_events.c.text != "")
    .order_by(t.journal_events.c.id)
)
_VALID_KEYS = Prepared(sa.select(t.keys.c.id).where(t.keys.c.revoked_at.is_(None)))
_NEWEST = sa.select(t.journal_events.c.at).order_by(t.journal_events.c.at.desc()).limit(1)

# At import, in one thread: see `store.post_rows`.
_CHANGED = msgspec.json.Decoder(tuple[FieldChange, ...])
_CALLS = msgspec.json.Decoder(tuple[str, ...])
_SUBJECT = t.journal_events.c.subject_id
# Whose post or account an event is about; null where that is gone, and for what is of no account.
_SUBJECTS_ACCOUNT = sa.case(
    (t.journal_events.c.subject_kind == SubjectKind.ACCOUNT.value, _SUBJECT),
    # A program chooses the id of an upload, and may choose that of a post.
    (t.journal_events.c.subject_kind == SubjectKind.UPLOAD.value, None),
    else_=sa.select(t.posts.c.account).where(t.posts.c.id == _SUBJECT).scalar_subquery(),
)
_CHANGES = _EVENTS.add_columns(*_ORDER, _SUBJECTS_ACCOUNT.label("account")).order_by(*_ORDER)
_LOGIN = sa.select(login_of(sa.bindparam("account", type_=Key)))
_TRAIL = (
    _EVENTS.add_columns(t.journal_events.c.id, _SUBJECTS_ACCOUNT.label("account"))
    .where(t.journal_events.c.actor.is_not(None), t.journal_events.c.text != "")
    .order_by(t.journal_events.c.id.desc())
)


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
        with self._database.looking() as connection:
            rows = connection.execute(listing, {"kind": kind, "subject": subject_id}).mappings().all()
        return tuple(map(_event, rows))

    def changes(self, after: str | None = None, limit: int = 100) -> Changes:
        """Return the events after a cursor: none is left out, each comes once, whichever process wrote it.

        after: None for no events and the current cursor. On a server an event is delayed while an older
        transaction is still running. Raises UnusableCursor for a cursor of another store, and for one behind
        which events were deleted.
        """
        with self._database.reading() as connection:
            *numbers, begins = connection.execute(_ENDS[connection.dialect.name]).one()
            end, begins = Position(*numbers), _position_of(begins or "")
            if after is None:
                return Changes((), str(end))
            # From the cursor, inclusive, to the end, exclusive.
            start = _position_of(after)
            # A cursor past the end, as after restoring a backup, would skip everything written until the ids
            # catch up with it.
            if start is None or start > end:
                raise UnusableCursor(
                    after,
                    f"The cursor {after!r} is not of this store.",
                    fix="Read anew, without a cursor; a store that was put back from a backup has new ones.",
                )
            # One past the end is of the server that a dump was made on.
            if begins and start < begins <= end:
                raise UnusableCursor(
                    after,
                    f"The cursor {after!r} is too old: events after it were deleted.",
                    fix="Read the state anew, and go on from the cursor of that moment.",
                )
            if start == end:
                return Changes((), after)
            # Of the same snapshot: no entry is newer than the revocation of a key that is among these.
            keys = frozenset(KeyId(row.id) for row in _VALID_KEYS.rows(connection, {}))
            here, first = sa.tuple_(*_ORDER), sa.tuple_(*map(sa.literal, start))
            page = _CHANGES.where(here >= first, here < sa.tuple_(*map(sa.literal, end))).limit(limit)
            entries = tuple(
                # A position is right before an event, so the next id is right after this one.
                Entry(_event(row), str(Position(row["transaction_id"], row["id"] + 1)), row["account"])
                for row in connection.execute(page).mappings()
            )
        # A full page may have more behind it; a short one has reached `end`.
        return Changes(entries, entries[-1].cursor if len(entries) == limit else str(end), keys)

    def trail(self, query: TrailQuery) -> Trail:
        """Return a page of what people and programs did to posts and accounts, the newest first."""
        # One row more, which shows whether another page follows.
        c, page = t.journal_events.c, _TRAIL.limit(query.limit + 1)
        if query.account is not None:
            page = page.where(account_of() == _SUBJECTS_ACCOUNT).params(account=query.account)
        if query.accounts is not None:
            page = page.where(is_among(_SUBJECTS_ACCOUNT, query.accounts))
        if query.since is not None:
            page = page.where(c.at >= query.since)
        if query.after is not None:
            page = page.where(c.id < query.after)
        entries = list[TrailEntry]()
        with self._database.reading() as connection:
            rows = connection.execute(page).mappings().all()
            for row in rows:
                account = row["account"]
                if account is not None:
                    login = connection.execute(_LOGIN, {"account": account}).scalar()
                    account = login or shown_account(account)
                entries.append(TrailEntry(_event(row), account))
        if len(rows) <= query.limit:
            return Trail(tuple(entries))
        return Trail(tuple(entries[: query.limit]), rows[query.limit - 1]["id"])

    def newest_at(self) -> datetime | None:
        """Return when the newest event was; None without any."""
        with self._database.reading() as connection:
            return connection.execute(_NEWEST).scalar()

    def delete_before(self, moment: datetime) -> int:
        """Delete events before a moment, and note where the journal begins then; returns how many."""
        is_old = t.journal_events.c.at < moment
        last = sa.select(*_ORDER).where(is_old).order_by(*(column.desc() for column in _ORDER)).limit(1)
        with self._database.writing() as connection:
            if (row := connection.execute(last).one_or_none()) is None:
                return 0
            begins = {"name": _BEGINS, "value": str(Position(row[0], row[1] + 1))}
            connection.execute(self._database.insert_missing(t.options, begins))
            connection.execute(sa.update(t.options).where(_IS_BEGINNING).values(begins))
            return connection.execute(sa.delete(t.journal_events).where(is_old)).rowcount


def append_events(database: Database, connection: sa.Connection, events: Sequence[JournalEvent]) -> None:
    """Insert events."""
    writes = Writes(database, connection)
    write_events(writes, connection, events)
    writes.execute()


def write_events(writes: Writes, connection: sa.Connection, events: Sequence[JournalEvent]) -> None:
    """Insert events among other writes; the first of a running request's program is the request's effect.

    Secrets and NULs are removed from their texts, and accounts resolved to ids. Raises RequestUnderWay.
    """
    # Those of one commit mostly say the same, and each secret is looked for in each text.
    texts = {words: _plain(words) for words in {event.text for event in events}}
    rows = list[Row]()
    for event in events:
        row = {field.name: getattr(event, field.name) for field in _EVENT}
        row["text"] = texts[event.text]
        for column, value in (("changes", event.changes), ("calls", event.calls)):
            row[column] = _plain(json_text(value)) if value else None
        if event.subject_kind is SubjectKind.ACCOUNT:
            row["subject_id"] = resolve_account(connection, event.subject_id)
        rows.append(row)
    writes.insert(t.journal_events, rows)
    first = next((row for row in rows if row["actor"]), None)
    if first and running.get():
        effect = RequestEffect(subject_kind=first["subject_kind"], subject_id=first["subject_id"])
        note_effect(connection, first["actor"], effect)


def events_of(save: PostSave, now: datetime) -> Sequence[JournalEvent]:
    """Return the events of a save, with the version that it makes.

    The last one says what became of the post, where it does not already.
    A save that changes what people see and has none gets one without words, for followers alone: no history
    lists it.
    """
    before, after = _shown(save.was), _shown(save.post)
    changes = tuple(
        FieldChange(name=name, before=old, after=after[name])
        for name, old in before.items()
        if old != after[name]
    )
    version = save.post.version_after(save.was)
    events = [dataclasses.replace(event, version=version) for event in save.events]
    if not changes or (events and events[-1].changes):
        return events
    *earlier, last = events or [JournalEvent(subject_id=save.post.id, at=now, step=CHANGED, version=version)]
    return [*earlier, dataclasses.replace(last, changes=changes)]


def _shown(post: Post) -> dict[str, str | None]:
    postponed_to = with_zone(post.postponed_to, post.timezone) if post.postponed_to else None
    fields = {"state": post.state, "postponed_to": postponed_to}
    return {**fields, "media_id": post.media_id, "permalink": post.permalink}


def _plain(words: str) -> str:
    # PostgreSQL's text type cannot hold NUL.
    return redact_text(words).replace("\0", "")


def _event(row: sa.RowMapping) -> JournalEvent:
    fields: dict[str, Any] = {field.name: row[field.name] for field in _EVENT}
    fields["subject_kind"] = SubjectKind(fields["subject_kind"])
    fields["changes"] = _CHANGED.decode(fields["changes"] or "[]")
    fields["calls"] = _CALLS.decode(fields["calls"] or "[]")
    return JournalEvent(**fields)


class Position(NamedTuple):
    """A position in the journal, right before the event with these numbers, which need not exist yet."""

    transaction_id: int
    id: int

    def __str__(self) -> str:
        return f"{self.transaction_id}-{self.id}"


def _position_of(cursor: str) -> Position | None:
    match = _CURSOR.fullmatch(cursor)
    return Position(int(match[1]), int(match[2])) if match else None


def take_in_restored(database: Database) -> None:
    """Move events that were restored from another server before all others.

    Their transaction numbers are that server's: readers here would not see them until this server had
    counted as far.
    """
    with database.reading() as connection:
        if not connection.execute(sa.select(sa.exists().where(_OF_ANOTHER_SERVER))).scalar():
            return
    with database.writing() as connection:
        connection.execute(sa.update(t.journal_events).where(_OF_ANOTHER_SERVER).values(transaction_id=0))
