"""What bash, zsh and fish complete, each asked with the Tab key, or as fish itself asks."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressroom.sandbox.simulator import Sandbox
from pressroom.service.posts.lists import offered_posts, offered_waiting
from pressroom.store.names import login_names, post_ids
from tests.cli.conftest import PICTURE, Shell
from tests.patience import patience

PROMPT, KILL_LINE = "ready> ", "\x15"
SETUPS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "--command"],
}
# Each line defines the completions as `pressroom completion SHELL` says.
SOURCED = {
    "bash": 'eval "$(pressroom completion bash)"',
    "zsh": 'autoload -U compinit; compinit -u; eval "$(pressroom completion zsh)"',
    "fish": "pressroom completion fish | source",
}

pytestmark = pytest.mark.timeout(patience(120))


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "PRESSROOM_HOME": str(home),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "PS1": PROMPT,
        "PROMPT": PROMPT,
    }


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, shell: str, home: Path) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            SETUPS[shell],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=home,
            env=environment(home),
            start_new_session=True,
        )
        os.close(slave)
        self._seen = ""
        self.until(PROMPT)
        self.type(f"{SOURCED[shell]}; echo sour''ced\n")
        self.until("sourced")

    def type(self, text: str) -> None:
        self._seen = ""
        os.write(self._master, text.encode())

    def until(self, wanted: str) -> str:
        """Return what is shown until it has the wanted text; what there is where that does not come."""
        end = time.monotonic() + patience(20)
        while wanted not in self._seen and time.monotonic() < end:
            if select.select([self._master], [], [], 0.1)[0]:
                self._seen += os.read(self._master, 4096).decode(errors="replace")
        return self._seen

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


@contextmanager
def on_a_terminal(shell: str, home: Path) -> Generator[Callable[[str, str], str]]:
    """Give what types a line and the Tab key, and returns what is shown until it has a text."""
    terminal = Terminal(shell, home)

    def shown(line: str, wanted: str) -> str:
        terminal.type(f"{KILL_LINE}{line}\t\t")
        return terminal.until(wanted)

    try:
        yield shown
    finally:
        terminal.close()


@contextmanager
def by_fish(shell: str, home: Path) -> Generator[Callable[[str, str], str]]:
    """Give what has fish complete a line, and returns what it offers."""

    def shown(line: str, _wanted: str) -> str:
        done = subprocess.run(
            [*SETUPS[shell], f"{SOURCED[shell]}; complete --do-complete '{line}'"],
            capture_output=True,
            text=True,
            check=False,
            cwd=home,
            env=environment(home),
            timeout=patience(30),
        )
        return done.stdout + done.stderr

    yield shown


@pytest.fixture
def planned(account: Shell, sandbox: Sandbox) -> str:
    """Sign in as `lofoten`, plan a post, put a picture there; the post's id."""
    account("auth", "login", "--token-stdin", "--account", "lofoten", stdin=sandbox.token)
    made = account("schedule", "add", "photo", PICTURE, "--at", "+2h", "--account", "lofoten", "--json")
    (account.home / "trip").mkdir()
    (account.home / "trip" / "harbour.png").touch()
    return made.json["post_id"]


def draft(account: Shell) -> str:
    made = account(
        "schedule", "add", "photo", PICTURE, "--at", "+3h", "--draft", "--account", "lofoten", "--json"
    )
    return made.json["post_id"]


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize("name", SETUPS)
def test_a_shell_completes_ids_accounts_zones_states_kinds_and_files(
    name: str, planned: str, account: Shell
) -> None:
    assert shutil.which(name), f"{name} is not installed; as root on Debian `make programs` installs it"

    held = draft(account)
    lines = {
        f"pressroom schedule show {planned[:3]}": planned[:8],
        f"pressroom approve {held[:3]}": held[:8],
        "pressroom schedule list --account lof": "lofoten",
        "pressroom schedule add photo --tz Europe/Istan": "Europe/Istanbul",
        "pressroom schedule list --state needs": "needs_attention",
        "pressroom publish carou": "carousel",
        "pressroom publish photo trip/harb": "harbour.png",
    }
    with (by_fish if name == "fish" else on_a_terminal)(name, account.home) as shown:
        for line, wanted in lines.items():
            assert wanted in shown(line, wanted), line


