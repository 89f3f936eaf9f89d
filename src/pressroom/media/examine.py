"""Probe a file in another process. Start here to learn about a file.

An untrusted file can make a decoder run for minutes, take gigabytes or crash. So `probe` runs in a process
with limits of time and memory, and the caller's process loads no decoder.
"""

import asyncio
import contextlib
import logging
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from pressroom.core.errors import MediaRefused
from pressroom.core.shortage import shortage_in
from pressroom.media import refusals
from pressroom.media.answer import Question, decode_answer, encode
from pressroom.media.facts import Probe
from pressroom.media.probe import look
from pressroom.media.probers import PROBERS, Prober, Probers
from pressroom.media.semaphore import PROBES
from pressroom.media.sniff import Kind

_log = logging.getLogger(__name__)
_BYTES_PER_CPU_S: Final = 50_000_000  # every packet of a film is read
_MOST_CPU_S: Final = 3600
_WALL_PER_CPU: Final = 4  # a slow disk or a busy machine takes no processor time
# SIGXCPU ends what used up its processor time; `stop` and the kernel, out of memory, send SIGKILL.
_TOO_MUCH: Final = (-signal.SIGKILL, -signal.SIGXCPU)


async def examine(path: Path, *, salvage: bool = False, probers: Probers = PROBERS) -> Probe:
    """Probe a file, as `probe` does. A cancellation ends the process before it is raised.

    Raises MediaRefused as `probe`, and for too_expensive; Shortage; PressroomError when no process can be
    started.
    """
    # A crowd of files would take all threads, for which the store waits as well.
    async with PROBES.turn():
        return await _examined(_Look(path, salvage=salvage, probers=probers))


async def _examined(looking: "_Look") -> Probe:
    work = asyncio.get_running_loop().run_in_executor(None, looking.run)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        looking.stop()
        while not work.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([work])
        work.exception()  # retrieved, or asyncio would log it
        raise


def examine_blocking(path: Path) -> Probe:
    """Do as `examine` where there is no event loop."""
    return _Look(path, salvage=False, probers=PROBERS).run()


class _Look:
    """One probe of one file. `stop` works from any thread."""

    def __init__(self, path: Path, *, salvage: bool, probers: Probers) -> None:
        self._path = path
        self._salvage = salvage
        self._probers = probers
        self._lock = threading.Lock()
        self._prober: Prober | None = None
        self._is_over = False

    def run(self) -> Probe:
        size, sniffed = look(self._path)
        cpu_s = min(_MOST_CPU_S, self._probers.least_cpu_s + size // _BYTES_PER_CPU_S)
        question = encode(Question(path=self._path.absolute(), salvage=self._salvage, cpu_s=cpu_s))
        clock = threading.Timer(_WALL_PER_CPU * cpu_s, self.stop)
        clock.daemon = True
        clock.start()
        try:
            said = self._asked(question)
        finally:
            clock.cancel()
        if isinstance(said, int):
            raise self._ended(said, sniffed.kind)
        return self._told(said, sniffed.kind)

    def stop(self) -> None:
        with self._lock:
            self._is_over = True
            if self._prober:
                self._prober.end()

    def _asked(self, question: bytes) -> bytes | int:
        """Give the line of the answer, or the return code of a process that the file ended."""
        while True:
            prober, is_new = self._probers.take()
            if line := self._ask(prober, question):
                return line
            returncode = prober.close()
            if is_new or self._is_over:  # an idle one may have ended before it got this file
                return returncode

    def _ask(self, prober: Prober, question: bytes) -> bytes:
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
        return line if is_well else b""

    def _told(self, line: bytes, kind: Kind) -> Probe:
        try:
            answer = decode_answer(line)
        except msgspec.DecodeError:  # a decoder corrupted its process
            raise _damaged(self._path, kind) from None
        if answer.facts:
            return replace(answer.facts, path=self._path)
        if answer.refusal:
            raise answer.refusal.error()
        if answer.is_out_of_memory:
            raise refusals.too_expensive_to_read(self._path)
        if shortage := shortage_in(answer.failure):
            raise shortage
        _log.debug("%s made a decoder fail: %s", self._path.name, answer.failure)
        raise _damaged(self._path, kind)

    def _ended(self, returncode: int, kind: Kind) -> MediaRefused:
        _log.debug("%s ended the process that looked at it: %s", self._path.name, returncode)
        if returncode in _TOO_MUCH:
            return refusals.too_expensive_to_read(self._path)
        return _damaged(self._path, kind)


def _damaged(path: Path, kind: Kind) -> MediaRefused:
    return refusals.corrupt(path) if kind is Kind.IMAGE else refusals.corrupt_clip(path)
