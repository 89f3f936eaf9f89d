"""A process is ended only if it is certainly the recorded tunnel program, and its Pressroom is gone."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from pressroom.core import flock
from pressroom.core.settings import Settings
from pressroom.hosting import tunnel_records
from pressroom.hosting.tunnel_records import (
    TunnelRecord,
    TunnelRecordFile,
    end_orphaned_tunnels,
    process_start_time,
)
from pressroom.hosting.ways import clear_leftovers

WAIT_FOREVER = "import signal; signal.pause()"


@pytest.fixture
def program() -> Generator[subprocess.Popen[bytes]]:
    """A process that leads its own group, as a tunnel program does."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", WAIT_FOREVER], start_new_session=True
    ) as process:
        yield process
        process.kill()


def leave_record(home: Path, record: TunnelRecord) -> Path:
    """Write the record of a Pressroom that was killed: nobody has the file locked."""
    path = home / "tunnels" / "a.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(record))
    return path


def record_for(pid: int, start_time: str | None = None) -> TunnelRecord:
    start_time = start_time or process_start_time(pid)
    assert start_time is not None
    return TunnelRecord(
        owner_pid=1,
        owner_start_time="a process that has ended",
        program="cloudflared",
        pid=pid,
        start_time=start_time,
    )


async def test_a_program_with_the_recorded_start_time_is_ended(
    settings: Settings,
    program: "subprocess.Popen[bytes]",
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = leave_record(settings.home, record_for(program.pid))
    # The test has not waited for its child yet, so the group exists until the grace period has passed.
    monkeypatch.setattr(tunnel_records, "_GRACE_S", 0.2)
    await clear_leftovers(settings)
    assert program.wait() < 0
    assert not path.exists()
    assert f"cloudflared (process {program.pid}) is still running" in caplog.text


async def test_a_tunnel_that_another_start_is_ending_is_waited_for(
    settings: Settings, program: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new program cannot start at an address while the old one is still running."""
    leave_record(settings.home, record_for(program.pid))
    monkeypatch.setattr(tunnel_records, "_GRACE_S", 0.2)
    first = asyncio.ensure_future(end_orphaned_tunnels(settings.home))
    while program.poll() is None:  # noqa: ASYNC110  # the system reports the end of a process
        await asyncio.sleep(0)
    await end_orphaned_tunnels(settings.home)
    assert not (settings.home / "tunnels" / "a.json").exists()
    await first


async def test_a_process_that_got_the_recorded_number_later_is_left_alone(
    settings: Settings, program: "subprocess.Popen[bytes]"
) -> None:
    path = leave_record(settings.home, record_for(program.pid, start_time="another time"))
    await end_orphaned_tunnels(settings.home)
    assert program.poll() is None
    assert not path.exists(), "the recorded program has ended"


STARTS_A_CHILD = f"""
import os
pid = os.fork()
if pid:
    print(pid)
else:
    os.close(1)
    {WAIT_FOREVER}
"""


@pytest.fixture
def group() -> Generator[tuple[int, int]]:
    """A process group whose leader has ended: its number, and the process that is left of it."""
    leader = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", STARTS_A_CHILD], stdout=subprocess.PIPE, start_new_session=True
    )
    child = int(leader.communicate()[0])
    yield leader.pid, child
    os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes of a group in /proc")
async def test_a_group_whose_leader_has_ended_is_left_alone_if_it_does_not_carry_the_tunnels_id(
    settings: Settings, group: tuple[int, int]
) -> None:
    number, child = group
    leave_record(settings.home, record_for(number, start_time="earlier"))
    await end_orphaned_tunnels(settings.home)
    assert process_start_time(child) is not None


async def test_a_program_whose_owner_runs_is_left_alone(
    settings: Settings, program: "subprocess.Popen[bytes]"
) -> None:
    record = TunnelRecordFile(settings.home)
    record.write(program="cloudflared", pid=program.pid)
    await end_orphaned_tunnels(settings.home)
    assert program.poll() is None
    [path] = (settings.home / "tunnels").iterdir()
    assert flock.is_locked(path)
    assert msgspec.json.decode(path.read_bytes(), type=TunnelRecord).owner_pid == os.getpid()
    record.close()
    assert not path.exists()


async def test_a_record_that_was_not_completely_written_is_removed(settings: Settings) -> None:
    path = settings.home / "tunnels" / "a.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"owner_pid": 1')
    await end_orphaned_tunnels(settings.home)
    assert not path.exists()


@pytest.mark.skipif(shutil.which("ps") is None, reason="asks ps")
def test_a_start_time_from_ps_does_not_depend_on_the_time_zone(
    program: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    in_tokyo = process_start_time(program.pid)
    monkeypatch.setenv("TZ", "America/Lima")
    assert in_tokyo == process_start_time(program.pid)
    assert time.strptime(in_tokyo or "", "%a %b %d %H:%M:%S %Y")
    program.kill()
    program.wait()
    assert process_start_time(program.pid) is None
