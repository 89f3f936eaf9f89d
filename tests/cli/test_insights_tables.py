"""Tables of `pressroom insights` on a terminal of 80 columns: what a post is stays, and no word breaks."""

import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import pytest
from msgspec.structs import replace as changed

from pressroom.cli.shell.console import cells_of
from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.readings import Batch
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Shell, environ_of
from tests.cli.insights import begin, keep, report_on, tell_stories
from tests.fakes.clock import FakeClock
from tests.insights.planted import HOUR_S, media_of, reading_of

SETTINGS = SandboxSettings(fetch="trust", media=8, token="IGtest0123456789abcdef")
LARGE, OLD = "17900000000000007", "17900000000000008"
CAPTION = "Rye, water, salt: the loaf that sells out by nine every morning"
NUMBERS = {"views": 9_876_543, "reach": 8_765_432, "likes": 987_654, "comments": 9_876, "saved": 8_765}


@pytest.fixture
def settings() -> SandboxSettings:
    return SETTINGS


@pytest.fixture(scope="module")
def planted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five months of a shop, a story without a reading, and two posts with numbers of seven digits."""
    home, clock = tmp_path_factory.mktemp("planted") / "home", FakeClock()
    sandbox = Sandbox(SETTINGS, clock=clock)
    shell = Shell(home, environ_of(sandbox), clock, AsgiTransport(sandbox.app, clock=clock))
    report_on(shell)
    tell_stories(shell)
    media = [
        changed(media_of(post, clock.now() - timedelta(days=days), "REELS"), caption=CAPTION)
        for post, days in ((LARGE, 2), (OLD, 340))
    ]
    readings = [reading_of(post, 24 * HOUR_S, **NUMBERS, shares=4_321) for post in media]
    keep(shell, Batch(media=media, readings=readings))
    return home


@pytest.fixture
def terminal(account: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell at a terminal of 80 columns on which tables are drawn."""
    monkeypatch.setattr("pressroom.cli.shell.console._is_terminal", _yes)
    monkeypatch.setenv("COLUMNS", "80")
    account.environ["TERM"] = "xterm-256color"
    return account


def _yes(_stream: TextIO) -> bool:
    return True


def _no(_stream: TextIO) -> bool:
    return False


@pytest.fixture
def planted(terminal: Shell, planted_home: Path) -> Shell:
    shutil.copytree(planted_home, terminal.home)
    return terminal


POSTS = [
    (("show", "--since", "30d"), {"photo", "23", "Nov", "First", "light", "total"}),
    (("show", LARGE, "--kept"), {"reel", "22", "Nov", "12:00", "Rye,", "9,876,543"}),
    (
        ("media", "--sort", "shares", "--limit", "3"),
        {"reel", "4,321", "22", "Nov", "12:00", "19", "Dec", "2025", "Rye,"},
    ),
    (("media", "--age", "24h", "--since", "9d"), {"reel", "22", "Nov", "12:00", "Rye,"}),
    (("stories", "--since", "7d"), {"22", "Nov", "12:00", "First", "light", "completion", "worker"}),
    (("compare", LARGE, OLD), {"reel", "22", "Nov", "12:00", "Rye,", "place"}),
    (("growth", "--posts", "--since", "9d"), {"reel", "22", "Nov", "12:00", "Rye,", "48", "after"}),
]
OTHERS = [
    (("account",), {"compared", "by", "before", "outside", "noise", "4,688", "no"}),
    (("account", "--period", "90d"), {"not", "compared", "outside", "noise", "metric"}),
    (("audience",), {"of", "followers", "engaged", "Svolvær,", "those", "told"}),
    (("growth", "--since", "9d"), {"followers", "net", "new", "change"}),
    (("compare", "--by", "weekday"), {"Monday", "median", "half", "between"}),
    (("best-time",), {"hours", "weekday", "Europe/Oslo.", "against", "others"}),
]
NAMES = [" ".join(command) for command, _ in (*POSTS, *OTHERS)]


@pytest.mark.parametrize(("command", "words"), [*POSTS, *OTHERS], ids=NAMES)
def test_in_80_columns_no_line_is_wider_no_word_is_broken_and_what_a_post_is_stays(
    planted: Shell, command: tuple[str, ...], words: set[str]
) -> None:
    shown = planted("insights", *command)
    assert shown.code == ExitCode.DONE, shown.err
    lines = (shown.out + shown.err).splitlines()
    assert max(map(cells_of, lines)) <= 80, shown.out
    assert words <= set(shown.out.split())
    assert sum(line.startswith("Left out: ") for line in lines) <= 1
    # What stands before an ellipsis is a word of a caption, which is whole in JSON.
    cut = re.findall(r"\w+(?=\W*…)", shown.out)
    assert {*cut} <= {*re.findall(r"\w+", planted("insights", *command, "--json").out)}


def test_ids_are_left_out_first_and_said_to_be_and_a_pipe_has_them(
    planted: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = ("insights", "media", "--since", "9d")
    narrow = planted(*media)
    assert narrow.err.startswith("Left out: id, ")
    assert narrow.err.endswith("; --json has them.\n")
    monkeypatch.setenv("COLUMNS", "140")
    wide = planted(*media)
    assert wide.err == ""
    monkeypatch.setattr("pressroom.cli.shell.console._is_terminal", _no)
    piped = planted(*media)
    for answer in (wide, piped):
        assert LARGE in answer.out
    assert LARGE not in narrow.out
    assert f"{CAPTION}\n" in piped.out
    assert "2026-11-22 12:00" in piped.out


def test_of_several_accounts_each_row_names_its_own(terminal: Shell, sandbox: Sandbox) -> None:
    for name in ("lofoten", "bergen"):
        terminal("auth", "login", "--token-stdin", "--account", name, stdin=sandbox.token)
    both = ("--account", "lofoten", "--account", "bergen")
    shown = terminal("insights", "show", "--since", "30d", *both)
    assert {"lofoten", "bergen", "photo", "reach"} <= set(shown.out.split())
    assert max(map(cells_of, shown.out.splitlines())) <= 80


def test_a_sum_in_which_a_media_is_missing_is_at_least_so_much(terminal: Shell, sandbox: Sandbox) -> None:
    good = [media.id for media in sandbox.media[:2]]
    last = terminal("insights", "show", "17900000000009999", *good).out.splitlines()[-1].split()
    assert last[:4] == ["total", "of", "3", "≥"]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("account",), "No day of them is known. Watched since 2026-11-24."),
        (("growth",), "No count of followers of that time is kept."),
        (("growth", "--posts"), "No post of that time is kept."),
        (("media",), "Nothing of the kind is kept."),
        (("stories",), "Nothing of the kind is kept."),
        (("compare", "--by", "kind"), "Nothing of the kind is kept."),
    ],
)
def test_where_nothing_is_known_a_sentence_says_so_and_no_table_of_dashes(
    terminal: Shell, command: tuple[str, ...], sentence: str
) -> None:
    begin(terminal)
    shown = terminal("insights", *command)
    assert (shown.code, shown.out) == (ExitCode.DONE, "")
    assert sentence in shown.err.splitlines()
