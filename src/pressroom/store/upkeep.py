"""What `pressroom db` does: upgrade, check, back up, restore."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa

from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import NotFound, Refused, StoreFailed, StoreRefused
from pressroom.core.readings import Thumbnail
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.store import tables as t
from pressroom.store.columns import SCHEMA
from pressroom.store.database import Database, connect
from pressroom.store.failures import failure, translated, unusable
from pressroom.store.files import FileLock, written_aside
from pressroom.store.history import OURS, History, findings_of
from pressroom.store.insights import rows
from pressroom.store.insights import tables as insights
from pressroom.store.location import Location, locate
from pressroom.store.post_rows import POSTS, read_posts
from pressroom.store.store import revision_of_file, upgrade_file, upgrade_server

_PAGE = 500
_TO_UPGRADE = Fix.of("run {}", Remedy(RemedyKind.UPGRADE_STORE))
_EMPTY = "it is empty: nothing was ever stored"
_UNCHANGED: Final = "The present store is unchanged."
_ANOTHER: Final = "Name another backup."
_JPEG: Final = b"\xff\xd8"
# Thumbnails of up to 20 kB among them.
_AT_ONCE: Final = 1000
# Seconds to wait for a locked file before the user is notified, before giving up, and between two tries.
_WAIT_IS_REPORTED_AFTER_S: Final = 2.0
_LOCK_WAIT_S: Final = 15.0
_RETRY_S: Final = 0.25
_IS_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
Result = TypeVar("Result")


class _LockWait:
    """Limits the wait for a SQLite file that another process has locked.

    subject: the file, as messages name it. on_wait: called once with a sentence if the wait lasts 2 s.
    """

    def __init__(self, path: Path, subject: str, on_wait: Callable[[str], None]) -> None:
        self._path = path
        self._subject = subject
        self._on_wait = on_wait
        self._begun = time.monotonic()
        self._is_reported = False

    def note(self, status: int, *_pages: int) -> None:
        """Handle SQLite's status of an attempt. Raises StoreFailed if the file is still locked after 15 s."""
        # Extended codes hold the primary code in their low byte.
        if status & 0xFF not in _IS_LOCKED:
            return
        waited_s = time.monotonic() - self._begun
        if waited_s >= _LOCK_WAIT_S:
            raise StoreFailed(
                f"{self._subject} is locked by another process, and still was after {_LOCK_WAIT_S:g} s.",
                fix=f"End the program that has it open (`fuser {self._path}` lists it), then try again.",
                retryable=True,
            )
        if waited_s >= _WAIT_IS_REPORTED_AFTER_S and not self._is_reported:
            self._is_reported = True
            self._on_wait(
                f"{self._subject} is locked by another process. Waiting, {_LOCK_WAIT_S:g} s at most ..."
            )


