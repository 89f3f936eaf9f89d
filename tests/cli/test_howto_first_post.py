"""What the page of the first real post shows as commands runs in its order, and prints what the page says."""

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.graph.traps import trap
from pressroom.hosting import preflight
from pressroom.hosting.tunnel import TunnelHost
from pressroom.sandbox.samples import make_photo
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.traps import with_trap
from tests.cli.conftest import HOST, Result, Shell
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/first-post.md").read_text(encoding="utf-8")
STAND_INS = ROOT / "tests/fakes/tunnels"
SERVED = "https://four-random-words.trycloudflare.com/media/cat.jpg"
TUNNEL = {"PRESSROOM_TUNNEL": "cloudflared"}
DAY_S = 24 * 3600.0
pytestmark = pytest.mark.usefixtures("files_by_tunnel")


@dataclass(frozen=True)
class Step:
    """A section of the page: its commands, and each block of what it says is printed."""

    commands: list[str]
    printed: list[list[str]]


def steps() -> Iterator[tuple[str, Step]]:
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        commands = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
        printed = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
        yield (
            section.partition("\n")[0],
            Step(
                [line for block in commands for line in block.splitlines()],
                [block.splitlines() for block in printed],
            ),
        )


STEPS = dict(steps())
[INSTALL, LOGIN] = STEPS["2. Pressroom, signed in"].commands
[EXPORT, PUBLISH] = STEPS["3. The photo"].commands
[STATUS, CHECK, DOCTOR, REHEARSE] = STEPS["Look before"].commands


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(fetch="trust", username="ana", processing=Processing.after_reads(1))


@pytest.fixture
def files_by_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cloudflared be on PATH, and every file have its address without being started."""

    async def put(*_: object, **__: object) -> str:
        return SERVED

    async def release(*_: object) -> None:
        pass

    async def fetchable(*_: object, **__: object) -> list[str]:
        return []

    monkeypatch.setenv("PATH", f"{STAND_INS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(TunnelHost, "put", put)
    monkeypatch.setattr(TunnelHost, "release", release)
    monkeypatch.setattr(preflight, "require_fetchable", fetchable)


def at_metas_hosts(shell: Shell, sandbox: Sandbox, clock: FakeClock) -> Shell:
    """A person at a terminal for whom the sandbox stands under Meta's own names; the token is new."""
    tokens, now = sandbox.scene.world.tokens, clock.now().timestamp()
    tokens[sandbox.token] = msgspec.structs.replace(
        tokens[sandbox.token], created_at=now, expires_at=now + 60 * DAY_S
    )
    transport = AsgiTransport(sandbox.app, clock=clock)
    return replace(shell, clock=clock, transport=transport, is_attended=True)


