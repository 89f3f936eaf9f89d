"""Records of running tunnel programs, so that the next start ends those of a Pressroom that was killed.

Each tunnel has a file in `tunnels` of the data directory. The process that started the tunnel holds the
file's lock (`flock`) until the tunnel has ended, and then removes the file. The kernel releases the lock of a
process that was killed. So a file whose lock is free belongs to a Pressroom that is gone, and its tunnel can
be ended.

Process ids are reused. A process is ended only if its start time is the recorded one, too. If the program has
already ended, its process group is ended only if a process of it has the tunnel's id in its environment.
"""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Final

import msgspec

from pressroom.core import flock
from pressroom.media.child import signal_group

TUNNEL_ID: Final = "STARTED_BY_PRESSROOM_AS"
"""The environment variable that marks a tunnel program and every process that it starts."""

_log: Final = logging.getLogger(__name__)
_DIRECTORY: Final = "tunnels"
# Seconds between SIGTERM and SIGKILL, and between two checks for processes left in the group.
_GRACE_S: Final = 5.0
_CHECK_S: Final = 0.05


class TunnelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One running tunnel program.

    owner_pid: the Pressroom that started it. pid: the program, which leads its own process group.
    owner_start_time, start_time: from `process_start_time`.
    """

    owner_pid: int
    owner_start_time: str | None
    program: str
    pid: int
    start_time: str


class TunnelRecordFile:
    """The record of one tunnel. Its file stays locked while this object is open. Its methods block."""

    def __init__(self, home: Path) -> None:
        """Create and lock the file. Raises OSError."""
        self.tunnel_id: Final = uuid.uuid4().hex
        self._path = home / _DIRECTORY / f"{self.tunnel_id}.json"
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = flock.lock_own_file(self._path)
        assert descriptor is not None, "no other process knows this name"
        self._descriptor = descriptor

    def write(self, *, program: str, pid: int) -> None:
        """Record a program that has just been started. Raises OSError."""
        start_time = process_start_time(pid)
        if start_time is None:  # it has already ended
            return
        record = TunnelRecord(
            owner_pid=os.getpid(),
            owner_start_time=process_start_time(os.getpid()),
            program=program,
            pid=pid,
            start_time=start_time,
        )
        os.write(self._descriptor, msgspec.json.encode(record))

    def close(self) -> None:
        """Remove the file and release its lock, after the program has ended."""
        flock.remove_own_file(self._path, self._descriptor)


async def end_orphaned_tunnels(home: Path) -> None:
    """End the tunnel programs of Pressrooms that were killed, and remove their records.

    A tunnel whose owner still runs is left alone.
    """
    for path in sorted((home / _DIRECTORY).glob("*.json")):
        try:
            descriptor = flock.lock_own_file(path)
        except OSError as error:
            _log.warning("The tunnel record %s cannot be read: %s", path, error)
            continue
        if descriptor is None:
            await _wait_while_another_ends_it(path)
            continue
        try:
            await _end_recorded(path)
        except asyncio.CancelledError:
            os.close(descriptor)  # the record stays for the next start
            raise
        flock.remove_own_file(path, descriptor)


async def _wait_while_another_ends_it(path: Path) -> None:
    """Wait while another task or process ends the tunnel of a Pressroom that was killed.

    That is the case if the record is locked although its owner no longer runs. A new program that needs the
    same address could not start earlier.
    """
    record = await asyncio.to_thread(_read, path)
    if record is None:
        return
    start_time = await asyncio.to_thread(process_start_time, record.owner_pid)
    if record.owner_start_time in (None, start_time):  # the owner still runs, or its start time is not known
        return
    # With a limit: in a container the owner may seem to be gone, because it has process ids of its own.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_S + 1):
            while flock.is_locked(path):  # noqa: ASYNC110  # the system reports no release of a lock
                await asyncio.sleep(_CHECK_S)


def _read(path: Path) -> TunnelRecord | None:
    """Return a record, or None if its owner was killed before it wrote the record."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=TunnelRecord)
    except (OSError, msgspec.DecodeError):
        return None


async def _end_recorded(path: Path) -> None:
    record = await asyncio.to_thread(_read, path)
    if record is not None and await asyncio.to_thread(_is_running, record, path.stem):
        _log.warning(
            "%s (process %d) is still running, and the Pressroom that started it (process %d) was killed. "
            "Ending it.",
            *(record.program, record.pid, record.owner_pid),
        )
        await end_group(record.pid)


async def end_group(group: int) -> None:
    """Send SIGTERM to a process group, and SIGKILL to what is left after 5 s or when cancelled."""
    try:
        signal_group(group, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                while signal_group(group, 0):  # noqa: ASYNC110  # the system reports no end of a group
                    await asyncio.sleep(_CHECK_S)
    finally:
        signal_group(group, signal.SIGKILL)


def process_start_time(pid: int) -> str | None:
    """Return when a process started, as text to compare; None if there is no such process.

    On Linux the text holds the boot id, the namespace of process ids, and the clock ticks from boot to start.
    Elsewhere it is the output of `ps`.
    """
    if sys.platform == "linux":
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            # The data directory may be shared with a container, which has process ids of its own.
            return f"{boot} {Path('/proc/self/ns/pid').readlink()} {_stat_fields(pid)[19]}"  # field 22
        except OSError:
            return None
    # In UTC and English: the next start may have another time zone or language.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", "LC_ALL": "C"}
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # no shell
    return result.stdout.strip() or None


def _is_running(record: TunnelRecord, tunnel_id: str) -> bool:
    """Return True if the recorded program, or a process that it started, still runs."""
    start_time = process_start_time(record.pid)
    if start_time is not None:
        return start_time == record.start_time
    # On Linux the program is killed together with its parent, but processes that it started are not.
    # They are in its group. The group's number alone proves nothing: a later group may have got the same one.
    mark = f"{TUNNEL_ID}={tunnel_id}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it is another user's, or has just ended
            is_member = _stat_fields(int(process.name))[2] == str(record.pid)  # field 5: the group
            if is_member and mark in (process / "environ").read_bytes().split(b"\0"):
                return True
    return False


def _stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on. Raises OSError if there is no such process."""
    line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return line.rpartition(")")[2].split()  # the second field is a name, which may contain blanks
