"""Start a program under limits: `python -I -S leash.py PARENT MEMORY CPU FILE COMMAND...`.

Sets the limits (bytes, seconds, bytes) and then executes the program, so that they hold from its first
instruction on. On Linux the program is killed when its parent ends, however that ends; elsewhere an orphan
ends when its CPU seconds are used up. It is a program of its own, since code between fork and exec is not
safe in a process with threads. It imports nothing of ours and is run by its path, which starts fastest. Our
own programs call `put_on` themselves.
"""

import contextlib
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NICE = 10
_GRACE_S = 2  # between SIGXCPU, which a program may catch, and SIGKILL


def main(arguments: list[str]) -> None:
    """Set the limits and execute the program."""
    put_on(arguments[:4])
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    os.execv(arguments[4], arguments[4:])  # noqa: S606  # an argument list, no shell


def put_on(words: list[str]) -> None:
    """Limit this process: PARENT MEMORY CPU FILE."""
    parent, memory, cpu, file = map(int, words)
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415  # only here

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before prctl: no signal would come
            os.kill(os.getpid(), signal.SIGKILL)
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + _GRACE_S),
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        # The system's own limit may be lower already, and macOS takes none for memory.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (soft, hard))
    # Python ignores these, and a program inherits that: it would not end when it may write no more.
    for name in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)


if __name__ == "__main__":
    main(sys.argv[1:])
