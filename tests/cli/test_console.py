"""What is drawn on a terminal, and what is written anywhere else."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pressroom.cli.shell.console import Console
from pressroom.cli.shell.progress import tracker
from pressroom.cli.shell.tables import Column, cells_of
from pressroom.core.masking import Mask
from pressroom.sandbox.samples import make_poster
from tests.cli.processes import COMMAND, environ
from tests.slow import slow

Drawn = Callable[..., str]


@pytest.fixture
@slow("starts Pressroom again and again, as processes")
def on_terminal(tmp_path: Path) -> Drawn:
    """Run a command on a terminal of its own and give everything that was drawn."""

    def drawn(*args: str | Path, **more: str) -> str:
        ours, theirs = pty.openpty()
        screen = {"TERM": "xterm-256color", "COLUMNS": "100", "CI": "", "NO_COLOR": ""}
        env = environ(tmp_path / "home", **screen | more)
        process = subprocess.Popen([*COMMAND, *map(str, args)], stdout=theirs, stderr=theirs, env=env)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # Linux says so when the other end is closed
            pass
        finally:
            os.close(ours)
            process.wait()
        return shown.decode()

    return drawn


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    make_poster(tmp_path / "poster.png")
    return tmp_path / "poster.png"


BAR, RULE, BOLD = "━", "────", "\x1b[1"
_DRAWN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


def test_a_terminal_sees_a_bar_and_a_drawn_table(on_terminal: Drawn, poster: Path) -> None:
    assert BAR in on_terminal("media", "convert", poster)
    assert RULE in on_terminal("media", "check", poster)


def test_no_name_controls_a_terminal(on_terminal: Drawn, poster: Path) -> None:
    path = poster.rename(poster.with_name("a\x1b[8mb.png"))
    shown = on_terminal("media", "convert", path, TERM="dumb")
    assert r"a\u001b[8mb.png" in shown
    assert "\x1b[8m" not in shown


@pytest.mark.parametrize("setting", [{"TERM": "dumb"}, {"CI": "true"}])
def test_where_nothing_can_be_redrawn_lines_do(
    on_terminal: Drawn, poster: Path, setting: dict[str, str]
) -> None:
    shown = on_terminal("media", "convert", poster, **setting)
    assert BAR not in shown
    assert "Converting poster.png ..." in shown


def test_no_colour_is_drawn_where_none_is_wanted(on_terminal: Drawn, poster: Path) -> None:
    assert BOLD in on_terminal("media", "check", poster)
    shown = on_terminal("media", "check", poster, NO_COLOR="1")
    assert RULE in shown
    assert "\x1b[3" not in shown


def test_no_line_of_a_table_is_wider_than_the_terminal(on_terminal: Drawn, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("no clip")
    shown = _DRAWN.sub("", on_terminal("media", "check", tmp_path / "clip.mp4", COLUMNS="50"))
    _, _, rule, row, *_ = shown.splitlines()
    assert (RULE in rule, row.endswith("not met")) == (True, True), shown
    assert "…" in row
    assert max(cells_of(rule), cells_of(row)) <= 50


def test_what_is_left_out_is_named_with_how_to_see_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    console().table(("id", Column("kind", 1)), [("17900000000000001", "a kind with a long name")])
    shown = capsys.readouterr()
    assert shown.out == "id\n17900000000000001\n"
    assert shown.err == "Left out for want of room: kind. Widen the terminal, or add --json.\n"


def test_no_cell_of_a_table_controls_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    Console(mask=Mask(), environ={"TERM": "xterm"}).table(("caption",), [("a\x1b[8mb",)])
    shown = capsys.readouterr().out
    assert r"a\u001b[8mb" in shown
    assert "\x1b[8m" not in shown


HIDDEN, SHOWN = "cat\u202e\x1b[2J\x07.jpg", r"cat\u202e\u001b[2J\u0007.jpg"


def test_what_people_read_in_a_pipe_is_visible_too(capsys: pytest.CaptureFixture[str]) -> None:
    writer = console()
    writer.data(HIDDEN)
    writer.table(("name",), [(HIDDEN,)])
    writer.styled([[(HIDDEN, "bold")]])
    writer.note(HIDDEN)
    writer.warn(HIDDEN)
    seen = capsys.readouterr()
    assert seen.out == f"{SHOWN}\nname\n{SHOWN}\n{SHOWN}\n"
    assert seen.err == f"{SHOWN}\nWarning: {SHOWN}\n"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_what_programs_read_says_each_letter_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, is_terminal: bool
) -> None:
    """On a terminal JSON spells the letters that work unseen, and says the same."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    console(is_json=True).json({"name": HIDDEN})
    json_out = capsys.readouterr().out
    console().content(HIDDEN)
    assert json.loads(json_out) == {"name": HIDDEN}
    assert ("\u202e" in json_out) is not is_terminal
    assert capsys.readouterr().out == f"{SHOWN if is_terminal else HIDDEN}\n"


