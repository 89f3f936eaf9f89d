"""Probe a file in another process, or make a small picture of it there. `looks` caches what is learnt.

An untrusted file can make a decoder run for minutes, take gigabytes or crash. So decoders run in a process
with limits of time and memory (`prober`), and the caller's process loads none of them. Such processes are
started when needed and kept in a pool for the next file.
"""

import asyncio
import atexit
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.core.shortage import require_temporary_folder, shortage_in
from pressroom.media import refusals
from pressroom.media.child import PROBES, ChildLimits, leash_words, python_environment
from pressroom.media.facts import ClipFrame, Probe, SmallPictures, StillFacts
from pressroom.media.probe import look
from pressroom.media.prober import READY, ProbeAnswer, ProbeQuestion, decode_answer, encode

_log = logging.getLogger(__name__)
# -P: nothing is imported from the directory that it starts in.
_COMMAND: Final = (sys.executable, "-P", "-m", "pressroom.media.prober")
_LIFE_CPU_S: Final = 86_400  # as good as none: `prober` sets a limit for each file
_MEMORY_BYTES: Final = 2_500_000_000
_FILE_BYTES: Final = 16 << 20  # Python caches compiled modules; nothing else is written
_ANSWER_BYTES: Final = 8 << 20  # a corrupted process may answer without end
_MOST_IDLE: Final = 2  # starting one anew costs about 40 ms
_BYTES_PER_CPU_S: Final = 50_000_000  # every packet of a film is read
_MOST_CPU_S: Final = 3600
_WALL_PER_CPU: Final = 4  # a slow disk or a busy machine takes no processor time
# SIGXCPU ends what used up its processor time; `stop` and the kernel, out of memory, send SIGKILL.
_TOO_MUCH: Final = (-signal.SIGKILL, -signal.SIGXCPU)


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


def _not_started(reason: str) -> PressroomError:
    error = PressroomError(
        f"The process that looks at files cannot be started ({reason}).",
        fix=f"Check that {sys.executable or 'Python'} can be run, and that the system takes more processes.",
    )
    error.retryable = True  # it says nothing about the file
    return error


