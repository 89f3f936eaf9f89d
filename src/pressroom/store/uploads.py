"""The repository of uploads: each is its owner's alone, and together they stay within bounds."""

import dataclasses
from collections.abc import Callable, Collection
from datetime import datetime

import sqlalchemy as sa

from pressroom.core.actor import ActorId
from pressroom.core.journal import JournalEvent
from pressroom.core.uploads import Held, Upload, UploadBounds, UploadCursor, UploadId, UploadPage, id_taken
from pressroom.store import tables as t
from pressroom.store.columns import UtcTime
from pressroom.store.database import Database, Writes
from pressroom.store.events import append_events

_c = t.uploads.c
_UPLOADS = sa.select(*[_c[field.name] for field in dataclasses.fields(Upload)])
_NEWEST_FIRST = (_c.created_at.desc(), _c.id.desc())
# Any number that no other lock of ours has.
_ADVISORY_LOCK = 5_281_377_002


class SqlUploads:
    """The uploads of all owners. One that has ended keeps its row until its file is settled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, owner: ActorId, upload_id: UploadId) -> Upload | None:
        """Return an owner's upload, an ended one too; None for none."""
        with self._database.looking() as connection:
            row = connection.execute(_UPLOADS.where(_is(owner, upload_id))).mappings().one_or_none()
        return Upload(**row) if row else None

    def page(self, owner: ActorId, now: datetime, after: UploadCursor | None, limit: int) -> UploadPage:
        """Return a page of an owner's uploads that have not ended, the newest first."""
        # One row more, which shows whether another page follows.
        listing = _UPLOADS.where(_c.owner == owner, _c.ends_at > now).order_by(*_NEWEST_FIRST)
        if after:
            last = sa.tuple_(sa.literal(after.created_at, UtcTime), sa.literal(after.id))
            listing = listing.where(sa.tuple_(_c.created_at, _c.id) < last)
        with self._database.reading() as connection:
            rows = connection.execute(listing.limit(limit + 1)).mappings().all()
        uploads = tuple(Upload(**row) for row in rows[:limit])
        return UploadPage(
            uploads, UploadCursor(uploads[-1].created_at, uploads[-1].id) if len(rows) > limit else None
        )

    def held(self, owner: ActorId, *, but: UploadId | None = None) -> Held:
        """Return what an owner's uploads and all take, ended ones too; but: leave out this one."""
        with self._database.looking() as connection:
            return _held(connection, owner, but)

    def count(self) -> tuple[int, int]:
        """Return how many uploads there are, ended ones too, and their bytes."""
        counts = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(_c.size_bytes), 0))
        with self._database.reading() as connection:
            number, size_bytes = connection.execute(counts.select_from(t.uploads)).one()
        return number, int(size_bytes)

    def add(
        self, upload: Upload, event: JournalEvent, *, bounds: UploadBounds, place: Callable[[], None]
    ) -> None:
        """Store an upload with its event, in place of an earlier one of the same id and content.

        place: puts the file in its place, right before the commit. Whatever it raises, nothing is stored.
        Raises Refused for an id that has other content, and for what is out of bounds.
        """
        with self._database.writing() as connection:
            if not self._database.location.is_sqlite:
                # Two that are stored at once would not see each other's bytes. SQLite has one writer.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            row = connection.execute(_UPLOADS.where(_is(upload.owner, upload.id))).mappings().one_or_none()
            if row and row["sha256"] != upload.sha256:
                raise id_taken(Upload(**row))
            held = _held(connection, upload.owner, upload.id)
            size = upload.size_bytes
            bounds.require(Held(held.of_owner + size, held.of_all + size, held.number + 1))
            writes = Writes(self._database, connection)
            writes.put(t.uploads, [dataclasses.asdict(upload)])
            writes.execute()
            append_events(self._database, connection, [event])
            place()

    def end(self, owner: ActorId, upload_id: UploadId, now: datetime, event: JournalEvent) -> bool:
        """End an upload now, with its event; False where there is none that has not ended."""
        ending = sa.update(t.uploads).where(_is(owner, upload_id), _c.ends_at > now).values(ends_at=now)
        with self._database.writing() as connection:
            if not connection.execute(ending).rowcount:
                return False
            append_events(self._database, connection, [event])
            return True

    def ended(self, now: datetime) -> tuple[Upload, ...]:
        """Return the uploads that have ended."""
        with self._database.looking() as connection:
            rows = connection.execute(_UPLOADS.where(_c.ends_at <= now)).mappings().all()
        return tuple(Upload(**row) for row in rows)

    def forget(self, uploads: Collection[Upload]) -> None:
        """Delete ended uploads whose files are settled; one that was sent again since stays."""
        with self._database.writing() as connection:
            for upload in uploads:
                is_it = sa.and_(_is(upload.owner, upload.id), _c.ends_at == upload.ends_at)
                connection.execute(sa.delete(t.uploads).where(is_it))


def _is(owner: ActorId, upload_id: UploadId) -> sa.ColumnElement[bool]:
    return sa.and_(_c.owner == owner, _c.id == upload_id)


def _held(connection: sa.Connection, owner: ActorId, but: UploadId | None) -> Held:
    is_owners = _c.owner == owner
    total = sa.func.coalesce(sa.func.sum(_c.size_bytes), 0)
    of_owner = sa.func.coalesce(sa.func.sum(sa.case((is_owners, _c.size_bytes), else_=0)), 0)
    number = sa.func.count(sa.case((is_owners, 1)))
    # No id is empty.
    others = sa.select(of_owner, total, number).where(sa.not_(sa.and_(is_owners, _c.id == (but or ""))))
    return Held(*map(int, connection.execute(others).one()))
