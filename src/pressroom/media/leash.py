"""Start a program on a short leash: `python -I -S leash.py PARENT MEMORY CPU FILE COMMAND...`.

It becomes the program, with limits of bytes, seconds and bytes that hold from its first instruction on, and
on Linux it dies with the process that started it, however that ends. Elsewhere an orphan ends when it has
used up its CPU seconds. Nothing of ours is imported: it is run by its path, since that starts fastest.
A program of ours puts it on by itself.
"""

import contextlib
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NICE = 10
_GRACE_S = 2


def main(arguments: list[str]) -> None:
    """Put on the leash, and become the program."""
    put_on(arguments[:4])
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    os.execv(arguments[4], arguments[4:])  # noqa: S606  # an argument list, no shell


def put_on(words: list[str]) -> None:
    """Limit this process: PARENT MEMORY CPU FILE."""
    parent, memory, cpu, file = map(int, words)
    _die_with(parent)
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + _GRACE_S),
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        # A limit of the whole system may be lower already, and macOS takes none of memory.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (soft, hard))
    for name in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and the program would go on doing so
        signal.signal(name, signal.SIG_DFL)


def _die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415  # only here

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the signal was asked for
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