@pytest.mark.parametrize("start", ["x", "'", "\\", "%", "_", "zz"])
def test_a_start_that_no_id_has_is_answered_with_none(start: str, planned: str, account: Shell) -> None:
    store = account.home / "pressroom.db"
    assert planned
    assert post_ids(store, start) == []
    assert login_names(store, start) == []


def test_an_id_comes_with_what_the_post_is(planned: str, account: Shell) -> None:
    (offered,) = post_ids(account.home / "pressroom.db", planned[:2])
    assert offered.name == planned
    assert offered.hint.startswith("photo, scheduled, 20")


@pytest.mark.parametrize(
    ("undated", "said"), [(("--open",), "open"), (("--day", "2030-01-02"), "2030-01-02")]
)
def test_an_id_of_what_has_no_time_comes_with_none(
    account: Shell, undated: tuple[str, ...], said: str
) -> None:
    made = account("schedule", "add", "photo", PICTURE, "--caption", "Soon", *undated, "--json")
    (offered,) = post_ids(account.home / "pressroom.db", made.json["post_id"])
    assert offered.hint == f"photo, draft, {said} Soon"


def test_behind_approve_only_posts_that_wait_for_a_person_are_offered(planned: str, account: Shell) -> None:
    held = draft(account)
    environ = {"PRESSROOM_HOME": str(account.home)}
    assert {one.name for one in offered_posts(environ, "")} == {planned, held}
    assert [one.name for one in offered_waiting(environ, "")] == [held]


def test_asking_makes_no_store_and_a_damaged_one_is_answered_with_nothing(tmp_path: Path) -> None:
    missing, damaged = tmp_path / "pressroom.db", tmp_path / "other.db"
    damaged.write_bytes(b"no database at all" * 100)

    assert post_ids(missing, "") == login_names(damaged, "") == []
    assert not missing.exists()


def completed(line: str, home: Path, **environ: str) -> tuple[str, str]:
    """Complete a line as bash asks for it; what is offered, and what is printed at the prompt."""
    done = subprocess.run(
        [sys.executable, "-m", "pressroom"],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={
            **environment(home),
            **environ,
            "_PRESSROOM_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(f"{line}.".split()) - 1),
        },
        timeout=patience(30),
    )
    return done.stdout.strip(), done.stderr


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("variable", ["PRESSROOM_HOME", "PRESSROOM_MEDIA_PORT", "PRESSROOM_DATABASE_URL"])
def test_a_setting_that_cannot_be_used_prints_nothing_at_the_prompt(variable: str, tmp_path: Path) -> None:
    values = {"PRESSROOM_HOME": "~no-such-user/x", "PRESSROOM_MEDIA_PORT": "none"}
    wrong = {variable: values.get(variable, "postgresql://nobody@127.0.0.1:1/none")}
    assert completed("pressroom schedule show ", tmp_path, **wrong) == ("", "")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("line", ["pressroom publish moving.gif ", "pressroom publish video "])
def test_a_line_that_would_be_refused_prints_nothing_at_the_prompt(line: str, tmp_path: Path) -> None:
    (tmp_path / "moving.gif").touch()
    assert completed(line, tmp_path) == ("", "")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("pressroom publish st", "plain,story"),
        ("pressroom publish harb", "file,harb"),
        ("pressroom schedule add harb", "file,harb"),
        ("pressroom approve --acc", "plain,--account"),
        ("pressroom auth language e", "plain,en\nplain,es"),
    ],
)
def test_in_place_of_a_command_files_and_options_are_completed_too(
    line: str, offered: str, tmp_path: Path
) -> None:
    assert completed(line, tmp_path) == (offered, "")
