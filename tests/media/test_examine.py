"""A stranger's file is looked at by a process on a leash, and cannot stop ours."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import pytest
from PIL import Image

from pressroom.core.errors import MediaRefused, PressroomError, Shortage
from pressroom.core.shortage import shortage_in, shortages_named
from pressroom.media import prober
from pressroom.media.child import cores
from pressroom.media.examine import PROBERS, Prober, Probers, examine, examine_blocking
from pressroom.media.probe import probe
from pressroom.media.prober import ProbeAnswer, ProbeQuestion, encode
from tests.fakes.no_files import no_further_files
from tests.media.fixtures import Clip
from tests.media.hostile import endless_jpeg

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


async def refused(path: Path, probers: Probers = PROBERS) -> MediaRefused:
    with pytest.raises(MediaRefused) as caught:
        await examine(path, probers=probers)
    return caught.value


def a_prober_that_waits() -> Prober:
    PROBERS.close()
    waiting, is_new = PROBERS.take()
    assert is_new
    PROBERS.give_back(waiting)
    return waiting


@pytest.mark.parametrize("name", ["hlg", "late_sound", "gif"])
async def test_a_clip_is_told_as_probe_tells_it(clip: Clip, name: str) -> None:
    assert await examine(clip(name)) == probe(clip(name))


async def test_a_picture_is_told_as_probe_tells_it(picture: Path) -> None:
    assert await examine(picture) == probe(picture)
    assert examine_blocking(picture) == probe(picture)


async def test_a_name_is_told_as_it_was_asked_for(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(picture.parent)
    assert (await examine(Path("picture.png"))).path == Path("picture.png")


async def test_a_refusal_is_told_as_probe_tells_it(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "half.mp4").write_bytes(clip("moov_last").read_bytes()[:5000])
    with pytest.raises(MediaRefused) as caught:
        probe(tmp_path / "half.mp4")
    refusal = await refused(tmp_path / "half.mp4")
    assert (refusal.as_json(), refusal.helper_prefix) == (caught.value.as_json(), caught.value.helper_prefix)


async def test_one_process_looks_at_a_whole_batch(picture: Path) -> None:
    waiting = a_prober_that_waits()
    for _ in range(3):
        await examine(picture)
    still_there, is_new = PROBERS.take()
    PROBERS.give_back(still_there)
    assert (still_there, is_new) == (waiting, False)


async def test_a_process_that_ended_while_it_waited_is_replaced(picture: Path) -> None:
    a_prober_that_waits().end()
    assert (await examine(picture)).still


async def test_processor_time_is_limited_for_each_file(tmp_path: Path) -> None:
    looking = await asyncio.to_thread(Prober)
    question = ProbeQuestion(path=endless_jpeg(tmp_path / "endless.jpg"), salvage=False, cpu_s=0)
    assert await asyncio.to_thread(looking.ask, encode(question)) == b""
    assert looking.close() == -signal.SIGXCPU


@pytest.mark.skipif(sys.platform != "linux", reason="this system limits no memory")
async def test_a_file_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    Image.new("RGB", (400, 300)).save(path)
    os.truncate(path, 5 << 30)  # it takes no room on the disk
    refusal = await refused(path)
    assert (refusal.rule, refusal.helper_prefix) == ("too_expensive", None)
    assert "Reading huge.jpg took more time or memory" in refusal.message


class Ends(Prober):
    """A process that a decoder ends."""

    by = signal.SIGSEGV

    def ask(self, line: bytes) -> bytes:
        os.kill(self._process.pid, self.by)
        return super().ask(line)


class RunsOut(Ends):
    by = signal.SIGXCPU


@pytest.mark.parametrize(("kind", "rule"), [(Ends, "corrupt"), (RunsOut, "too_expensive")])
async def test_a_file_that_ends_the_process_is_refused(picture: Path, kind: type[Prober], rule: str) -> None:
    assert (await refused(picture, Probers(kind))).rule == rule


class Waits(Prober):
    """A process whose disk never answers."""

    def ask(self, line: bytes) -> bytes:
        self._process.wait()
        return super().ask(line)


async def test_a_file_that_takes_too_long_is_refused(picture: Path) -> None:
    assert (await refused(picture, Probers(Waits, least_cpu_s=0))).rule == "too_expensive"


class Watched(Prober):
    """A process whose first file is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = threading.Event()

    def ask(self, line: bytes) -> bytes:
        self.is_asked.set()
        return super().ask(line)


async def test_a_look_that_is_given_up_ends_at_once_and_leaves_no_process(tmp_path: Path) -> None:
    watched = await asyncio.to_thread(Watched)
    look = asyncio.create_task(
        examine(endless_jpeg(tmp_path / "endless.jpg"), probers=Probers(lambda: watched))
    )
    await asyncio.to_thread(watched.is_asked.wait)
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    assert watched._process.poll() == -signal.SIGKILL


@pytest.mark.parametrize("command", [[sys.executable, "-c", "pass"], ["/nowhere/python"]])
async def test_a_python_that_cannot_be_started_is_said(picture: Path, command: list[str]) -> None:
    with pytest.raises(PressroomError, match="cannot be started") as caught:
        await examine(picture, probers=Probers(lambda: Prober(command)))
    assert caught.value.fix


@pytest.mark.parametrize("is_running", [False, True], ids=["new", "kept"])
async def test_a_shortage_is_not_the_files_fault(picture: Path, is_running: bool) -> None:
    PROBERS.close()
    if is_running:
        await examine(picture)
    with no_further_files(), pytest.raises(Shortage), shortages_named():
        await examine(picture)
    assert (await examine(picture)).still


async def test_a_prober_that_may_open_no_file_tells_of_that() -> None:
    with no_further_files():
        answer = prober.answer_to(ProbeQuestion(path=Path(__file__), salvage=False, cpu_s=1))
    assert answer.refusal is None
    assert shortage_in(answer.failure)


async def test_of_a_crowd_of_files_a_few_are_looked_at_side_by_side(picture: Path) -> None:
    """A process each and a thread each would leave none for the store."""
    crowd = Crowded()
    await asyncio.gather(*(examine(picture, probers=crowd) for _ in range(20)))
    assert crowd.most <= cores()


class Crowded(Probers):
    """Counts how many are in use at once."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.most = 0

    def take(self) -> tuple[Prober, bool]:
        self.count += 1
        self.most = max(self.most, self.count)
        return super().take()

    def give_back(self, prober: Prober) -> None:
        self.count -= 1
        super().give_back(prober)


class Babbles(Prober):
    """A process that a file made say anything."""

    def ask(self, line: bytes) -> bytes:
        super().ask(line)
        return b'{"facts": {"path": 1}}\n'


class Fails(Prober):
    """A process in which a decoder raised what nobody expects."""

    def ask(self, line: bytes) -> bytes:
        super().ask(line)
        return encode(ProbeAnswer(failure="ZeroDivisionError"))


@pytest.mark.parametrize("kind", [Babbles, Fails])
async def test_a_file_that_a_decoder_cannot_cope_with_is_refused(picture: Path, kind: type[Prober]) -> None:
    assert (await refused(picture, Probers(kind))).rule == "corrupt"


def test_whatever_a_decoder_raises_is_an_answer(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, *, salvage: bool, header_only: bool) -> NoReturn:
        raise ZeroDivisionError(path, salvage, header_only)

    monkeypatch.setattr(prober, "probe", broken)
    answer = prober.answer_to(ProbeQuestion(path=picture, salvage=False, cpu_s=1))
    assert answer.failure.splitlines()[-1].startswith("ZeroDivisionError: ")
