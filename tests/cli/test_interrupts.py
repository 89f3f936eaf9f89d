"""Ctrl-C, SIGTERM, SIGHUP: nothing half-done stays, and a post that is live is told to be."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pressroom.cli.shell import interrupts
from pressroom.cli.shell.failures import ExitCode, Interrupted
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.protocols import Reply, Request
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Shell
from tests.cli.processes import COMMAND, control, environ, running
from tests.media.hostile import endless_jpeg
from tests.patience import patience

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@dataclass
class PressesCtrlC:
    """A transport during whose requests of one kind somebody presses Ctrl-C."""

    inner: AsgiTransport
    on: str
    number: int = signal.SIGINT
    presses: int = 1

    async def send(self, request: Request) -> Reply:
        while self.on in request.url and self.presses:
            self.presses -= 1
            asyncio.get_running_loop().call_soon(os.kill, os.getpid(), self.number)
        return await self.inner.send(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


def interrupted_on(account: Shell, sandbox: Sandbox, on: str, **more: int) -> Shell:
    inner = AsgiTransport(sandbox.app, clock=account.clock)
    return replace(account, transport=PressesCtrlC(inner, on, **more))


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("settings", [SandboxSettings(fetch="trust", processing=Processing.after_reads(50))])
def test_while_instagram_processes_it_ends_with_130_and_nothing_is_live(
    account: Shell, sandbox: Sandbox, number: int
) -> None:
    shell = interrupted_on(account, sandbox, "status_code", number=number)
    result = shell("publish", "photo", PICTURE, "--json")
    assert (result.code, result.out) == (ExitCode.INTERRUPTED, "")
    assert result.error["message"] == "Interrupted: nothing was published."
    assert (sandbox.media, sandbox.calls("/media_publish")) == ([], [])


def test_a_person_is_told_that_it_stops(account: Shell, sandbox: Sandbox) -> None:
    result = interrupted_on(account, sandbox, "status_code")("publish", "photo", PICTURE)
    assert result.err.splitlines()[-2:] == ["Stopping ...", "Error: Interrupted: nothing was published."]


def test_during_media_publish_an_answer_that_comes_is_the_truth(account: Shell, sandbox: Sandbox) -> None:
    result = interrupted_on(account, sandbox, "media_publish")("publish", "photo", PICTURE, "--json")
    assert result.code == ExitCode.DONE
    assert result.json["id"] == sandbox.media[0].id


def test_during_media_publish_a_lost_answer_is_looked_after_once(account: Shell, sandbox: Sandbox) -> None:
    """It hangs, and was carried out: the container says so."""
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.HANG, effect=Effect.DONE, delay_s=90))
    result = interrupted_on(account, sandbox, "media_publish")("publish", "photo", PICTURE, "--json")
    assert result.code == ExitCode.DONE
    assert result.json["container_id"] == sandbox.media[0].container_id


def test_during_media_publish_without_any_proof_it_ends_with_8(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.HANG, delay_s=90))
    result = interrupted_on(account, sandbox, "media_publish")("publish", "photo", PICTURE, "--json")
    assert (result.code, result.out) == (ExitCode.OUTCOME_UNKNOWN, "")
    assert f"pressroom api GET {result.error['container_id']}" in result.error["fix"]
    assert len(sandbox.calls("/media_publish")) == 1


def test_pressed_twice_it_does_not_wait_and_still_tells_what_is_open(
    account: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.HANG, delay_s=90))
    shell = interrupted_on(account, sandbox, "media_publish", presses=2)
    assert shell("publish", "photo", PICTURE).code == ExitCode.OUTCOME_UNKNOWN


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_is_ours_only_while_a_command_runs(number: int) -> None:
    before = [signal.getsignal(number) for number in ENDING]

    async def stopped() -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(60)

    with pytest.raises(Interrupted):
        interrupts.run(stopped(), lambda: None)
    assert [signal.getsignal(number) for number in ENDING] == before


def test_what_does_not_let_go_is_ended_by_the_fourth() -> None:
    async def stubborn() -> None:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        interrupts.run(stubborn(), lambda: None)


def test_what_is_said_of_it_fails_in_vain() -> None:
    """As on a terminal that is gone."""

    def fail() -> None:
        raise OSError(5, "Input/output error")

    async def stopped() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(10)

    with pytest.raises(Interrupted):
        interrupts.run(stopped(), fail)


def wait_for_call(base: str, path: str) -> None:
    """Wait until a served sandbox has been called at a path."""
    while not any(call["path"].endswith(path) for call in control(base, "requests")):
        pass


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    make_poster(tmp_path / "poster.png")
    return tmp_path / "poster.png"


def test_ctrl_c_in_a_real_process_ends_with_130_and_leaves_no_half_file(
    served: dict[str, str], poster: Path
) -> None:
    base = served["INSTAGRAM_API_BASE"]
    with running("publish", "photo", poster, env=served) as process:
        wait_for_call(base, "/media")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=patience(20))
    assert (process.returncode, out, "Traceback" in err) == (ExitCode.INTERRUPTED, "", False)
    home = Path(served["PRESSROOM_HOME"])
    assert [path.name for path in home.rglob("*") if "part" in path.suffixes] == []
    assert control(base, "state")["counts"]["media"] == 0


def test_ctrl_c_during_media_publish_in_a_real_process_waits_for_the_answer(
    served: dict[str, str], poster: Path
) -> None:
    base = served["INSTAGRAM_API_BASE"]
    control(base, "faults", {"on": "media_publish", "kind": "slow", "delay_s": 20})
    with running("publish", "photo", poster, "--json", env=served) as process:
        wait_for_call(base, "/media_publish")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=patience(20))
    assert (process.returncode, "Stopping ..." in err) == (ExitCode.DONE, True)
    assert json.loads(out)["id"]
    assert control(base, "state")["counts"]["media"] == 1


def wait_for_child(pid: int) -> int:
    """Wait until a process has started another, and give its id."""
    while True:
        for task in Path(f"/proc/{pid}/task").iterdir():
            if children := (task / "children").read_text().split():
                return int(children[0])


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose child a process is")
def test_ctrl_c_while_a_strangers_file_is_looked_at_ends_at_once_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    path = endless_jpeg(tmp_path / "endless.jpg")
    with running("media", "check", path, env=environ(tmp_path / "home")) as process:
        child = wait_for_child(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=patience(10))
    assert (process.returncode, out, "Traceback" in err) == (ExitCode.INTERRUPTED, "", False)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_under_nohup_a_terminal_that_goes_away_ends_nothing(served: dict[str, str], poster: Path) -> None:
    base = served["INSTAGRAM_API_BASE"]
    control(base, "faults", {"on": "media_publish", "kind": "slow", "delay_s": 10})
    with running("publish", "photo", poster, "--json", env=served, under=("nohup",)) as process:
        wait_for_call(base, "/media_publish")
        process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=patience(20))
    assert (process.returncode, "Stopping ..." in err) == (ExitCode.DONE, False)
    assert json.loads(out)["id"]


TAKES_THE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def test_a_terminal_that_goes_away_while_a_bar_is_drawn_leaves_nothing_half_done(
    served: dict[str, str], poster: Path
) -> None:
    """A real one: the kernel tells the process, and takes nothing it writes any more."""
    base = served["INSTAGRAM_API_BASE"]
    control(base, "faults", {"on": "media_publish", "kind": "slow", "delay_s": 10})
    terminal, its_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", TAKES_THE_TERMINAL, *COMMAND, "publish", "photo", poster],
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        env={**served, "TERM": "xterm", "CI": ""},
        start_new_session=True,
    ) as process:
        os.close(its_end)
        wait_for_call(base, "/media_publish")
        os.close(terminal)
        assert process.wait(timeout=patience(20)) >= 0
    assert control(base, "state")["counts"]["media"] == 1
