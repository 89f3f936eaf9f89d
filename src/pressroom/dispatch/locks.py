"""Which process may drive a store, or publish a post: locks on files, which the kernel ends with the process.

* `DriverLock`: which process of this machine is the worker.
* `carriage`: a post that a process publishes by itself, without being the worker. Nobody waits for a dead
  process's lease to run out, and a worker that starts leaves the leases of living ones alone.
* `only_copy`: two copies of one store's file must not both publish its posts.

In a cluster any number of workers drive: `running_here` shows those of this machine, `is_any_worker_alive`
reads the heartbeats that procrastinate writes.
"""

import errno
import logging
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core import flock
from pressroom.core.errors import StoreRefused
from pressroom.core.post import PostId
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import Settings

if TYPE_CHECKING:
    from pressroom.store.database import Database

_LONGEST_PID = 20


class DriverLock:
    """A lock on a file that holds the process id of whoever has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process has it."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Take the lock; False when another process has it."""
        if self._descriptor is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = flock.open_lock_file(self._path)
        if not flock.try_lock(descriptor):
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """End the lock; nothing happens when another process has it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """Give the process id of who has the lock; None when nobody has."""
        if self.is_held:
            return os.getpid()
        if not flock.is_locked(self._path):
            return None
        with self._path.open("rb") as file:
            text = file.read(_LONGEST_PID).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else None


def driver_lock(settings: Settings) -> DriverLock:
    """Give the lock that tells whether a worker drives the store from this machine, and which.

    It stands beside the store's file, so that it is the same however a process names that file.
    """
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    path = locate(settings.store).path
    return DriverLock(Path(f"{path.resolve()}.driver") if path else settings.home / "driver.lock")


class Carriage:
    """The right of this process to publish one post. predecessor: the name a dead one leased it by."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.predecessor: Final = os.read(descriptor, 200).decode("ascii", "replace")

    def sign(self, worker: str) -> None:
        """Write down under which name the post is leased."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, worker.encode(), 0)


@contextmanager
def carriage(home: Path, post_id: PostId) -> Generator[Carriage | None]:
    """Give the right to publish a post while the block runs; None when another living process has it."""
    # Not what prevents a second post: that is the store's compare-and-set, and the deadline of a send.
    path = _carried_directory(home) / post_id
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = flock.lock_own_file(path)
    if descriptor is None:
        yield None
        return
    try:
        yield Carriage(descriptor)
    finally:
        flock.remove_own_file(path, descriptor)


def is_carried(home: Path, post_id: PostId) -> bool:
    """Tell whether a living process publishes a post by itself."""
    return flock.is_locked(_carried_directory(home) / post_id)


def name_left_behind(home: Path, post_id: PostId) -> str:
    """Return the name by which a process of this machine leased a post and died; empty where none did."""
    path = _carried_directory(home) / post_id
    with suppress(FileNotFoundError):
        return "" if flock.is_locked(path) else path.read_text(encoding="ascii", errors="replace")
    return ""


def carried_now(home: Path) -> frozenset[PostId]:
    """List the posts that living processes publish by themselves."""
    directory = _carried_directory(home)
    paths = directory.iterdir() if directory.is_dir() else ()
    return frozenset(PostId(path.name) for path in paths if flock.is_locked(path))


def carried(home: Path) -> frozenset[PostId]:
    """List the posts that living processes publish by themselves, and remove the files of dead ones."""
    return frozenset(PostId(path.name) for path in _locked_files(_carried_directory(home)))


def _carried_directory(home: Path) -> Path:
    return home / "carried"


@contextmanager
def running_here(home: Path, worker: str) -> Generator[None]:
    """Show this machine's processes, while the block runs, that a cluster's worker runs in this one."""
    directory = _workers_directory(home)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / worker
    descriptor = flock.lock_own_file(path)
    assert descriptor is not None, "a worker's name is its own"
    try:
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        flock.remove_own_file(path, descriptor)


def worker_pid(settings: Settings) -> int | None:
    """Return the process id of a worker on this machine; None when none runs here."""
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    is_alone = locate(settings.store).is_sqlite
    return driver_lock(settings).holder() if is_alone else pid_running_here(settings.home)


def pid_running_here(home: Path) -> int | None:
    """Return the process id of a cluster's worker on this machine, this process first; None for none."""
    pids = set[int]()
    for path in _locked_files(_workers_directory(home)):
        with suppress(FileNotFoundError):  # it ends at this moment
            text = path.read_text(encoding="ascii", errors="replace")
            pids |= {int(text)} if text.isdigit() else set()
    return os.getpid() if os.getpid() in pids else min(pids, default=None)


