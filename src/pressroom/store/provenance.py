"""Which copy of a store this is, and whether a newer one has published since: docs/decisions/0031.

The store itself keeps its identity, which copies share, its place, and its heartbeat: when a worker last
certainly drove it. A mark outside the data directory repeats the heartbeat and names the newest send. A mark
that knows more than the store proves that the store was set back.
"""

import contextlib
import logging
import os
import platform
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from pressroom.core.post import Freshness, Gap, PostId
from pressroom.core.stored_posts import KEY_LIFETIME, PostSave
from pressroom.store import tables as t
from pressroom.store.columns import Row
from pressroom.store.database import Database
from pressroom.store.location import Location
from pressroom.store.writing import DRIVEN_AT

log: Final = logging.getLogger("pressroom.store")

_IDENTITY, _PLACE = "store_identity", "store_place"
_GAPS = "store_gaps"
_NAMES = (_IDENTITY, _PLACE, DRIVEN_AT, _GAPS)
# A send is stored before its heartbeat may be, and clocks are read at different moments.
_MARGIN = timedelta(minutes=1)
# Restarts in a row make one gap: a store in a container would otherwise collect thousands.
_JOINED_WITHIN = timedelta(hours=1)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine last knew of a store.

    post, revision: the post that was last about to be published or commented on, as it was stored then.
    """

    driven_at: datetime
    post: PostId | None = None
    revision: int = 0


_DECODER = msgspec.json.Decoder(Mark)
# A mark is written in place and padded, so that a process which is killed never leaves half of one.
_MARK_BYTES = 1024


class Provenance:
    """The identity, place, heartbeat and gaps of a store, and its mark on this machine.

    Operations that ask the database raise StoreFailed. A mark that cannot be used only costs time: posts that
    are due at a start then wait until lists have settled.
    """

    def __init__(self, database: Database, marks: Path | None) -> None:
        """Read nothing yet. marks: the directory of this machine's marks; None for a look at a store."""
        self._database = database
        # A mark in the data directory is copied and set back with it, and proves nothing.
        path = database.location.path
        is_inside = path and marks and marks.resolve().is_relative_to(path.parent.resolve())
        self._marks = None if is_inside else marks
        self._known: Mapping[str, str] = {}
        self._mark: Mark | None = None
        self.known_gaps: tuple[Gap, ...] = ()
        database.on_saved = self._note_writes

    @property
    def identity(self) -> str:
        """The identity of the store, which its copies share. An older store without one gets it here."""
        while _IDENTITY not in self._known and _IDENTITY not in self._read():
            self.renew_identity()
        return self._known[_IDENTITY]

    def renew_identity(self) -> None:
        """Make a copy of a store one of its own."""
        self._write({_IDENTITY: uuid.uuid4().hex})
        self._mark = None

    def mark_as_new(self) -> None:
        """Write the mark of a store that was created just now."""
        self._read()
        self._write_mark(Mark(driven_at=_time_of(self._known[DRIVEN_AT])))

    def freshness(self) -> Freshness:
        """Tell whether a newer copy of the store may have published. Reads the gaps, too."""
        stored, identity = self._read(), self.identity
        mark = self._mark = self._read_mark(identity)
        if self._has_moved(stored, mark):
            return Freshness.OLDER
        if mark is None:
            return Freshness.UNKNOWN
        driven_at = stored.get(DRIVEN_AT)
        if driven_at is None or mark.driven_at > _time_of(driven_at) or self._is_behind(mark):
            return Freshness.OLDER
        return Freshness.CURRENT

    def _has_moved(self, stored: Mapping[str, str], mark: Mark | None) -> bool:
        """Return whether the store may be a copy of one that is used in another place.

        A directory that was renamed is not: the mark of the same machine knows it as it is.
        """
        path, place = self._database.location.path, stored.get(_PLACE)
        if path is None or place == (here := place_of(path)):
            return False
        is_same_machine = place is not None and place.partition(":")[0] == here.partition(":")[0]
        is_known = mark is not None and mark.driven_at.isoformat() == stored.get(DRIVEN_AT)
        return not (is_same_machine and is_known)

    def gap_until(self, now: datetime, *, otherwise: datetime | None, is_proven: bool) -> Gap:
        """Return the gap between the heartbeat and now.

        otherwise: counts as the heartbeat of a store that an earlier release wrote.
        """
        driven_at = self._read().get(DRIVEN_AT)
        last = _time_of(driven_at) if driven_at else otherwise or now
        return Gap(began_at=min(last, now) - _MARGIN, ended_at=now, is_proven=is_proven)

    def record(self, gap: Gap) -> None:
        """Store a gap, which no later heartbeat or send moves or closes."""
        kept = [old for old in _gaps_of(self._read()) if old.ended_at > gap.ended_at - KEY_LIFETIME]
        if kept and kept[-1].is_proven is gap.is_proven and gap.began_at - kept[-1].ended_at < _JOINED_WITHIN:
            last = kept.pop()
            gap = Gap(
                began_at=min(last.began_at, gap.began_at),
                ended_at=max(last.ended_at, gap.ended_at),
                is_proven=gap.is_proven,
            )
        self._write({_GAPS: msgspec.json.encode([*kept, gap]).decode()})

    def drive_from_here(self, now: datetime) -> None:
        """Note that the store is driven from this place from now on, once what may be live is looked for."""
        path = self._database.location.path
        self._database.driven_at = None
        self._write({_PLACE: place_of(path)} if path else {})
        self.beat(now)

    def beat(self, now: datetime) -> bool:
        """Write the heartbeat to the store and the mark; False where the store was set back meanwhile.

        Nothing is written then: the caller records the gap first.
        """
        with self._database.writing() as connection:
            stored = connection.execute(_DRIVEN.with_for_update()).scalar()
            last = _time_of(stored) if stored else None
            ours = self._database.driven_at
            if ours and (last is None or last < ours):
                return False
            # Of several machines whose clocks differ, the later time stands.
            driven_at = max(last or now, now)
            self._put(connection, {DRIVEN_AT: driven_at.isoformat()})
        self._read()
        self._database.driven_at = driven_at
        mark = self._last_mark() or Mark(driven_at=driven_at)
        self._write_mark(msgspec.structs.replace(mark, driven_at=driven_at))
        return True

    def _note_writes(self, saves: Sequence[PostSave]) -> None:
        """Name in the mark, once it is committed, what Instagram is about to be sent."""
        written = [
            save.post
            for save in saves
            if len(save.post.sends) > len(save.was.sends)
            or save.post.comment_committed_at != save.was.comment_committed_at
        ]
        if written and (mark := self._last_mark()):
            post = written[-1]
            self._write_mark(Mark(driven_at=mark.driven_at, post=post.id, revision=post.revision))

    def _last_mark(self) -> Mark | None:
        if self._mark is None and self._marks:
            self._mark = self._read_mark(self.identity)
        return self._mark

    def _is_behind(self, mark: Mark) -> bool:
        """Return whether the store lacks what the mark says was stored last."""
        if mark.post is None:
            return False
        query = sa.select(t.posts.c.revision).where(t.posts.c.id == mark.post)
        with self._database.reading() as connection:
            revision = connection.execute(query).scalar()
        return revision is None or revision < mark.revision

    def _read(self) -> Mapping[str, str]:
        with self._database.reading() as connection:
            rows = connection.execute(_ROWS)
            self._known = {row.name: row.value for row in rows}
        self.known_gaps = _gaps_of(self._known)
        return self._known

    def _write(self, values: Mapping[str, str]) -> None:
        with self._database.writing() as connection:
            self._put(connection, values)
        self._read()

    def _put(self, connection: sa.Connection, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            connection.execute(self._database.insert_missing(t.options, {"name": name, "value": value}))
            connection.execute(sa.update(t.options).where(t.options.c.name == name).values(value=value))

    def _read_mark(self, identity: str) -> Mark | None:
        if self._marks is None:
            return None
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return _DECODER.decode((self._marks / identity).read_bytes())
        return None

    def _write_mark(self, mark: Mark) -> None:
        self._mark = mark
        if self._marks is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._marks.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._marks / self.identity, flags, 0o600)
            try:
                os.pwrite(descriptor, msgspec.json.encode(mark).ljust(_MARK_BYTES), 0)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.info("the mark of the store could not be written: %s: %s", self._marks, error.strerror)


_ROWS = sa.select(t.options).where(t.options.c.name.in_(_NAMES))
_DRIVEN = sa.select(t.options.c.value).where(t.options.c.name == DRIVEN_AT)


def rows_of_new_store(location: Location, identity: str, now: datetime) -> list[Row]:
    """Return the rows of `options` that a store gets when it is created, so that a copy is known as one."""
    values: dict[str, Any] = {_IDENTITY: identity, DRIVEN_AT: now.isoformat()}
    if location.path:
        values[_PLACE] = place_of(location.path)
    return [{"name": name, "value": value} for name, value in values.items()]


def place_of(path: Path) -> str:
    """Return the machine and the path of a store."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        # The names of containers change with each start and are left out.
        machine = "" if platform.system() == "Linux" else platform.node()
    return f"{machine}:{path.resolve()}"


def _gaps_of(stored: Mapping[str, str]) -> tuple[Gap, ...]:
    return msgspec.json.decode(stored.get(_GAPS, "[]"), type=tuple[Gap, ...])


def _time_of(text: str) -> datetime:
    return datetime.fromisoformat(text)