@pytest.fixture
def person(
    shell: Shell, sandbox: Sandbox, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(tmp_path)
    make_photo(tmp_path / "cat.jpg")
    return at_metas_hosts(shell, sandbox, clock)


def run(shell: Shell, command: str, stdin: str = "") -> Result:
    name, *args = shlex.split(command)
    assert name == "pressroom"
    return shell(*args, stdin=stdin)


def is_printed(line: str, result: Result) -> bool:
    """Whether a line of the page is one of those printed; `...` stands for anything."""
    wanted = ".*".join(re.escape(part) for part in line.split("..."))
    return any(re.fullmatch(wanted, one) for one in (*result.out.splitlines(), *result.err.splitlines()))


def assert_printed(lines: list[str], *results: Result) -> None:
    for line in lines:
        assert any(is_printed(line, one) for one in results), (line, *results)


def do(shell: Shell, command: str, printed: list[str], stdin: str = "") -> Result:
    """Run a command, which prints every line that the page says."""
    result = run(shell, command, stdin)
    assert result.code == 0, result.err
    assert_printed(printed, result)
    return result


def sign_in(shell: Shell, sandbox: Sandbox) -> Result:
    return run(shell, LOGIN, stdin=f"\n{sandbox.token}\n")


def test_there_are_three_steps_and_each_says_when_it_worked() -> None:
    assert [title[:2] for title in STEPS if title[0].isdigit()] == ["1.", "2.", "3."]
    assert PAGE.count("**Worked:**") == PAGE.count("**Else") == 3


def test_every_command_runs_in_order_and_prints_what_the_page_says(
    person: Shell, sandbox: Sandbox, clock: FakeClock
) -> None:
    assert f"`{INSTALL}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    asked, signed_in = STEPS["2. Pressroom, signed in"].printed
    result = do(person, LOGIN, [*asked, *signed_in], f"\n{sandbox.token}\n")
    assert sandbox.token not in result.out + result.err

    refused = run(person, PUBLISH)
    assert refused.code == 3
    assert EXPORT in refused.err

    name, _, value = EXPORT.removeprefix("export ").partition("=")
    assert {name: value} == TUNNEL
    person = replace(person, environ=TUNNEL)
    for command, printed in zip((STATUS, CHECK, DOCTOR, REHEARSE), STEPS["Look before"].printed, strict=True):
        do(person, command, printed)
    assert not sandbox.media

    do(person, PUBLISH, STEPS["3. The photo"].printed[0])
    [live] = sandbox.media
    assert live.caption == "Hello"

    for command in STEPS["Look at it"].commands:
        assert live.id in run(person, command).out

    [again], [printed] = STEPS["Tomorrow"].commands, STEPS["Tomorrow"].printed
    assert run(person, again).code != 0  # the token is not a day old
    clock.advance(DAY_S)
    do(person, again, printed)


def test_a_program_that_is_not_there_is_said_in_the_words_of_the_page(
    person: Shell, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(person, sandbox).code == 0
    monkeypatch.setenv("PATH", str(person.home))
    assert "cloudflared, which is not on PATH" in run(replace(person, environ=TUNNEL), PUBLISH).err
    assert "`cloudflared, which is not on PATH`" in PAGE


@pytest.mark.parametrize("name", ["no-role", "unknown-token"])
def test_a_sign_in_that_fails_stores_nothing_and_names_the_cause(
    person: Shell, settings: SandboxSettings, clock: FakeClock, name: str
) -> None:
    sandbox = Sandbox(with_trap(settings, name), clock=clock)
    person = at_metas_hosts(person, sandbox, clock)
    cut = sandbox.token[:-5] if name == "unknown-token" else sandbox.token
    result = run(person, LOGIN, stdin=f"\n{cut}\n")
    assert trap(name).cause in result.err
    assert "No account is signed in" in run(person, STATUS).err
    assert f"(../traps/{name}.md)" in PAGE


@pytest.mark.parametrize("name", ["missing-permission", "unused-permission"])
def test_a_permission_that_is_missing_shows_in_the_words_of_the_page(
    person: Shell, settings: SandboxSettings, clock: FakeClock, name: str
) -> None:
    sandbox = Sandbox(with_trap(settings, name), clock=clock)
    person = replace(at_metas_hosts(person, sandbox, clock), environ=TUNNEL)
    assert sign_in(person, sandbox).code == 0
    result = run(person, PUBLISH)
    assert "Application does not have permission for this action" in result.err
    assert f"(../traps/{name}.md)" in PAGE


def test_a_token_of_the_environment_shows_in_the_status(person: Shell, sandbox: Sandbox) -> None:
    assert sign_in(person, sandbox).code == 0
    shown = run(replace(person, environ={"INSTAGRAM_ACCESS_TOKEN": sandbox.token}), STATUS)
    assert "INSTAGRAM_ACCESS_TOKEN goes before the stored default" in shown.err
    assert "`INSTAGRAM_ACCESS_TOKEN goes before the stored default`" in PAGE


def test_an_account_kept_from_a_rehearsal_is_told_by_its_host_and_forgotten(
    person: Shell, sandbox: Sandbox
) -> None:
    rehearsed = replace(person, environ={"INSTAGRAM_API_BASE": f"http://{HOST}"})
    assert sign_in(rehearsed, sandbox).code == 0
    assert sign_in(person, sandbox).code == 0
    status = STATUS
    assert HOST in run(person, status).out
    [forget] = re.findall(r"`(pressroom auth logout[^`]*)`", PAGE)
    assert run(person, forget).code == 0
    assert HOST not in run(person, status).out
    assert "https://graph.instagram.com/" in run(replace(person, environ=TUNNEL), REHEARSE).out
