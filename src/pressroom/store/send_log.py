"""The send log: every send, written and synced beside the database before its transaction commits.

A database that is put back from a backup has forgotten what was sent since. These files are in no backup of
it, and tell: docs/decisions/0031. One file a month, JSON lines, each begun by its line break, so that a line
which a crash cut off spoils no other.
"""

import contextlib
import errno
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from pressroom.core.errors import StoreFailed
from pressroom.core.post import Post, PostId, Recalled, Send
from pressroom.core.shortage import shortage_of
from pressroom.core.stored_posts import KEY_LIFETIME, PostKey, PostSave
from pressroom.graph.answers import MediaId
from pressroom.store.files import sync
from pressroom.store.location import Location

# A key answers for so long, and a file holds a month.
_KEPT = KEY_LIFETIME + timedelta(days=31)
# With less the next lines may not fit: those of a commit of fifty sends with long snapshots.
_LEAST_FREE_BYTES: Final = 64 * 1024


class LoggedSend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: a send as it was opened, or the media that a post went live as.

    key: the digest of the post's idempotency key, with its account and program; of a line that an earlier
    release wrote, with its account alone.
    """

    post: PostId
    account: str
    key: str | None = None
    send: Send | None = None
    media: MediaId | None = None


# At import, in one thread: see `store.post_rows`.
_DECODER = msgspec.json.Decoder(LoggedSend)


def free_bytes(directory: Path) -> int:
    """Return the bytes that this user may still write to a directory's disk."""
    disk = os.statvfs(directory)
    if not disk.f_blocks:  # a file system that reports no sizes
        return _LEAST_FREE_BYTES
    # Some blocks are reserved for root.
    return (disk.f_bfree if os.geteuid() == 0 else disk.f_bavail) * disk.f_frsize


class SendLog:
    """The files of one database's sends. Any operation raises StoreFailed for a file that cannot be used."""

    def __init__(self, beside: Path | None, *, free: Callable[[Path], int] = free_bytes) -> None:
        """beside: what the files' names start with; None for a store in memory, which forgets all.

        free: the bytes that can still be written to the disk of a directory.
        """
        self._beside = beside
        self._free = free
        self._failed_write: StoreFailed | None = None

    @classmethod
    def of(cls, location: Location, home: Path | None) -> "SendLog":
        """Return the log of a database: beside its file, and of a server in this machine's data directory."""
        if location.path:
            return cls(location.path.resolve())
        if location.is_sqlite or home is None:
            return cls(None)
        return cls(home / f"server-{_digest(str(location))[:12]}")

    def append(self, saves: Iterable[PostSave], at: datetime) -> None:
        """Write the new sends of posts to the disk, and which went live, in the transaction that saves them.

        What stays here of a transaction that fails is looked into as a send that a crash interrupted.
        """
        lines = list[LoggedSend]()
        for post, was in ((save.post, save.was) for save in saves):
            # What the log has told to the store needs no second line.
            recalled = was.recalled or Recalled(sends=())
            before = {send.number for send in (*was.sends, *recalled.sends)}
            lines += [_line(post, send=send) for send in post.sends if send.number not in before]
            if post.media_id and post.media_id not in (was.media_id, recalled.media_id):
                lines.append(_line(post, media=post.media_id))
        if self._beside and lines:
            text = b"".join(b"\n" + msgspec.json.encode(line) for line in lines)
            self._write(self._name(at), text, is_synced=any(line.send for line in lines))

    def find_failure(self, now: datetime) -> StoreFailed | None:
        """Return why sends cannot be logged, as far as the files show; None if they can. Writes nothing."""
        if self._beside is None:
            return None
        try:
            for path in self._files():
                with _usable(path):
                    os.close(_open(path, os.O_RDONLY))
            with _usable(self._name(now)) as path:
                _require_writable(path)
                if self._free(path.parent) < _LEAST_FREE_BYTES:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except StoreFailed as error:
            return error
        return None

    def find_failure_of_writes(self, now: datetime) -> StoreFailed | None:
        """Return why sends cannot be logged, by the last write of this process as well; None if they can.

        After a failed write it tries another one, of an empty line, which readers skip.
        """
        failure = self.find_failure(now)
        if failure is None and self._failed_write:
            with contextlib.suppress(StoreFailed):
                self._write(self._name(now), b"\n", is_synced=True)
        return failure or self._failed_write

    def read(self) -> Sequence[LoggedSend]:
        """Return all lines, the oldest first."""
        return [line for text in self._texts() for line in _read(text)]

    def of_keys(self, keys: Iterable[PostKey]) -> Mapping[PostKey, Sequence[LoggedSend]]:
        """Return the lines of the posts that idempotency keys stood for, if there are some.

        Those of an earlier release are found by any program's key: whose they were they do not tell, and
        what was sent is rather looked for once too often than sent twice.
        """
        digests_of = {key: (_earlier_digest(key), _key_digest(key)) for key in keys}
        digests = {digest for pair in digests_of.values() for digest in pair}
        lines = defaultdict[str, list[LoggedSend]](list)
        # The bytes are searched first: nearly every key is new, and months of sends are not worth decoding
        # for it.
        for text in self._texts() if digests else ():
            if any(digest.encode() in text for digest in digests):
                for line in _read(text):
                    if line.key in digests:
                        lines[line.key].append(line)
        logged = {key: [*lines[first], *lines[then]] for key, (first, then) in digests_of.items()}
        return {key: of_key for key, of_key in logged.items() if of_key}

    def forget(self, now: datetime) -> None:
        """Delete the files of months that no key reaches back to."""
        if self._beside:
            oldest = self._name(now - _KEPT)
            for path in self._files():
                if path < oldest:
                    with _usable(path):
                        path.unlink(missing_ok=True)

    def _write(self, path: Path, text: bytes, *, is_synced: bool) -> None:
        try:
            with _usable(path):
                _append(path, text, is_synced=is_synced)
        except StoreFailed as error:
            self._failed_write = error
            raise
        self._failed_write = None

    def _texts(self) -> Iterable[bytes]:
        for path in self._files():
            with _usable(path), os.fdopen(_open(path, os.O_RDONLY), "rb") as file:
                text = file.read()
            yield text

    def _name(self, at: datetime) -> Path:
        assert self._beside
        return self._beside.with_name(f"{self._beside.name}.sends-{at:%Y-%m}")

    def _files(self) -> list[Path]:
        if self._beside is None or not self._beside.parent.is_dir():
            return []
        start = f"{self._beside.name}.sends-"
        return sorted(path for path in self._beside.parent.iterdir() if path.name.startswith(start))


