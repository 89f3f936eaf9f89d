"""Run a converter as a child process with limits of time, memory and disk that ends with this process.

A `FairSemaphore` limits how many run side by side, across event loops and threads: `ENCODES` of
those that convert a file, `PROBES` of those that look at one.
"""

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pressroom.core.shortage import descriptor_share, require_temporary_folder

_log = logging.getLogger(__name__)
# After SIGTERM ffmpeg takes 1.5 s to finish a file that is deleted anyway (measured).
_GRACE_S: Final = 1.0
# ffmpeg may print a line for each damaged frame; the last ones tell the cause.
_TAIL_LINES: Final = 40
_LINE_BYTES: Final = 400
LEASH: Final = str(Path(__file__).with_name("leash.py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What a child may use. macOS does not enforce `memory_bytes`."""

    wall_s: float
    cpu_s: float
    memory_bytes: int
    file_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child ended. returncode: negative for a signal. errors: the last lines of its stderr."""

    returncode: int
    errors: str = ""
    is_timed_out: bool = False


class Child:
    """One child process, run in a worker thread. `stop` works from any thread."""

    def __init__(self, command: Sequence[str], *, limits: ChildLimits, env: Mapping[str, str]) -> None:
        self._command = command
        self._limits = limits
        self._env = env
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._is_stopped = False
        self._is_timed_out = False

    async def run(self, on_line: Callable[[str], None]) -> Ended:
        """Run to the end without blocking the loop. A cancellation stops the child and waits for its end.

        on_line: called in the worker thread with each line of output. Raises OSError when it cannot start.
        """
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(None, self._run, on_line)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self.stop()
            # A second cancellation must not end the wait: the caller deletes the file the child writes.
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            raise

    def stop(self) -> None:
        """Send SIGTERM to the child and what it started, and SIGKILL a second later."""
        with self._lock:
            self._is_stopped = True
            process = self._process
        if process is None:
            return
        _signal(process, signal.SIGTERM)
        killer = threading.Timer(_GRACE_S, _signal, (process, signal.SIGKILL))
        killer.daemon = True
        killer.start()

    def _run(self, on_line: Callable[[str], None]) -> Ended:
        # The child's directory is deleted as soon as the child has started: nothing can be written there, and
        # nothing is left behind when this process is killed.
        require_temporary_folder()
        with TemporaryDirectory(prefix="pressroom-") as empty:
            process = self._start(empty)
        if process is None:
            return Ended(returncode=-1)
        clock = threading.Timer(self._limits.wall_s, self._expire)
        clock.daemon = True
        try:
            clock.start()
            assert process.stdout is not None
            assert process.stderr is not None
            tail = deque[str](maxlen=_TAIL_LINES)
            # Both pipes are read at once: a child whose stderr nobody reads blocks once that pipe is full.
            with process.stdout as lines, process.stderr as error_lines:
                shortened = (line.rstrip()[:_LINE_BYTES] for line in error_lines)
                drain = threading.Thread(target=tail.extend, args=(shortened,), daemon=True)
                drain.start()
                for line in lines:
                    on_line(line)
                drain.join()
            errors = "\n".join(tail)
            return Ended(returncode=process.wait(), errors=errors, is_timed_out=self._is_timed_out)
        finally:
            clock.cancel()
            _signal(process, signal.SIGKILL)
            process.wait()

    def _start(self, cwd: str) -> "subprocess.Popen[str] | None":
        with self._lock:  # so that `stop` either finds the process or keeps it from starting
            if self._is_stopped:
                return None
            command = self._command
            # Found here: a failure in `leash` would be no OSError, only a child that ended with a traceback.
            program = shutil.which(command[0])
            if program is None:
                number = errno.EACCES if Path(command[0]).exists() else errno.ENOENT
                raise OSError(number, os.strerror(number), command[0])
            if sys.platform != "linux":
                _log.debug(
                    "this system limits no memory, and a conversion may outlive a Pressroom that is killed"
                )
            self._process = subprocess.Popen(  # noqa: S603  # an argument list, no shell
                [sys.executable, "-I", "-S", LEASH, *leash_words(self._limits), program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                cwd=cwd,
                env=dict(self._env),
                start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the child
            )
            return self._process

    def _expire(self) -> None:
        self._is_timed_out = True
        self.stop()


def signal_group(pid: int, number: int) -> bool:
    """Signal a process that leads its group, and all that it started. Returns whether one of them is left."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS forbids it where only ended ones are left
        return False
    return True


def _signal(process: "subprocess.Popen[str]", number: int) -> None:
    """Signal a child and what it started, unless it was waited for: then its number may be another's."""
    if process.returncode is None:
        signal_group(process.pid, number)


def leash_words(limits: ChildLimits) -> list[str]:
    """Give the limits as arguments of `leash`, with this process as the parent."""
    leash = (os.getpid(), limits.memory_bytes, int(limits.cpu_s), limits.file_bytes)
    return [str(number) for number in leash]


def python_environment() -> dict[str, str]:
    """Give the environment of a child that runs our own code, with the import path of this process."""
    return clean_environment(PYTHONPATH=os.pathsep.join(path for path in sys.path if path))


def clean_environment(**more: str) -> dict[str, str]:
    """Give a child's environment: where programs, libraries and temporary files are, and no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept, **more}


class FairSemaphore:
    """A semaphore that serves waiters of any event loop in order."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting = deque[Future[None]]()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn and hold it."""
        with self._lock:
            ticket = None if self._free else Future[None]()
            if ticket:
                self._waiting.append(ticket)
            else:
                self._free -= 1
        if ticket:
            try:
                await asyncio.wrap_future(ticket)
            except asyncio.CancelledError:
                # The turn may have been given at the same moment: pass it on.
                if not ticket.cancel() and not ticket.cancelled():
                    self._release()
                raise
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        with self._lock:
            while self._waiting:
                ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():  # False for a waiter that was cancelled
                    ticket.set_result(None)
                    return
            self._free += 1


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Two conversions at once on two cores are no faster than one after the other (measured).
ENCODES = FairSemaphore(max(1, cores() // 2))
# Each is a process, which takes two descriptors, and seven while it starts.
PROBES = FairSemaphore(descriptor_share(cores(), each=7))
