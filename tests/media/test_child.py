"""A converter is a child on a short leash."""

import asyncio
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from pressroom.media.child import Child, ChildLimits, Ended, FairSemaphore, clean_environment
from tests.patience import patience


def limits(
    *, wall_s: float = 60, cpu_s: float = 60, memory: int = 2 << 30, file: int = 1 << 20
) -> ChildLimits:
    return ChildLimits(wall_s=wall_s, cpu_s=cpu_s, memory_bytes=memory, file_bytes=file)


async def run(code: str, **more: float) -> tuple[Ended, list[str]]:
    lines = list[str]()
    child = Child([sys.executable, "-c", code], limits=limits(**more), env=clean_environment())  # pyright: ignore[reportArgumentType]
    return await child.run(lines.append), [line.strip() for line in lines]


async def test_its_lines_and_its_complaints_are_heard() -> None:
    ended, lines = await run("import sys; print('one'); print('two'); sys.exit('oh no')")
    assert (ended.returncode, ended.errors, lines) == (1, "oh no", ["one", "two"])


async def test_it_starts_in_an_empty_directory_with_nothing_of_our_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", "IGsecret")
    _, lines = await run("import os; print(os.listdir()); print('INSTAGRAM_ACCESS_TOKEN' in os.environ)")
    assert lines == ["[]", "False"]


async def test_a_name_of_a_program_that_is_none_is_an_os_error() -> None:
    child = Child(["/nowhere/ffmpeg"], limits=limits(), env={})
    with pytest.raises(OSError, match="No such file"):
        await child.run(lambda _: None)


async def test_it_may_not_run_longer_than_allowed() -> None:
    ended, _ = await run("import time; time.sleep(60)", wall_s=0.2)
    assert ended.is_timed_out
    assert ended.returncode < 0


async def test_the_processes_it_started_end_with_it() -> None:
    """FFMPEG_PATH may name a script that starts ffmpeg, which then keeps the output open."""
    sleep = "import time; time.sleep(30)"
    async with asyncio.timeout(patience(5)):
        ended, _ = await run(
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleep!r}])", wall_s=0.2
        )
    assert ended.is_timed_out


async def test_it_may_not_write_more_than_allowed(tmp_path: Path) -> None:
    write = f"f = open({str(tmp_path / 'big')!r}, 'wb'); [f.write(bytes(1 << 20)) for _ in range(9)]"
    ended, _ = await run(write)
    assert ended.returncode != 0
    assert (tmp_path / "big").stat().st_size <= 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="this system limits no memory")
async def test_it_may_not_take_more_memory_than_allowed() -> None:
    ended, _ = await run("bytearray(3 << 30)")
    assert "MemoryError" in ended.errors


ORPHAN = """
import asyncio, sys
from pressroom.media.child import Child, ChildLimits, clean_environment
limits = ChildLimits(wall_s=60, cpu_s=60, memory_bytes=2 << 30, file_bytes=1 << 20)
child = Child([sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"],
              limits=limits, env=clean_environment())
asyncio.run(child.run(lambda line: print(line, flush=True)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_it_dies_with_a_pressroom_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        child = os.pidfd_open(int(ours.stdout.readline()))
        ours.kill()
        ended, _, _ = select.select([child], [], [], patience(10))
        os.close(child)
    assert ended


async def test_turns_go_to_waiters_in_order() -> None:
    slots, order = FairSemaphore(1), list[int]()

    async def work(number: int) -> None:
        async with slots.turn():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


async def test_a_waiter_who_gives_up_keeps_no_turn() -> None:
    slots = FairSemaphore(1)
    async with slots.turn():
        waiter = asyncio.create_task(slots.turn().__aenter__())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    async with asyncio.timeout(patience(1)), slots.turn():
        pass
