"""What a machine runs out of for a while: files, memory, processes, room, a temporary folder.

`shortage_of` tells whether an error comes from a shortage, which says nothing about the post that met it:
whatever step the post was in, it waits and is tried again.

A crowd of posts would take all descriptors (files and connections) there are. So what takes some for each
post asks `descriptor_share` for a limit of its own, and what waits for its turn holds none.
"""

import asyncio
import contextlib
import errno
import logging
import os
import resource
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from pressroom.core.errors import Conflict, GraphError, Refused, Shortage, StoreFailed, TransportError

_log: Final = logging.getLogger("pressroom.shortage")
_QUIET_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Words:
    """A shortage in words. `{limit}`: the descriptors that this process may hold. `{place}`: of the file."""

    code: str
    message: str
    fix: str


_FILES: Final = _Words(
    "too_many_files",
    "This process may hold {limit} files and connections at once, and all are in use.",
    "Try again in a moment, as a worker does by itself; `ulimit -n 65536` before it starts, or LimitNOFILE= "
    "of its service, allows more.",
)
_FILES_OF_MACHINE: Final = _Words(
    "too_many_files",
    "All programs of this machine together hold as many files and connections as it allows.",
    "Try again in a moment, as a worker does by itself; `sysctl fs.file-max` allows more.",
)
_MEMORY: Final = _Words(
    "no_memory",
    "This machine has no memory left.",
    "Stop other programs, or give the machine more, and try again, as a worker does by itself.",
)
_PROCESSES: Final = _Words(
    "too_many_processes",
    "No further process or thread can be started.",
    "Try again in a moment, as a worker does by itself; `ulimit -u`, or the container's limit, allows more.",
)
_ROOM: Final = _Words(
    "disk_full", "The disk is full{place}.", "Free some space, and try again, as a worker does by itself."
)
_QUOTA: Final = replace(_ROOM, message="The disk quota is used up{place}.")
_OF_ERRNO: Final = {
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES_OF_MACHINE,
    errno.ENOMEM: _MEMORY,
    errno.ENOBUFS: _MEMORY,
    errno.EAGAIN: _PROCESSES,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _QUOTA,
}
# Another program's words are believed of these shortages alone: decoders say the others of damaged files.
_NUMBERS_IN_WORDS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT)
# What Python says instead of EAGAIN.
_NO_THREAD: Final = "can't start new thread"
# These say themselves what may be done after them, and are kept as they are.
_SELF_EXPLAINED: Final = (Conflict, GraphError, Shortage, StoreFailed, TransportError)


def shortage_of(error: BaseException) -> Shortage | None:
    """Give the shortage that an error comes from, by its `errno` or that of what caused it; else None."""
    if isinstance(error, _SELF_EXPLAINED):
        return None
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        number = place = None
        if isinstance(cause, OSError):
            number, place = cause.errno, cause.filename
        elif isinstance(cause, MemoryError):
            number = errno.ENOMEM
        elif isinstance(cause, RuntimeError) and _NO_THREAD in str(cause):
            number = errno.EAGAIN
        if number and (shortage := shortage_by(number, str(place) if place else None)):
            return shortage
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return None


def shortage_in(words: str) -> Shortage | None:
    """Give the shortage that another program told of, in the system's words."""
    number = next((number for number in _NUMBERS_IN_WORDS if os.strerror(number) in words), None)
    return None if number is None else shortage_by(number)


def shortage_by(number: int, place: str | None = None) -> Shortage | None:
    """Give the shortage that an `errno` stands for; None for any other. place: the file it is about."""
    words = _OF_ERRNO.get(number)
    if words is None:
        return None
    message = words.message.format(limit=f"{descriptor_limit():,}", place=f": {place}" if place else "")
    return Shortage(message, fix=words.fix, kind=words.code)


@contextmanager
def shortages_named() -> Generator[None]:
    """Raise Shortage in place of whatever error a shortage has caused; any other passes as it is."""
    try:
        yield
    except Exception as error:
        shortage = shortage_of(error)
        if shortage is None:
            raise
        raise shortage from error


@contextmanager
def shortages_of_loop_named(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Log what a shortage keeps a loop from, such as taking a connection, in a line a minute.

    asyncio tries it again every second, and tells of each try with a traceback.
    """
    before, quiet_until = loop.get_exception_handler(), 0.0

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal quiet_until
        error: BaseException | None = context.get("exception")
        shortage = shortage_of(error) if error else None
        if shortage is None:
            (before or type(loop).default_exception_handler)(loop, context)
        elif loop.time() >= quiet_until:
            _log.warning("%s: %s", context["message"], shortage)
            quiet_until = loop.time() + _QUIET_S

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)


MOST_DESCRIPTORS: Final = 65_536
ENOUGH_DESCRIPTORS: Final = 1_024
"""Below it, connections are fewer than a crowd of posts needs to go out on time."""

# What a process holds however little it does: store, locks, log, event loop, listeners.
_OWN: Final = 32
_MACOS_MOST: Final = 10_240  # macOS refuses more, whatever the hard limit says


def descriptor_limit() -> int:
    """Give how many descriptors this process may hold at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


def raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one, `MOST_DESCRIPTORS` at most, and give what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (MOST_DESCRIPTORS, _MACOS_MOST):
        raised = most if hard == resource.RLIM_INFINITY else min(hard, most)
        if soft == resource.RLIM_INFINITY or raised <= soft:
            break
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
            break
    return descriptor_limit()


def descriptor_share(most: int, *, each: int = 1) -> int:
    """Give how many of something a process may have open at once, `most` at most and one at least.

    each: the descriptors that one takes. Four such shares leave the process what it needs itself.
    """
    return max(1, min(most, (descriptor_limit() - _OWN) // (4 * each)))


def require_temporary_folder() -> None:
    """Find the folder for temporary files. Raises Refused where none can be written."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        refusal = Refused(
            "No folder for temporary files can be written.",
            rule="temporary_folder",
            value=error.strerror,
            limit="a folder that this user may write, with room",
            fix="Name one by TMPDIR, or make /tmp writable.",
        )
        # Python does not say why: mostly the disk is full, or no further file may be opened.
        refusal.retryable = True
        raise refusal from None