def _workers_directory(home: Path) -> Path:
    return home / "workers"


def _locked_files(directory: Path) -> frozenset[Path]:
    """List the files that living processes have locked, and remove those of dead ones."""
    paths = list(directory.iterdir()) if directory.is_dir() else []
    held = frozenset(path for path in paths if flock.is_locked(path))
    for path in set(paths) - held:
        flock.remove_if_free(path)
    return held


log: Final = logging.getLogger("pressroom.dispatch")

# systemd gives each service a /tmp of its own (PrivateTmp), and this to all.
_SHM: Final = Path("/dev/shm")  # noqa: S108  # a directory of our own is made there
_SHARED: Final = _SHM if os.access(_SHM, os.W_OK) else Path(tempfile.gettempdir())


@contextmanager
def only_copy(identity: str, path: Path, *, among: Path = _SHARED) -> Generator[None]:
    """Keep workers of this machine from driving another copy of the store while the block runs.

    among: a directory that all processes of the machine share. Raises StoreRefused where one drives another
    copy. What runs on other machines is not seen.
    """
    directory = _shared_directory(among)
    if directory is None:
        yield
        return
    lock_file = directory / f"{identity}.driver"
    descriptor = flock.lock_own_file(lock_file)
    if descriptor is None:
        try:
            other = lock_file.read_text(errors="replace") or "another store"
        except OSError:  # its owner ends at this moment
            other = "another store"
        raise StoreRefused(
            f"{path} is a copy of {other}, which a worker drives: each would publish the posts of both.",
            rule="store_copy",
            value=str(path),
            limit=other,
            fix=Fix.of(
                "Stop the other worker; or make this one a store of its own, whose posts are then held back: "
                "{}.",
                Remedy(RemedyKind.ADOPT_STORE),
            ),
        )
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(path.resolve()).encode(errors="replace"), 0)
        yield
    finally:
        flock.remove_own_file(lock_file, descriptor)


def _shared_directory(among: Path) -> Path | None:
    """Make the directory of this user's stores, wherever their data is; None where it cannot be."""
    directory = among / f"pressroom-{os.getuid()}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        # Of another user's making, it could be kept locked by them.
        if directory.is_symlink() or not directory.is_dir() or directory.stat().st_uid != os.getuid():
            raise PermissionError(errno.EPERM, "it is not this user's directory")
    except OSError as error:
        log.warning("another copy of the store could be driven unseen: %s: %s", directory, error.strerror)
        return None
    return directory


QUEUE_SCHEMA = "pressroom_queue"
# A heartbeat comes every ten seconds, and a worker is taken for dead after thirty without one.
_FRESH_S = 30.0
_IS_MADE = f"SELECT to_regclass('{QUEUE_SCHEMA}.procrastinate_workers') IS NOT NULL"
_IS_ALIVE = (
    f"SELECT EXISTS (SELECT FROM {QUEUE_SCHEMA}.procrastinate_workers"  # noqa: S608  # a constant
    " WHERE last_heartbeat > now() - make_interval(secs => :fresh_s))"
)


def is_any_worker_alive(database: "Database") -> bool:
    """Tell whether a worker of any machine wrote a heartbeat lately. Raises StoreFailed."""
    from sqlalchemy import text  # noqa: PLC0415  # the locks on files are taken without it

    with database.reading() as connection:
        if not connection.execute(text(_IS_MADE)).scalar_one():
            return False  # no worker ever ran
        return bool(connection.execute(text(_IS_ALIVE), {"fresh_s": _FRESH_S}).scalar_one())