@contextlib.contextmanager
def _usable(path: Path) -> Generator[Path]:
    try:
        yield path
    except OSError as error:
        raise _failure(path, error) from None


_KINDS: Final = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFSOCK: "a socket",
}


def _failure(path: Path, error: OSError) -> StoreFailed:
    """Make the error of a file that cannot be used as a send log."""
    kind = None
    # The error number of an open that failed often does not tell what is there.
    with contextlib.suppress(OSError):
        kind = _KINDS.get(stat.S_IFMT(path.lstat().st_mode))
    if kind:
        return StoreFailed(
            f"{path} cannot be used as the send log: it is {kind}, and only a regular file is allowed.",
            fix="Move it to another directory. Put the file that was there in its place if there was one; "
            "otherwise the next send creates it.",
        )
    shortage = shortage_of(error)
    return StoreFailed(
        f"{path} cannot be used as the send log: {error.strerror}.",
        fix=shortage.advice if shortage else "Let this user read and write the file and its directory.",
        retryable=shortage is not None,
    )


def _open(path: Path, flags: int) -> int:
    """Open a regular file without waiting for anything, and without following a link. Raises OSError."""
    # Without O_NONBLOCK a FIFO would block the worker until somebody opens its other end.
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return descriptor


def _require_writable(path: Path) -> None:
    """Raise OSError for a file that cannot be appended to, or that cannot be created where there is none."""
    try:
        os.close(_open(path, os.O_WRONLY | os.O_APPEND))
    except FileNotFoundError:
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, "its directory cannot be written") from None


def _line(post: Post, *, send: Send | None = None, media: MediaId | None = None) -> LoggedSend:
    key = _key_digest(PostKey.of(post)) if post.idempotency_key else None
    return LoggedSend(post=post.id, account=post.account, key=key, send=send, media=media)


def _append(path: Path, text: bytes, *, is_synced: bool) -> None:
    is_new = not path.exists()
    descriptor = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        if os.write(descriptor, text) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if is_synced:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        sync(path.parent)


def _read(text: bytes) -> Iterable[LoggedSend]:
    for line in text.split(b"\n"):
        try:
            yield _DECODER.decode(line)
        except msgspec.MsgspecError:  # an empty line, or one that a crash cut off
            continue


def _key_digest(key: PostKey) -> str:
    # Begun so that it is no earlier digest of another key.
    return _digest("\0".join(("2", *key)))[:32]


def _earlier_digest(key: PostKey) -> str:
    return _digest(f"{key.account}\0{key.key}")[:32]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
