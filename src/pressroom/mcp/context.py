"""What every tool is given beside its arguments, and what the person let the agent reach.

`Folders` are the folders whose files it may name; the accounts it may act for are its `Program`'s. A file may
be swapped for a link at any moment. So it is opened without following one, and what is open is checked and
copied; nothing reads its path again. `fenced` marks text of strangers, so that a model can tell it from what
Pressroom says: data, never orders.
"""

import asyncio
import errno
import os
import re
import stat
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, TypeVar

from pressroom.core.actor import Scope
from pressroom.core.assets import Asset
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.post import Post, PostState

if TYPE_CHECKING:
    from pressroom.core.clock import Clock
    from pressroom.core.settings import Mask
    from pressroom.service.programs.programs import Program


# A link, too: what the path led to when it was resolved is not there any more.
_NO_FILE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
UsedT = TypeVar("UsedT")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MOST_BYTES: Final = 4_000_000_000  # what is fetched of an address at most
# Where there is O_PATH, as on Linux, a folder has to be passable and not readable.
_FOLDER: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe would wait for who writes to it


def is_address(source: str) -> bool:
    """Tell an address of any scheme from a file. Raises Refused for an object of an S3 store."""
    # It would be read by the owner's key, whatever folders the agent may read.
    if Asset(source).is_object:
        raise Refused(
            "Agents publish no objects of S3 stores.",
            rule="source_scheme",
            value="s3",
            limit="https, or a file in a folder that is allowed",
            fix="Use a public https address, such as a signed one of the object.",
        )
    # Instagram's are https; any other is refused by its name where the source is checked.
    return _ADDRESS.match(source) is not None


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders, resolved: no symlink leads out of one."""

    allowed: tuple[Path, ...] = ()

    @classmethod
    def of(cls, named: tuple[Path, ...]) -> "Folders":
        """Resolve the named folders. Raises Refused for one that is not there."""
        for folder in named:
            if not folder.is_dir():
                raise Refused(
                    f"There is no folder {folder}.",
                    rule="allow",
                    value=str(folder),
                    limit="a folder that is there",
                    fix="Make it, or name another one.",
                )
        return cls(tuple(folder.resolve() for folder in named))

    @property
    def in_words(self) -> str:
        """Which folders there are, for a model."""
        named = ", ".join(map(str, self.allowed))
        return f"Files may be in: {named}." if named else "No files may be used, only public https addresses."

    async def using(self, name: str, use: Callable[[BinaryIO, Path], Awaitable[UsedT]]) -> UsedT:
        """Open a file, and return what `use` makes of it. use: takes the open file and its real path.

        Raises Refused for a file outside the folders, MediaRefused for one that is not there.
        """
        real = self._placed(name).resolve()
        # Refused before the file is looked for: nobody is to learn what lies elsewhere.
        if not self._holds(real):
            raise self._outside(name)
        with await asyncio.to_thread(_opened, real, name) as file:
            return await use(file, real)

    def output(self, name: str) -> Path:
        """Return the real path of a file to be written. Raises Refused for one outside the folders."""
        path = self._placed(name)
        real = path.parent.resolve() / path.name
        # A link in an allowed folder may lead out of it.
        if not self._holds(real.parent) or real.is_symlink():
            raise self._outside(name)
        if real.suffix.lower() != ".html":
            raise Refused(
                f"A report is a .html file, and {name} is none.",
                rule="output",
                value=name,
                limit="a name that ends in .html",
                fix="Name it so.",
            )
        return real

    def _placed(self, name: str) -> Path:
        """Return a path as it was meant: a relative one is in the folder that has it, else in the first."""
        if "\0" in name:
            raise self._outside(name.replace("\0", ""))
        path = Path(name)
        if path.is_absolute() or not self.allowed:
            return path.absolute()
        there = (folder / path for folder in self.allowed if (folder / path).exists())
        return next(there, self.allowed[0] / path)

    def _holds(self, real: Path) -> bool:
        return any(real.is_relative_to(folder) for folder in self.allowed)

    def _outside(self, name: str) -> Refused:
        named = ", ".join(map(str, self.allowed)) or "no folder"
        return Refused(
            f"{name} is in no folder that the person allowed.",
            rule="allowed_folder",
            value=name,
            limit=named,
            fix="Use a file there or a public https address, or ask the person to start the server with "
            "`--allow` and its folder.",
        )


def _opened(real: Path, name: str) -> BinaryIO:
    """Open a regular file by its real path. Raises MediaRefused, OSError where the machine lets nobody."""
    try:
        descriptor = _open(real)
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        raise _no_file(name) from None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _no_file(name)
    size = f"{status.st_size / 1e9:.1f} GB"
    raise _file_refused(f"{name} has more than 4 GB.", size, "Use a shorter one, or a smaller copy of it.")


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


def _no_file(name: str) -> MediaRefused:
    return _file_refused(f"There is no file {name}.", name, "Check the path.")


def _file_refused(message: str, value: str, fix: str) -> MediaRefused:
    limit = "a regular file of 4 GB at most, and no link"
    return MediaRefused(message, rule="file", value=value, limit=limit, fix=fix, helper_prefix=None)


# A client gives up a call that takes long; what is not over by then, get_post tells.
WAIT_S = 20.0
# As long as a twin counts as a mistake, a call counts as the repeat of one whose answer was lost.
_SAME: Final = timedelta(minutes=10)
# A server may run for months; the oldest is forgotten first.
_MOST_REMEMBERED: Final = 1000
# What was meant and when that was, by the post and the words.
_Meanings: TypeAlias = dict[tuple[str, ...], tuple[datetime, datetime]]


@dataclass(slots=True)
class Moments:
    """What times in words meant when they were first said of a post: `+2h` said again is the same time."""

    _meanings: _Meanings = field(default_factory=_Meanings)

    def recall(self, words: tuple[str, ...], now: datetime) -> datetime | None:
        """Return what was meant, if the words came a short while ago and it is still ahead."""
        if (kept := self._meanings.get(words)) is None:
            return None
        meant, at = kept
        return meant if now - at <= _SAME and meant > now else None

    def keep(self, words: tuple[str, ...], meant: datetime, now: datetime) -> None:
        """Remember what was meant."""
        if len(self._meanings) >= _MOST_REMEMBERED:
            # A dict keeps the order of insertion.
            self._meanings.pop(next(iter(self._meanings)))
        self._meanings[words] = (meant, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What the tools of one program share.

    wait_s: how long `publish_post` waits for a post to be live. shown: proposals whose pages a client opened.
    """

    program: "Program"
    folders: Folders
    mask: "Mask"
    clock: "Clock"
    wait_s: float = WAIT_S
    shown: set[str] = field(default_factory=set[str])
    moments: Moments = field(default_factory=Moments)

    def require_for_change(self, post: Post, *free: PostState) -> None:
        """Raise Refused for a change that may have something else go out, where the key is not for that.

        free: states in which its own posts change without a person.
        """
        if post.state not in free or post.actor != self.program.actor.id:
            self.program.require(Scope.PUBLISH)


