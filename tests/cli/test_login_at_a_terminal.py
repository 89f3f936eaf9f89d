"""`pressroom auth login` at a terminal: its steps, what stands on the screen, and what Ctrl-C leaves."""

import re
import sqlite3
from collections.abc import Generator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.server import ServedSandbox, serving_in_thread
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.pseudo_terminal import Terminal, at_terminal

pytestmark = pytest.mark.usefixtures("processes")

SECRET = "sandbox-app-secret"
BACK = "https://app.example/back/"
LOGIN = ("auth", "login")
BROWSER = (*LOGIN, "--browser", "--login", "instagram", "--no-open", "--app-id", "1500000000000001")
LOOPBACK = (*LOGIN, "--loopback", "--no-open", "--login", "facebook")
ASKS_TOKEN, ASKS_SECRET, ASKS_ADDRESS = "Paste the token", "secret.*:", "Paste the address"


@pytest.fixture
def served() -> Generator[ServedSandbox]:
    with serving_in_thread(Sandbox(SandboxSettings(fetch="trust", checks_app=True))) as sandbox:
        yield sandbox


class _Stays(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> Request | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return None


def allowed(screen: str, decision: str = "allow") -> str:
    """Answer the consent page as the browser would, and give the address that it ends at."""
    [address] = re.findall(r"http://\S+/oauth/authorize\S+", screen)
    try:
        build_opener(_Stays).open(f"{address}&decision={decision}")
    except HTTPError as error:
        return str(error.headers["location"])
    raise AssertionError(address)


def stored(home: Path) -> tuple[int, int]:
    """Count the logins and the apps in the store."""
    path = home / "pressroom.db"
    if not path.exists():
        return 0, 0
    with sqlite3.connect(path) as connection:
        [logins] = connection.execute("SELECT count(*) FROM logins").fetchone()
        [apps] = connection.execute("SELECT count(*) FROM apps").fetchone()
    return logins, apps


def test_a_token_takes_one_step_and_is_not_shown(served: ServedSandbox, tmp_path: Path) -> None:
    with at_terminal(*LOGIN, "--token-stdin", home=tmp_path, INSTAGRAM_API_BASE=served.base_url) as terminal:
        terminal.answer(ASKS_TOKEN, served.sandbox.token)
        assert terminal.end() == ExitCode.DONE, terminal.seen
    assert terminal.asked == 1
    assert "Account default is @pressroom.sandbox." in terminal.seen
    assert served.sandbox.token not in terminal.seen


def test_the_browser_takes_three_steps_and_the_next_time_two(served: ServedSandbox, tmp_path: Path) -> None:
    """The app's secret, the consent, and the address; the app is kept.

    No secret is in the log, the process list or a file. The state stands in the address that the person
    opens, and nowhere else.
    """
    base = {"INSTAGRAM_API_BASE": served.base_url}
    with at_terminal(*BROWSER, "--redirect-uri", BACK, "--verbose", home=tmp_path, **base) as terminal:
        terminal.answer(ASKS_SECRET, SECRET)
        address = allowed(terminal.until(ASKS_ADDRESS))
        listed = Path(f"/proc/{terminal.process.pid}/cmdline").read_bytes()
        terminal.type(address)
        assert terminal.end() == ExitCode.DONE, terminal.seen
    steps = terminal.asked + 2  # the consent in the browser, and the address
    assert steps == 3
    assert_before_and_after(terminal)
    [state] = re.findall(r"state=([\w-]+)", address)
    secrets = [SECRET, code_of(address), *served.sandbox.scene.world.tokens]
    assert "GET /access_token" in terminal.seen  # the log shows the calls
    assert [one for one in secrets if one in terminal.seen] == []
    assert terminal.seen.count(state) == 1
    assert_held_nowhere([*secrets, state], tmp_path, listed)
    with at_terminal(
        *LOGIN, "--browser", "--login", "instagram", "--no-open", home=tmp_path, **base
    ) as again:
        again.type(allowed(again.until(ASKS_ADDRESS)))
        assert again.end() == ExitCode.DONE, again.seen
    assert again.asked == 0


def assert_before_and_after(terminal: Terminal) -> None:
    before, after = terminal.seen.split("Open this address", 1)
    for line in (
        r"Login +Instagram Login, in the browser",
        r"App +Instagram app 1500000000000001",
        r"Permissions +instagram_business_basic: to read",
        r"Token +sealed in\s.*pressroom\.db",
    ):
        assert re.search(line, before), line
    for line in (
        r"lasts until \d{4}-\d\d-\d\d",
        "Granted +instagram_business_basic",
        "Can +publish",
        "Next +pressroom",
    ):
        assert re.search(line, after), line


def code_of(address: str) -> str:
    return re.findall(r"code=([^&#]+)", address)[0]


def assert_held_nowhere(secrets: list[str], home: Path, listed: bytes) -> None:
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert files
    held = {one: [path.name for path, kept in files.items() if one.encode() in kept] for one in secrets}
    assert [one for one, where in held.items() if where or one.encode() in listed] == []


def test_a_wrong_paste_is_asked_for_again_and_a_wrong_secret_the_next_time(
    served: ServedSandbox, tmp_path: Path
) -> None:
    """A secret that was reset is asked for where the app is named. A refused consent stores nothing."""
    base, named = {"INSTAGRAM_API_BASE": served.base_url}, (*BROWSER, "--redirect-uri", BACK)
    with at_terminal(*named, home=tmp_path, **base) as terminal:
        terminal.answer(ASKS_SECRET, "a-secret-that-was-reset")
        address = allowed(terminal.until(ASKS_ADDRESS))
        terminal.type("hello")
        terminal.until("What was pasted is no address")
        terminal.answer(ASKS_ADDRESS, f"{BACK}?code=c&state=of-somebody-else")
        terminal.until("answers another sign-in")
        terminal.answer(ASKS_ADDRESS, address)
        assert terminal.end() == ExitCode.FAILED, terminal.seen
    assert "Copy the secret that belongs to the id" in terminal.seen
    before = stored(tmp_path)
    with at_terminal(*named, home=tmp_path, **base) as again:
        again.answer(ASKS_SECRET, SECRET)
        again.type(allowed(again.until(ASKS_ADDRESS), "deny"))
        assert again.end() == ExitCode.SIGN_IN, again.seen
    assert "The access was not allowed: The user denied" in again.seen
    assert stored(tmp_path) == before == (0, 0)


CTRL_C, CTRL_D = "\x03", "\x04"
WAY, KIND, APP_ID = r"Which way\?", r"Which login\?", "app ID:"
# The address holds the code.
HIDDEN = (ASKS_TOKEN, ASKS_SECRET, ASKS_ADDRESS)
ANSWERS = {WAY: "", KIND: "", APP_ID: "1500000000000001", ASKS_SECRET: SECRET}


@pytest.mark.parametrize(
    ("args", "questions", "key"),
    [
        (LOGIN, [WAY], CTRL_D),
        (LOGIN, [WAY, ASKS_TOKEN], CTRL_C),
        ((*LOGIN, "--browser"), [KIND, APP_ID], CTRL_C),
        ((*LOGIN, "--browser"), [KIND, APP_ID, ASKS_SECRET], CTRL_C),
        ((*LOGIN, "--browser", "--no-open"), [KIND, APP_ID, ASKS_SECRET, "Redirect URI"], CTRL_C),
        ((*BROWSER, "--redirect-uri", BACK), [ASKS_SECRET, ASKS_ADDRESS], CTRL_C),
        ((*LOOPBACK, "--app-id", "15"), [ASKS_SECRET, "Ctrl-C"], CTRL_C),
    ],
)
def test_ending_it_at_a_question_stores_nothing_and_leaves_the_terminal_as_it_was(
    served: ServedSandbox, tmp_path: Path, args: tuple[str, ...], questions: list[str], key: str
) -> None:
    with at_terminal(*args, home=tmp_path, INSTAGRAM_API_BASE=served.base_url) as terminal:
        for question in questions[:-1]:
            terminal.answer(question, ANSWERS[question])
        terminal.until(questions[-1])
        assert terminal.echoes == (questions[-1] not in HIDDEN)
        terminal.press(key)
        assert terminal.end() == ExitCode.INTERRUPTED, terminal.seen
        assert terminal.echoes
    assert "Traceback" not in terminal.seen
    assert SECRET not in terminal.seen
    assert stored(tmp_path) == (0, 0)
