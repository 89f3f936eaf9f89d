"""What the page of the first real post shows as commands runs in its order, and prints what the page says."""

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
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.sandbox.samples import make_photo, make_poster
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.traps import with_trap
from tests.cli.conftest import HOST, Result, Shell
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/first-post.md").read_text(encoding="utf-8")
SERVED = "https://res.cloudinary.com/cloud/image/upload/pressroom/cat.jpg"
DAY_S = 24 * 3600.0
pytestmark = pytest.mark.usefixtures("files_at_cloudinary")


@dataclass(frozen=True)
class Step:
    """A section of the page: its commands, and each block of what it says is printed."""

    number: int
    commands: list[str]
    printed: list[list[str]]


def steps() -> Iterator[Step]:
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        commands = re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
        printed = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
        yield Step(
            int(section.partition(".")[0]),
            [line for block in commands for line in block.splitlines()],
            [block.splitlines() for block in printed],
        )


STEPS = {step.number: step for step in steps()}


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(fetch="trust", username="ana", processing=Processing.after_reads(1))


@pytest.fixture
def files_at_cloudinary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Cloudinary take and serve every file, and nothing leave the machine for it."""

    async def put(*_: object, **__: object) -> str:
        return SERVED

    async def release(*_: object) -> None:
        pass

    async def fetchable(*_: object, **__: object) -> list[str]:
        return []

    monkeypatch.setattr(CloudinaryHost, "put", put)
    monkeypatch.setattr(CloudinaryHost, "release", release)
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


def do(shell: Shell, number: int, stdin: str = "") -> Result:
    """Run the only command of a step, which prints every line that the step says."""
    [command] = STEPS[number].commands
    result = run(shell, command, stdin)
    assert result.code == 0, result.err
    assert_printed([line for block in STEPS[number].printed for line in block], result)
    return result


def sign_in(shell: Shell, sandbox: Sandbox) -> Result:
    [command] = STEPS[6].commands
    return run(shell, command, stdin=f"\n{sandbox.token}\n")


def test_the_steps_are_counted_and_each_says_when_it_worked() -> None:
    assert list(STEPS) == list(range(1, 15))
    assert PAGE.count("**Worked:**") == 13


def test_every_command_runs_in_order_and_prints_what_the_page_says(
    person: Shell, sandbox: Sandbox, clock: FakeClock
) -> None:
    install, version = STEPS[5].commands
    assert f"`{install}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert run(person, version).out.startswith("pressroom ")

    signed_in = do(person, 6, f"\n{sandbox.token}\n")
    assert sandbox.token not in signed_in.out + signed_in.err
    do(person, 7)

    check, rehearse = STEPS[8].commands[0], STEPS[11].commands[0]
    assert_printed(STEPS[8].printed[0], run(person, check))
    make_poster(Path("poster.png"))
    assert_printed(STEPS[8].printed[1], run(person, check.replace("cat.jpg", "poster.png")))

    refused = run(person, rehearse)
    assert refused.code == 3
    assert_printed(STEPS[9].printed[0], refused)

    [export] = STEPS[9].commands
    name, _, value = export.removeprefix("export ").partition("=")
    person = replace(person, environ={name: value})
    do(person, 10)
    do(person, 11)
    assert not sandbox.media

    do(person, 12)
    [live] = sandbox.media
    assert live.caption == "Hello"

    for command in STEPS[13].commands:
        assert live.id in run(person, command).out

    [again] = STEPS[14].commands
    assert run(person, again).code != 0  # the token is not a day old
    clock.advance(DAY_S)
    do(person, 14)


@pytest.mark.parametrize("name", ["no-role", "wrong-host"])
def test_a_sign_in_that_fails_stores_nothing_and_names_the_cause(
    person: Shell, settings: SandboxSettings, clock: FakeClock, name: str
) -> None:
    sandbox = Sandbox(with_trap(settings, name), clock=clock)
    person = at_metas_hosts(person, sandbox, clock)
    cut = sandbox.token[:-5] if name == "wrong-host" else sandbox.token
    result = run(person, STEPS[6].commands[0], stdin=f"\n{cut}\n")
    assert trap(name).cause in result.err
    assert "No account is signed in" in run(person, STEPS[7].commands[0]).err
    assert f"(../traps/{name}.md)" in PAGE


@pytest.mark.parametrize("name", ["missing-permission", "unused-permission"])
def test_a_permission_that_is_missing_shows_in_the_words_of_the_page(
    person: Shell, settings: SandboxSettings, clock: FakeClock, name: str
) -> None:
    sandbox = Sandbox(with_trap(settings, name), clock=clock)
    person = replace(at_metas_hosts(person, sandbox, clock), environ={"CLOUDINARY_URL": "cloudinary://a:b@c"})
    assert sign_in(person, sandbox).code == 0
    result = run(person, STEPS[12].commands[0])
    assert "Application does not have permission for this action" in result.err
    assert f"(../traps/{name}.md)" in PAGE


def test_a_token_of_the_environment_shows_in_the_status(person: Shell, sandbox: Sandbox) -> None:
    assert sign_in(person, sandbox).code == 0
    shown = run(replace(person, environ={"INSTAGRAM_ACCESS_TOKEN": sandbox.token}), STEPS[7].commands[0])
    assert "INSTAGRAM_ACCESS_TOKEN goes before the stored default" in shown.err
    assert "`INSTAGRAM_ACCESS_TOKEN goes before the stored default`" in PAGE


def test_an_account_kept_from_a_rehearsal_is_told_by_its_host_and_forgotten(
    person: Shell, sandbox: Sandbox
) -> None:
    rehearsed = replace(person, environ={"INSTAGRAM_API_BASE": f"http://{HOST}"})
    assert sign_in(rehearsed, sandbox).code == 0
    assert sign_in(person, sandbox).code == 0
    status = STEPS[7].commands[0]
    assert HOST in run(person, status).out
    [forget] = re.findall(r"`(pressroom auth logout[^`]*)`", PAGE)
    assert run(person, forget).code == 0
    assert HOST not in run(person, status).out
    assert (
        "https://graph.instagram.com/"
        in run(replace(person, environ={"CLOUDINARY_URL": "cloudinary://a:b@c"}), STEPS[11].commands[0]).out
    )