def _ignore(_sentence: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade did.

    before: the old revision, None for an empty store. kept: the file's old version.
    """

    before: str | None
    after: str
    kept: Path | None = None


def upgrade(where: Path | Secret | str, *, history: History = OURS, wait_s: float = 10.0) -> Upgrade:
    """Migrate a store to this program's revision, if it is older.

    wait_s: how long to wait for other processes to close the file.
    Raises NotFound without a store, StoreRefused for a newer one, StoreFailed when others keep it open.
    """
    location = _existing(where)
    if location.path:
        lock = FileLock(location.path, wait_s=wait_s)
        try:
            before = revision_of_file(location, history)
            kept = upgrade_file(location, lock, history) if before != history.newest else None
        finally:
            lock.close()
        return Upgrade(before=before, after=history.newest, kept=kept)
    with _database(location) as database:
        with database.reading() as connection:
            before = history.revision_of(connection, location)
        if before != history.newest:
            upgrade_server(database, history)
    return Upgrade(before=before, after=history.newest)


def revision(where: Path | Secret | str, *, history: History = OURS) -> str | None:
    """Return a store's revision without changing it; None where nothing was ever stored.

    Raises NotFound without a store, StoreRefused for a newer one or another program's, StoreFailed.
    """
    location = _existing(where)
    try:
        if location.path:
            return revision_of_file(location, history)
    except OSError as error:
        raise unusable(location.path or Path(), error) from None
    with _database(location) as database, database.reading() as connection:
        return history.revision_of(connection, location)


def check(where: Path | Secret | str, *, on_wait: Callable[[str], None] = _ignore) -> list[str]:
    """Check a store and return what is wrong with it; empty when it is sound.

    on_wait: called with a sentence while another process has the file locked.
    Raises NotFound without a store, StoreRefused and StoreFailed for one that cannot be read.
    """
    location = _existing(where)
    if location.path is None:
        with _database(location) as database:
            return _findings(database)
    lock = FileLock(location.path, wait_s=0)
    try:
        lock.share()
        # Raw SQLite first: our own engine would write its pragmas to a file that may not be ours.
        try:
            with closing(sqlite3.connect(location.path, timeout=0)) as connection:
                findings = _once_unlocked(lambda: findings_of(connection), location.path, on_wait)
        except sqlite3.DatabaseError as error:
            return [failure(error).message]
        if findings or revision_of_file(location) is None:
            return findings or [_EMPTY]
        with _database(location) as database:
            return _findings(database)
    finally:
        lock.close()


def wait_until_unlocked(where: Path | Secret | str, *, on_wait: Callable[[str], None] = _ignore) -> None:
    """Wait while another process has a store's file locked. A missing or damaged file counts as unlocked.

    on_wait: called with a sentence while the file is locked. Raises StoreFailed if it stays locked.
    """
    path = locate(where).path
    if path is None or not path.exists():
        return
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=0)) as connection:
        _once_unlocked(lambda: connection.execute("PRAGMA schema_version"), path, on_wait)


def _once_unlocked(read: Callable[[], Result], path: Path, on_wait: Callable[[str], None]) -> Result:
    """Return what `read` returns. Call it again while another process has the store's file locked."""
    wait = _LockWait(path, f"The store {path}", on_wait)
    while True:
        try:
            return read()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _IS_LOCKED:
                raise
            wait.note(error.sqlite_errorcode)
        time.sleep(_RETRY_S)


def backup(where: Path | Secret | str, target: Path, *, on_wait: Callable[[str], None] = _ignore) -> None:
    """Copy a store's file, also while others write to it.

    The copy appears whole or not at all, and only this user may read it. on_wait: as for `check`.
    Raises NotFound if there is no store, Refused if the target exists, StoreRefused for a store on a server
    (use the server's own tools), StoreFailed if another process keeps the file locked.
    """
    location = _existing(where)
    if location.path is None:
        raise StoreRefused(
            "A store on a server is backed up by the server's own tools.",
            rule="backup",
            value=location.url.get_backend_name(),
            limit="a SQLite file",
            fix=f"Run `pg_dump --schema={SCHEMA} --file={target} DATABASE`.",
        )
    # lexists also sees a link to nothing.
    if os.path.lexists(target):
        raise Refused(f"{target} is there already.", rule="backup", value=str(target), fix="Name a new file.")
    try:
        with written_aside(target) as aside:
            _copy(location.path, aside, f"The store {location.path}", on_wait)
    except OSError as error:
        raise unusable(target, error) from None


def restore(
    where: Path | Secret | str,
    source: Path,
    *,
    kept_as: str,
    on_wait: Callable[[str], None] = _ignore,
) -> Path | None:
    """Replace a store's file by a backup, and return the path at which the earlier file is kept.

    kept_as: suffix of the earlier file's new name. on_wait: called with a sentence while another process has
    the backup locked. Errors about the backup name its path; the store is then unchanged.

    Raises:
        NotFound: the backup does not exist.
        StoreRefused: the store is on a server, or the backup is not a sound store.
        StoreFailed: other processes have the store open or the backup locked.
    """
    location = locate(where)
    if location.path is None:
        raise StoreRefused(
            "A store on a server is restored by the server's own tools.",
            rule="restore",
            value=location.url.get_backend_name(),
            limit="a SQLite file",
            fix="Stop the workers, run `pg_restore`, start them: they look for what went out meanwhile.",
        )
    if not source.exists():
        fix = "Name a file that is a backup of a store."
        raise NotFound(f"There is no backup {source}. {_UNCHANGED}", fix=fix)
    try:
        location.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(location.path, wait_s=0)
        with closing(lock), lock.alone(), written_aside(location.path) as aside:
            with _errors_about(source):
                _copy_sound(source, aside, on_wait)
            return _kept(location.path, kept_as)
    except OSError as error:
        raise unusable(location.path, error) from None


def _copy_sound(source: Path, aside: Path, on_wait: Callable[[str], None]) -> None:
    """Copy a backup and check the copy. Raises StoreRefused and StoreFailed, which name the backup."""
    if not source.is_file():
        raise _unsound(source, "is a directory" if source.is_dir() else "is not a regular file")
    subject = f"The backup {source}"
    _copy(source, aside, subject, on_wait)
    with translated(subject), closing(sqlite3.connect(aside)) as connection:
        findings = findings_of(connection)
    if findings:
        raise _unsound(source, f"is damaged: {' '.join(findings[0].split())}")
    # The copy is read, and messages name the backup.
    if revision_of_file(Location(locate(aside).url, source)) is None:
        raise _unsound(source, "is empty: nothing was ever stored")


def _unsound(source: Path, what: str) -> StoreRefused:
    return StoreRefused(
        f"The backup {source} {what}.", rule="restore", value=str(source), limit="a sound store", fix=_ANOTHER
    )


@contextmanager
def _errors_about(source: Path) -> Generator[None]:
    """Make each error of reading a backup say that the store is unchanged, and what to do instead."""
    try:
        yield
    except StoreRefused as error:
        # Only a newer program's store can be restored by another way than to name another backup.
        fix = error.advice if error.rule == "store_revision" else _ANOTHER
        message = f"{error.message} {_UNCHANGED}"
        raise StoreRefused(message, rule=error.rule, value=error.value, limit=error.limit, fix=fix) from None
    except StoreFailed as error:
        message = f"{error.message} {_UNCHANGED}"
        # A lock or a full disk passes, and is no damage.
        if error.retryable:
            raise StoreFailed(message, fix=error.advice, retryable=True) from None
        limit = "a sound store"
        raise StoreRefused(message, rule="restore", value=str(source), limit=limit, fix=_ANOTHER) from None


def _kept(path: Path, kept_as: str) -> Path | None:
    """Give a store's file another name as well; its own name stays until another file takes it."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.{kept_as}")
    # Folds the log into the file, unless that is damaged: then the log is kept beside it.
    with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
    for end in ("-wal", "-shm"):
        log = path.with_name(f"{path.name}{end}")
        if log.exists():
            log.replace(kept.with_name(f"{kept.name}{end}"))
    kept.hardlink_to(path)
    return kept


def _copy(path: Path, target: Path, subject: str, on_wait: Callable[[str], None]) -> None:
    with (
        translated(subject),
        # Read only: no log is left beside a backup.
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        # By itself `backup` would try a locked file again and again without an end.
        source.backup(copy, progress=_LockWait(path, subject, on_wait).note, sleep=_RETRY_S)


def _existing(where: Path | Secret | str) -> Location:
    location = locate(where)
    if location.path and not location.path.exists():
        raise NotFound(f"There is no store at {location}.", fix="Check PRESSROOM_HOME.")
    return location


@contextmanager
def _database(location: Location) -> Generator[Database]:
    database = Database(location, connect(location), SYSTEM_CLOCK)
    try:
        yield database
    finally:
        database.engine.dispose()


def _findings(database: Database) -> list[str]:
    with database.reading() as connection:
        revision = OURS.revision_of(connection, database.location)
        if revision != OURS.newest:
            return [_EMPTY if revision is None else f"its revision is {revision}: {_TO_UPGRADE}"]
        # Open sends of posts that no worker will look at.
        stray = (
            sa.select(t.sends.c.post_id, sa.func.count())
            .join(t.posts, t.posts.c.id == t.sends.c.post_id)
            .where(t.sends.c.state == "open", t.posts.c.wake_at.is_(None))
            .group_by(t.sends.c.post_id)
        )
        return [
            *_unreadable(connection),
            *(
                f"post {post_id} has {count} open send and wakes no worker"
                for post_id, count in connection.execute(stray)
            ),
            *_insight_findings(connection),
        ]


def _unreadable(connection: sa.Connection) -> Iterator[str]:
    # Pages of ids rather than OFFSET, so that each page is one range of the primary key.
    last = ""
    while True:
        page = connection.execute(POSTS.where(t.posts.c.id > last).order_by(t.posts.c.id).limit(_PAGE)).all()
        if not page:
            return
        # One by one: a damaged post must not hide the others of its page.
        for row in page:
            try:
                read_posts([row])
            except (msgspec.MsgspecError, ValueError) as error:
                yield f"post {row.id} cannot be read: {error}"
        last = page[-1].id


_READERS: Final[dict[sa.Table, Callable[[rows.Values], Any]]] = {
    insights.media: rows.read_media,
    insights.readings: rows.read_reading,
    insights.missed_readings: rows.read_missed,
    insights.thumbnails: rows.read_thumbnail,
    insights.account_days: rows.read_day,
    insights.audience: rows.read_audience,
    insights.followers: rows.read_account,
    insights.collections: rows.read_collecting,
    insights.experiments: rows.read_experiment,
    insights.metric_notes: rows.read_metric_note,
}


def _insight_findings(connection: sa.Connection) -> Iterator[str]:
    """Find rows that cannot be read, and readings and thumbnails of media that are not kept."""
    # Streamed, since readings may be a million.
    stream = connection.execution_options(yield_per=_AT_ONCE)
    for table, read in _READERS.items():
        keys = [at for at, column in enumerate(table.columns) if column.primary_key]
        for row in stream.execute(sa.select(table)):
            try:
                kept = read(row)
            except (msgspec.MsgspecError, ValueError) as error:
                problem = str(error)
            else:
                is_no_jpeg = isinstance(kept, Thumbnail) and not kept.jpeg.startswith(_JPEG)
                problem = "it is no JPEG" if is_no_jpeg else None
            if problem is not None:
                yield f"{table.name} {' '.join(str(row[at]) for at in keys)} cannot be read: {problem}"
    for c, name in ((table.c, table.name) for table in (insights.readings, insights.thumbnails)):
        has_media = sa.exists().where(
            insights.media.c.account == c.account, insights.media.c.id == c.media_id
        )
        strays = sa.select(c.account, c.media_id).where(~has_media).distinct()
        for account, media_id in connection.execute(strays):
            yield f"{name} of media {media_id} of {account} are kept, and the media is not"