@pytest.mark.parametrize(
    ("shape", "words", "shown"),
    [
        ({"name": "a"}, "one line", "one line\n"),
        ({"name": "a"}, ["two", "lines"], "two\nlines\n"),
        ([], ["none"], "none\n"),
    ],
)
def test_an_answer_is_its_shape_or_its_words(
    capsys: pytest.CaptureFixture[str], shape: object, words: str | list[str], shown: str
) -> None:
    console().answer(shape, words)
    assert capsys.readouterr().out == shown
    console(is_json=True).answer(shape, words)
    assert json.loads(capsys.readouterr().out) == shape


def test_words_that_cost_something_are_made_for_people_alone(capsys: pytest.CaptureFixture[str]) -> None:
    written = list[str]()
    console(is_json=True).answer({}, lambda: written.append("drawn"))
    assert written == []
    console().answer({}, lambda: written.append("drawn"))
    assert written == ["drawn"]
    assert capsys.readouterr().out == "{}\n"


def test_an_empty_list_has_a_note_in_place_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    console().answer([], "words", none="There are none.")
    assert capsys.readouterr() == ("", "There are none.\n")
    console(is_json=True).answer([], "words", none="There are none.")
    assert capsys.readouterr() == ("[]\n", "")


def test_a_moving_bar_is_visible(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with tracker(Console(mask=Mask(), environ={"TERM": "xterm"})) as drawn:
        drawn.busy(f"Converting {HIDDEN}")
    seen = capsys.readouterr().err
    assert SHOWN in seen
    assert "\u202e" not in seen


def console(*, is_quiet: bool = False, is_json: bool = False) -> Console:
    return Console(mask=Mask(), environ={}, is_quiet=is_quiet, is_json=is_json)


def test_off_a_terminal_an_activity_is_one_line_however_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with tracker(console()) as shown:
        for share in (0.0, 0.5, 0.9):
            shown.busy("Converting a.mov", share)
        shown.idle()
        shown.note("a.mov: done")
    assert capsys.readouterr().err == "Converting a.mov ...\na.mov: done\n"


def test_quiet_keeps_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    with tracker(console(is_quiet=True)) as shown:
        shown.busy("Converting a.mov")
        shown.note("done")
        shown.warn("but")
    assert capsys.readouterr().err == "Warning: but\n"


def test_under_json_lines_wait_for_the_end_so_that_an_error_stands_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer = console(is_json=True)
    writer.note("first")
    writer.warn("second")
    assert capsys.readouterr().err == ""
    writer.release()
    assert capsys.readouterr().err == "first\nWarning: second\n"


def test_off_a_terminal_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    console().table(("id", "views"), [("17900000000000001", "3"), ("2", "4,000")])
    assert (
        capsys.readouterr().out
        == "id                 views\n17900000000000001  3\n2                  4,000\n"
    )
