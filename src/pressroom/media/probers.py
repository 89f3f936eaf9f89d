"""The pool of processes that probe untrusted files: started when needed, and kept for the next file."""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from tempfile import TemporaryDirectory
from typing import Final

from pressroom.core.errors import PressroomError
from pressroom.core.temporary import require_temporary_folder
from pressroom.media.child import ChildLimits, leash_words, python_environment
from pressroom.media.prober import READY

_COMMAND: Final = (sys.executable, "-P", "-m", "pressroom.media.prober")
_LIFE_CPU_S: Final = 86_400  # as good as none: `prober` sets a limit for each file
_MEMORY_BYTES: Final = 2_500_000_000
_FILE_BYTES: Final = 16 << 20  # Python caches compiled modules; nothing else is written
_ANSWER_BYTES: Final = 8 << 20  # a corrupted process may answer without end
_MOST_IDLE: Final = 2  # starting one anew costs about 40 ms


class Prober:
    """One process that probes files, one at a time."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        """Start it, and wait until it is ready. Raises PressroomError when there can be none."""
        started = Future["subprocess.Popen[bytes]"]()
        # Linux kills the child when the thread that started it ends, not the process: the thread has to stay.
        threading.Thread(target=_stay, args=(started, command), daemon=True, name="pressroom-prober").start()
        try:
            self._process = started.result()
        except OSError as error:
            raise _not_started(str(error)) from error
        if self._receive() != READY:
            raise _not_started(f"it ended with {self.close()}")

    def ask(self, line: bytes) -> bytes:
        """Send a question and give the line of the answer; empty when the process ended. Blocks."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone
            self._process.stdin.write(line)
            self._process.stdin.flush()
        return self._receive()

    def _receive(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline(_ANSWER_BYTES)
        return line if line.endswith(b"\n") else b""  # half a line: it ended while it wrote

    def end(self) -> None:
        """Kill it, from any thread: it holds nothing that a clean end would save."""
        self._process.kill()

    def close(self) -> int:
        """Kill it and give its return code, negative for a signal; its own code when it had ended before."""
        self.end()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        return self._process.wait()


def _not_started(why: str) -> PressroomError:
    error = PressroomError(
        f"The process that looks at files cannot be started ({why}).",
        fix=f"Check that {sys.executable or 'Python'} can be run, and that the system takes more processes.",
    )
    error.retryable = True  # it says nothing about the file
    return error


def _stay(started: "Future[subprocess.Popen[bytes]]", command: Sequence[str]) -> None:
    try:
        process = _start(command)
    except Exception as error:  # noqa: BLE001  # whoever waits raises it
        started.set_exception(error)
    else:
        started.set_result(process)
        process.wait()


def _start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    require_temporary_folder()
    limits = ChildLimits(wall_s=0, cpu_s=_LIFE_CPU_S, memory_bytes=_MEMORY_BYTES, file_bytes=_FILE_BYTES)
    # Deleted as soon as the child has started in it, as in `child`.
    with TemporaryDirectory(prefix="pressroom-") as empty:
        return subprocess.Popen(  # noqa: S603  # an argument list, no shell
            [*command, *leash_words(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=empty,
            env=python_environment(),
            start_new_session=True,  # Ctrl-C reaches this process alone
        )


class Probers:
    """The idle probers. Safe to use from several threads; a forked process starts without any.

    least_cpu_s: the processor time that any file may take; large ones may take more.
    """

    def __init__(self, start: Callable[[], Prober] = Prober, *, least_cpu_s: int = 20) -> None:
        self._start = start
        self.least_cpu_s = least_cpu_s
        self._forget()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def take(self) -> tuple[Prober, bool]:
        """Give an idle prober, else a new one, and whether it is new."""
        with self._lock:
            if self._idle:
                return self._idle.pop(), False
        return self._start(), True

    def give_back(self, prober: Prober) -> None:
        """Keep one for the next file."""
        with self._lock:
            self._idle.append(prober)
            surplus = self._idle[:-_MOST_IDLE]
            del self._idle[:-_MOST_IDLE]
        for one in surplus:  # outside of the lock, since it waits for their end
            one.close()

    def close(self) -> None:
        """End all idle probers."""
        with self._lock:
            waiting, self._idle = self._idle, []
        for one in waiting:
            one.close()

    # After a fork the pipes are the parent's, and a thread that exists no more may hold the lock.
    def _forget(self) -> None:
        self._idle = list[Prober]()
        self._lock = threading.Lock()


PROBERS: Final = Probers()