_QUOTE: Final = "\u2039"
_OPEN, _CLOSE = "<untrusted>", "</untrusted>"
_LONGEST: Final = 2200
# A family emoji is several joined by the first, and many are completed by the others.
_JOINERS: Final = "\u200d\ufe0e\ufe0f"
_BETWEEN: Final = rf"[\s{_JOINERS}]*"
# What begins a mark of the fence, in any spelling a model may read as the same. Its `<` is replaced and not
# deleted: what is deleted joins what stood around it, which may be a mark again.
_MARK: Final = re.compile("<(?=" + _BETWEEN.join(["", "/?", *"untrusted"]) + ")", re.IGNORECASE)
# Letters that are not shown, or turn the direction of those that are: a person does not see what they say.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
# Fillers and selectors that are shown as nothing, and count as letters or marks.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SELECTORS: Final = ((0xFE00, 0xFE0D), (0xE0100, 0xE01EF))


def fenced(text: str | None, longest: int = _LONGEST) -> str | None:
    """Return a text in its fence, without letters that are not shown; None for no text."""
    if not text:
        return None
    seen = "".join(
        letter
        for letter in text
        if letter in "\n\t"
        or letter in _JOINERS
        or not (
            letter in _BLANK
            or unicodedata.category(letter) in _HIDDEN
            or any(first <= ord(letter) <= last for first, last in _SELECTORS)
        )
    )
    cut = seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
    return f"{_OPEN}{_MARK.sub(_QUOTE, cut)}{_CLOSE}"
