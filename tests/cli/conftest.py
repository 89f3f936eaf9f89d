"""A shell whose commands run in-process, on a sandbox without a socket and a clock that takes no time."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.cli.entry import run
from pressroom.cli.shell.command import Runtime
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.protocols import Transport
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.processes import begin_anew, ended, environ
from tests.fakes.clock import FakeClock
from tests.slow import slow
from tests.store.new_store import put_new_store

HOST = "127.0.0.1:1"
LoadedBy = Callable[..., set[str]]
PICTURE, CLIP = "https://example.com/a.jpg", "https://example.com/a.mp4"


_REPORT = """
import sys
before = set(sys.modules)  # what measures branches has loaded some
from pressroom.cli.entry import run
code = run(sys.argv[1:])
names = sorted(set(sys.modules) - before)
import json
print(json.dumps([code, names]))
"""


@dataclass
class Result:
    """What a command ended with, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error object, which is alone on stderr."""
        return json.loads(self.err)["error"]


@dataclass
class Shell:
    """Runs commands one after another."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict[str, str])
    clock: FakeClock = field(default_factory=FakeClock)
    transport: Transport | None = None
    is_attended: bool = False

    def __call__(self, *args: str | Path, stdin: str | bytes = "", **environ: str) -> Result:
        env = {"PRESSROOM_HOME": str(self.home), **self.environ, **environ}
        runtime = Runtime(
            environ=env, clock=self.clock, transport=self.transport, is_attended=lambda: self.is_attended
        )
        with (
            reading(stdin),
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            code = run([str(arg) for arg in args], runtime)
        return Result(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def reading(content: str | bytes) -> Generator[None]:
    """Let the content be what stdin gives."""
    given = content.encode() if isinstance(content, str) else content
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(given), encoding="utf-8", newline="")
    try:
        yield
    finally:
        sys.stdin = before


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell with no account."""
    return Shell(tmp_path / "home")


@pytest.fixture
def store(shell: Shell) -> None:
    """Gives the shell's home a store."""
    put_new_store(shell.home / "pressroom.db")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> SandboxSettings:
    """Overridden where a test wants another sandbox."""
    return SandboxSettings(fetch="trust", media=3, processing=Processing.after_reads(1))


@pytest.fixture
def sandbox(settings: SandboxSettings, clock: FakeClock) -> Sandbox:
    return Sandbox(settings, clock=clock)


@pytest.fixture
def account(shell: Shell, sandbox: Sandbox, clock: FakeClock) -> Shell:
    """A shell with the sandbox's account."""
    return replace(
        shell, environ=environ_of(sandbox), clock=clock, transport=AsgiTransport(sandbox.app, clock=clock)
    )


def environ_of(sandbox: Sandbox) -> dict[str, str]:
    return {
        "INSTAGRAM_ACCESS_TOKEN": sandbox.token,
        "INSTAGRAM_USER_ID": sandbox.user_id,
        "INSTAGRAM_API_BASE": f"http://{HOST}",
        "INSTAGRAM_API_VERSION": "v26.0",
    }


@pytest.fixture(scope="session")
@slow("starts Pressroom again and again, as processes")
def background(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What is exported for a sandbox in the background; starting one for each test takes longer than most."""
    home = tmp_path_factory.mktemp("background") / "home"
    started = ended("sandbox", "serve", "--detach", "--json", "--port", "0", env=environ(home))
    yield json.loads(started.stdout)["env"]
    Shell(home)("sandbox", "stop")


@pytest.fixture
def served(background: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a command on a sandbox that runs as a process: all anew, and on a fast clock."""
    begin_anew(background["INSTAGRAM_API_BASE"])
    return environ(tmp_path / "home", **background)


@pytest.fixture
@slow("starts Python for each command")
def loaded_by() -> LoadedBy:
    """Gives the modules that are loaded when a command has ended."""

    def modules(*args: str, env: dict[str, str] | None = None) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", _REPORT, *args], check=True, capture_output=True, text=True, env=env
        )
        code, names = json.loads(done.stdout.splitlines()[-1])
        assert code == 0
        return set(names)

    return modules
