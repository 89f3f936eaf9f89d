"""The folders whose files an agent may use: those that the person named when the server was started.

A file may be swapped for a link at any moment. So it is opened without following one, and what is open is
checked and copied; nothing reads its path again.
"""

import asyncio
import errno
import os
import re
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from pressroom.core.errors import MediaRefused, Refused

# A link, too: what the path led to when it was resolved is not there any more.
_NO_FILE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
UsedT = TypeVar("UsedT")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MOST_BYTES: Final = 4_000_000_000  # what is fetched of an address at most
# Where there is O_PATH, as on Linux, a folder has to be passable and not readable.
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe would wait for who writes to it


def is_address(given: str) -> bool:
    """Tell an address of any scheme from a file."""
    # Instagram's are https; any other is refused by its name where the source is checked.
    return _ADDRESS.match(given) is not None


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders, resolved: no symlink leads out of one."""

    allowed: tuple[Path, ...] = ()

    @classmethod
    def of(cls, named: tuple[Path, ...]) -> "Folders":
        """Resolve the named folders. Raises Refused for one that is not there."""
        for one in named:
            if not one.is_dir():
                raise Refused(
                    f"There is no folder {one}.",
                    rule="allow",
                    value=str(one),
                    limit="a folder that is there",
                    fix="Make it, or name another one.",
                )
        return cls(tuple(one.resolve() for one in named))

    @property
    def in_words(self) -> str:
        """Which folders there are, for a model."""
        named = ", ".join(map(str, self.allowed))
        return f"Files may be in: {named}." if named else "No files may be used, only public https addresses."

    async def using(self, given: str, use: Callable[[BinaryIO, Path], Awaitable[UsedT]]) -> UsedT:
        """Open a file, and return what `use` makes of it. use: takes the open file and its real path.

        Raises Refused for a file outside the folders, MediaRefused for one that is not there.
        """
        real = self._placed(given).resolve()
        # Told before whether it is there: nobody is to learn what lies elsewhere.
        if not self._holds(real):
            raise self._outside(given)
        with await asyncio.to_thread(_opened, real, given) as file:
            return await use(file, real)

    def output(self, given: str) -> Path:
        """Return the real path of a file to be written. Raises Refused for one outside the folders."""
        path = self._placed(given)
        real = path.parent.resolve() / path.name
        if not self._holds(real.parent) or real.is_symlink():
            raise self._outside(given)
        if real.suffix.lower() != ".html":
            raise Refused(
                f"A report is a .html file, and {given} is none.",
                rule="output",
                value=given,
                limit="a name that ends in .html",
                fix="Name it so.",
            )
        return real

    def _placed(self, given: str) -> Path:
        """Return a path as it was meant: a relative one is in the folder that has it, else in the first."""
        if "\0" in given:
            raise self._outside(given.replace("\0", ""))
        path = Path(given)
        if path.is_absolute() or not self.allowed:
            return path.absolute()
        found = (one / path for one in self.allowed if (one / path).exists())
        return next(found, self.allowed[0] / path)

    def _holds(self, real: Path) -> bool:
        return any(real.is_relative_to(one) for one in self.allowed)

    def _outside(self, given: str) -> Refused:
        named = ", ".join(map(str, self.allowed)) or "no folder"
        return Refused(
            f"{given} is in no folder that the person allowed.",
            rule="allowed_folder",
            value=given,
            limit=named,
            fix="Use a file there or a public https address, or ask the person to start the server with "
            "`--allow` and its folder.",
        )


def _opened(real: Path, given: str) -> BinaryIO:
    """Open a regular file by its real path. Raises MediaRefused, OSError where the machine lets nobody."""
    try:
        descriptor = _open(real)
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        raise _no_file(given) from None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _no_file(given)
    size = f"{status.st_size / 1e9:.1f} GB"
    raise _refused(f"{given} has more than 4 GB.", size, "Use a shorter one, or a smaller copy of it.")


def _open(real: Path) -> int:
    """Open a file by its real path, folder by folder; none that became a link since is followed."""
    anchor, *folders = real.parent.parts
    inside = os.open(anchor, _FOLDER)
    try:
        for folder in folders:
            above, inside = inside, os.open(folder, _FOLDER, dir_fd=inside)
            os.close(above)
        return os.open(real.name, _FILE, dir_fd=inside)
    finally:
        os.close(inside)


def _no_file(given: str) -> MediaRefused:
    return _refused(f"There is no file {given}.", given, "Check the path.")


def _refused(message: str, value: str, fix: str) -> MediaRefused:
    limit = "a regular file of 4 GB at most, and no link"
    return MediaRefused(message, rule="file", value=value, limit=limit, fix=fix, helper_prefix=None)
