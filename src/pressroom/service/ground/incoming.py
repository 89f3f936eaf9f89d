"""Files of uploads: written piece by piece beside our copies, and deleted once their uploads have ended.

An `IncomingFile` has its whole declared size from the start, so that what is on its way counts, whichever
process it comes to; its lock ends with that process, and `tidy_uploads` deletes what a dead one left. Why so:
docs/decisions/0040-uploads.md.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core.actor import ActorId
from pressroom.core.assets import LARGEST_SOURCE_BYTES
from pressroom.core.errors import Conflict, Refused, Shortage
from pressroom.core.flock import is_locked, lock_own_file, remove_if_free, remove_own_file
from pressroom.core.shortage import shortage_of
from pressroom.core.uploads import Held, Upload, UploadBounds, UploadId
from pressroom.media.probe import look_at
from pressroom.media.refusals import not_kept
from pressroom.media.sniff import Sniffed
from pressroom.service.ground.copies import delete_copies
from pressroom.store.files import sync

if TYPE_CHECKING:
    from pressroom.store.store import Store

# A folder among our copies, since a file is moved to its place within one file system only.
_FOLDER: Final = "incoming"
_BLOCK_BYTES: Final = 512  # of `st_blocks`, on every system
# A post may be being made of a file that was asked for within this.
_GRACE_S: Final = 3600.0


@dataclass(kw_only=True)
class IncomingFile:
    """The file of one upload on its way. Every method blocks, and may raise Shortage or MediaRefused.

    size_bytes: as its sender declared it. spare_bytes: what has to stay free on the disk. Call `discard` in
    the end, whatever became of it.
    """

    directory: Path
    owner: ActorId
    id: UploadId
    name: str
    size_bytes: int | None
    bounds: UploadBounds
    spare_bytes: int
    received_bytes: int = 0
    sniffed: Sniffed | None = None
    _descriptor: int | None = None
    _is_placed: bool = False

    def __post_init__(self) -> None:
        self._held = Held(0, 0, 0)
        self._digest = hashlib.sha256()

    @property
    def path(self) -> Path:
        """Where it is until it is whole."""
        return self.directory / _FOLDER / f"{_mark(self.owner)}-{self.id}"

    def open(self, held: Held) -> None:
        """Make the file, at its declared size. Raises Conflict where the upload is coming already.

        held: what uploads that are there take already.
        Raises Refused for one that is too large, that is out of bounds or that leaves too little room.
        """
        self._held = held
        self._require_size(self.size_bytes or 0)
        with self._failures():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = lock_own_file(self.path)
            if self._descriptor is None:
                raise Conflict(
                    f"The upload {self.id} is being sent already.", fix="Wait until that is done, then look."
                )
            os.ftruncate(self._descriptor, self.size_bytes or 0)
            self._require_room()

    def write(self, piece: bytes | bytearray) -> None:
        """Add a piece. Raises Refused as `open` does, and for more than was declared."""
        self._require_size(self.received_bytes + len(piece))
        descriptor, view = self._open_descriptor(), memoryview(piece)
        self._digest.update(view)
        with self._failures():
            while view:
                written = os.write(descriptor, view)
                view, self.received_bytes = view[written:], self.received_bytes + written
            self._require_room()
        if self.sniffed is None:
            self._look()

    def finish(self, sha256: str) -> Sniffed:
        """Have the whole file on disk, and return what it is. Raises Refused where it is not as declared."""
        if self.size_bytes is not None and self.received_bytes != self.size_bytes:
            message = f"{self.name} ended after {self.received_bytes:,} of the"
            raise self._other_size(message, self.received_bytes)
        sniffed, digest = self.sniffed or self._look(), self._digest.hexdigest()
        if digest != sha256:
            raise Refused(
                f"{self.name} has other bytes than were declared: their SHA-256 is another.",
                rule="checksum",
                value=digest,
                limit=sha256,
                fix="Send it again; if it differs again, compute the SHA-256 from the file itself.",
            )
        with self._failures():
            os.fsync(self._open_descriptor())
        return sniffed

    def place(self, file: str) -> None:
        """Give it the name of a copy of ours."""
        with self._failures():
            copy, last = self.directory / file, time.time() - _GRACE_S
            # Nobody has asked for it yet; of a copy that is there already somebody may have.
            with contextlib.suppress(FileNotFoundError):
                last = max(last, copy.stat().st_mtime)
            os.utime(self.path, (last, last))
            self.path.replace(copy)
            self._is_placed = True
            sync(self.directory)

    def discard(self) -> None:
        """Close it, and delete it where it has not been placed."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None and self._is_placed:
            os.close(descriptor)  # the same upload may be on its way anew, under the path
        elif descriptor is not None:
            remove_own_file(self.path, descriptor)

    def _open_descriptor(self) -> int:
        assert self._descriptor is not None, "it was opened"
        return self._descriptor

    def _look(self) -> Sniffed:
        with self._failures(), open(self._open_descriptor(), "rb", buffering=0, closefd=False) as file:
            _, self.sniffed = look_at(file, Path(self.name))
            file.seek(self.received_bytes)
        return self.sniffed

    def _require_size(self, size_bytes: int) -> None:
        if size_bytes > LARGEST_SOURCE_BYTES:
            raise Refused(
                f"{self.name} is larger than {LARGEST_SOURCE_BYTES // 1_000_000:,} MB.",
                rule="source_size",
                value=size_bytes,
                limit=LARGEST_SOURCE_BYTES,
                fix="Send a smaller file, such as a shorter clip.",
            )
        if self.size_bytes is not None and size_bytes > self.size_bytes:
            raise self._other_size(f"{self.name} has more than the", size_bytes)

    def _other_size(self, message: str, size_bytes: int) -> Refused:
        return Refused(
            f"{message} {self.size_bytes:,} bytes that were declared.",
            rule="upload_size",
            value=size_bytes,
            limit=self.size_bytes,
            fix="Send it again, whole.",
        )

    def _require_room(self) -> None:
        """Raise Refused or Shortage where this file, and all that are on their way, take too much."""
        coming = _coming(self.path.parent)
        sizes = [file.st_size for name, file in coming.items() if name.startswith(_mark(self.owner))]
        of_all = self._held.of_all + sum(file.st_size for file in coming.values())
        self.bounds.require(Held(self._held.of_owner + sum(sizes), of_all, self._held.number + len(sizes)))
        # What was declared and has not come yet takes no block so far.
        to_come = sum(max(0, file.st_size - file.st_blocks * _BLOCK_BYTES) for file in coming.values())
        free = shutil.disk_usage(self.path.parent).free - to_come
        if free < self.spare_bytes:
            raise Shortage(
                f"Uploads leave {self.spare_bytes:,} bytes free in {self.directory}, and there would be "
                f"{max(0, free):,}.",
                fix="Free some space, and send it again. PRESSROOM_UPLOADS_SPARE_GB says what has to stay.",
                kind="disk_full",
            )

    @contextmanager
    def _failures(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise shortage_of(error) or not_kept(self.name, self.directory, error) from error


def _mark(owner: ActorId) -> str:
    # No name of an actor's is a path, and each has one length.
    return hashlib.sha256(owner.encode()).hexdigest()[:32]


def _coming(folder: Path) -> dict[str, os.stat_result]:
    """Return the files on their way."""
    files = dict[str, os.stat_result]()
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # it was placed or discarded
                files[entry.name] = entry.stat(follow_symlinks=False)
    return files


async def tidy_uploads(store: "Store", directory: Path) -> int:
    """Forget uploads that have ended, delete their files where nothing needs them, and return how many ended.

    Those whose file was asked for within an hour are left for later: a post may be being made of it. Files on
    their way that a dead process left are deleted, too.
    """

    def look() -> Sequence[Upload]:
        _clear_incoming(directory / _FOLDER)
        return store.uploads.ended(store.database.clock.now())

    # One hop to a thread for both: every upload looks first, and most find nothing.
    ended = await store.run(look)
    if not ended:
        return 0
    from pressroom.store.tidying import needed_copies  # noqa: PLC0415  # loads SQLAlchemy

    # Listed before the store is asked: a file that is placed in between has another inode, and stays.
    files = await asyncio.to_thread(_files, directory, {upload.file for upload in ended})
    needed = await store.run(needed_copies, store.database, files.keys())
    unneeded = {name: file for name, file in files.items() if name not in needed}
    young = {name for name, file in unneeded.items() if file.st_mtime > time.time() - _GRACE_S}
    spent = {name: file.st_ino for name, file in unneeded.items() if name not in young}
    await asyncio.to_thread(delete_copies, directory, spent)
    settled = [upload for upload in ended if upload.file not in young]
    await store.run(store.uploads.forget, settled)
    return len(settled)


def _clear_incoming(folder: Path) -> None:
    for name in _coming(folder):
        with contextlib.suppress(OSError):
            # `remove_if_free` tries for some milliseconds, and most of these are being sent.
            if not is_locked(folder / name):
                remove_if_free(folder / name)


def _files(directory: Path, names: Collection[str]) -> dict[str, os.stat_result]:
    files = dict[str, os.stat_result]()
    for name in names:
        with contextlib.suppress(FileNotFoundError):  # on another machine, or swept
            files[name] = (directory / name).stat()
    return files