def _stay(started: "Future[subprocess.Popen[bytes]]", command: Sequence[str]) -> None:
    """Start the process and wait for its end, in a thread of its own."""
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
    """The pool of idle probers. Safe to use from several threads; a forked process starts without any.

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
        """Keep a prober for the next file."""
        with self._lock:
            self._idle.append(prober)
            surplus = self._idle[:-_MOST_IDLE]
            del self._idle[:-_MOST_IDLE]
        for idle in surplus:  # outside of the lock, since it waits for their end
            idle.close()

    def close(self) -> None:
        """End all idle probers."""
        with self._lock:
            waiting, self._idle = self._idle, []
        for prober in waiting:
            prober.close()

    # After a fork the pipes are the parent's, and a thread that exists no more may hold the lock.
    def _forget(self) -> None:
        self._idle = list[Prober]()
        self._lock = threading.Lock()


PROBERS: Final = Probers()


async def examine(
    path: Path, *, salvage: bool = False, header_only: bool = False, probers: Probers = PROBERS
) -> Probe:
    """Probe a file, as `probe` does. A cancellation ends the process before it is raised.

    Raises MediaRefused as `probe`, and for too_expensive; Shortage; PressroomError when no process can be
    started.
    """
    examination = _Examination(
        ProbeQuestion(path=path, salvage=salvage, header_only=header_only, cpu_s=0), probers
    )
    answer = await _ended(examination)
    assert answer.facts
    # The process saw an absolute path: the caller gets the one it gave.
    return replace(answer.facts, path=path)


async def make_small(
    path: Path, still: StillFacts, most_px: Sequence[int], *, probers: Probers = PROBERS
) -> SmallPictures:
    """Make small pictures of a still, as `picture.make_small` does. Raises and ends as `examine`."""
    question = ProbeQuestion(path=path, cpu_s=0, still=still, most_px=tuple(most_px))
    answer = await _ended(_Examination(question, probers))
    assert answer.small
    return answer.small


async def make_thumbnail(picture: bytes, most_px: int) -> bytes:
    """Make a thumbnail of a downloaded picture, as `thumbnail.thumbnail_of` does.

    Raises and ends as `examine`, and OSError where the picture cannot be written to a temporary file.
    """
    require_temporary_folder()
    with TemporaryDirectory(prefix="pressroom-") as directory:
        path = Path(directory) / "picture"
        await asyncio.to_thread(path.write_bytes, picture)
        question = ProbeQuestion(path=path, cpu_s=0, thumbnail_px=most_px)
        answer = await _ended(_Examination(question, PROBERS))
    assert answer.picture
    return answer.picture


async def _ended(examination: "_Examination") -> ProbeAnswer:
    # A crowd of files would take all threads, for which the store waits as well.
    async with PROBES.turn():
        work = asyncio.get_running_loop().run_in_executor(None, examination.run)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            examination.stop()
            # A second cancellation must not end the wait: the process has to end before this raises.
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            work.exception()  # retrieved, or asyncio would log it
            raise


def examine_blocking(path: Path) -> Probe:
    """Do as `examine` where there is no event loop."""
    answer = _Examination(ProbeQuestion(path=path, cpu_s=0), PROBERS).run()
    assert answer.facts
    return replace(answer.facts, path=path)


def make_logo(path: Path, box: tuple[int, int]) -> bytes:
    """Make the logo of a report, as `thumbnail.logo_of` does. Blocks. Raises as `examine`."""
    answer = _Examination(ProbeQuestion(path=path, cpu_s=0, logo_px=box), PROBERS).run()
    assert answer.picture
    return answer.picture


def cut_frame(path: Path, at_s: float) -> ClipFrame:
    """Give a frame of an MP4 or MOV, as `clip.frame_of` does. Blocks. Raises as `examine`."""
    answer = _Examination(ProbeQuestion(path=path, cpu_s=0, frame_at_s=at_s), PROBERS).run()
    assert answer.frame
    return answer.frame


class _Examination:
    """One question about one file. `stop` works from any thread."""

    def __init__(self, question: ProbeQuestion, probers: Probers) -> None:
        self._path = question.path
        self._question = question
        self._probers = probers
        self._lock = threading.Lock()
        self._prober: Prober | None = None
        self._is_over = False

    def run(self) -> ProbeAnswer:
        size, _ = look(self._path)
        cpu_s = min(_MOST_CPU_S, self._probers.least_cpu_s + size // _BYTES_PER_CPU_S)
        question = encode(replace(self._question, path=self._path.absolute(), cpu_s=cpu_s))
        clock = threading.Timer(_WALL_PER_CPU * cpu_s, self.stop)
        clock.daemon = True
        clock.start()
        try:
            answer = self._ask_any(question)
        finally:
            clock.cancel()
        if isinstance(answer, bytes):
            try:
                answer = decode_answer(answer)
            except msgspec.DecodeError:  # a decoder corrupted its process
                raise refusals.corrupt(self._path) from None
            if answer.facts or answer.small or answer.picture or answer.frame:
                return answer
            if answer.refusal:
                raise answer.refusal.error()
            if answer.is_out_of_memory:
                raise refusals.too_expensive_to_read(self._path)
            if shortage := shortage_in(answer.failure):
                raise shortage
            _log.debug("%s made a decoder fail: %s", self._path.name, answer.failure)
            raise refusals.corrupt(self._path)
        _log.debug("%s ended the process that looked at it: %s", self._path.name, answer)
        if answer in _TOO_MUCH:
            raise refusals.too_expensive_to_read(self._path)
        raise refusals.corrupt(self._path)

    def stop(self) -> None:
        with self._lock:
            self._is_over = True
            if self._prober:
                self._prober.end()

    def _ask_any(self, question: bytes) -> bytes | int:
        """Give the line of the answer, or the return code of a process that the file, or `stop`, ended."""
        while True:
            prober, is_new = self._probers.take()
            with self._lock:
                self._prober = prober
                if self._is_over:
                    prober.end()
            line = prober.ask(question)
            with self._lock:
                self._prober = None  # it may get another file next, which `stop` must not end
                is_well = line and not self._is_over
            if is_well:
                self._probers.give_back(prober)
                return line
            returncode = prober.close()
            if is_new or self._is_over:  # an idle one may have ended before it got this file
                return returncode
