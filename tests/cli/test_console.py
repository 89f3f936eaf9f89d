"""What is drawn on a terminal, tables that fit it among it, and what is written anywhere else."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import pytest

from pressroom.cli.shell.console import Column, Console, Table, cells_of, folded
from pressroom.cli.shell.terminal import tracker
from pressroom.core.settings import Mask
from pressroom.sandbox.samples import make_poster
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import plan, sign_in
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
    rule, row, *_ = shown[shown.index("─") :].splitlines()
    assert row.endswith("not met"), shown
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
    assert shown.err == "Left out: kind; --json has them.\n"


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


def test_above_a_moving_bar_an_address_stays_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    address = f"https://example.com/{'a' * 40}"
    with tracker(Console(mask=Mask(), environ={"TERM": "xterm"})) as drawn:
        drawn.busy("Publishing")
        drawn.note(f"It is at {address} now")
    assert address in capsys.readouterr().err


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


def test_a_line_is_broken_between_words_and_keeps_its_indent() -> None:
    assert folded("  It has to be made smaller first.", 20) == "  It has to be made\n  smaller first."
    assert folded("Token   sealed in a file", 20) == "Token   sealed in a\n        file"
    assert folded("one two\nthree", 7) == "one two\nthree"


@pytest.mark.parametrize(
    "piece", ["https://example.com/p/_m5fYEzFg/", "/home/ana/pictures/cup.jpg", "`a b c d`."]
)
def test_an_address_a_path_and_a_command_stay_whole_however_narrow_a_terminal_is(piece: str) -> None:
    assert piece in folded(f"Look at {piece} or elsewhere", 9).split("\n")


def test_a_line_of_wide_letters_is_broken_by_cells() -> None:
    assert folded("写真 写真", 8) == "写真\n写真"


@pytest.mark.parametrize(("is_terminal", "lines"), [(True, 2), (False, 1)])
def test_sentences_are_folded_on_a_terminal_and_whole_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, is_terminal: bool, lines: int
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    console, text = Console(mask=Mask(()), environ={}), "word " * 9 + "end"
    console.data(text)
    console.warn(text[9:])
    Console(mask=Mask(()), environ={}, is_json=True).json(text)
    told = capsys.readouterr()
    assert (len(told.out.splitlines()), len(told.err.splitlines())) == (lines + 1, lines)
    assert f'"{text}"' in told.out


def test_off_a_terminal_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    console().table(("id", "views"), [("17900000000000001", "3"), ("2", "4,000")])
    assert (
        capsys.readouterr().out
        == "id                 views\n17900000000000001  3\n2                  4,000\n"
    )


ID, WHEN = Column("id"), Column("due")
STATE, ACCOUNT, KIND = Column("state", 1), Column("account", 3), Column("kind", 2)
CAPTION = Column("caption", shortest=8)
COLUMNS = (ID, KIND, STATE, WHEN, ACCOUNT, CAPTION)
ROWS = [
    ("3f8a1c0d", "carousel", "waiting for a person", "2026-12-24 18:00", "default", "Hello from the Lofoten"),
    ("9d2e4b6f", "photo", "scheduled", "2026-12-25 18:00", "ben", "Hi"),
]


def lines(width: int) -> list[str]:
    return Table(COLUMNS, ROWS).fitted(width).aligned().splitlines()


def test_a_table_that_fits_stays_as_it_is() -> None:
    for width in (91, 200):
        assert lines(width) == Table(COLUMNS, ROWS).aligned().splitlines()


def test_captions_are_shortened_first_and_columns_go_by_rank_after_them() -> None:
    assert lines(90)[1].endswith("default  Hello from the…")
    assert Table(COLUMNS, ROWS).fitted(77).left_out == []
    narrow = Table(COLUMNS, ROWS).fitted(76)
    assert narrow.left_out == ["account"]
    assert Table(COLUMNS, ROWS).fitted(60).left_out == ["account", "kind"]
    assert Table(COLUMNS, ROWS).fitted(50).left_out == ["account", "state"]


def test_a_column_that_went_comes_back_where_a_wider_one_that_goes_later_leaves_room() -> None:
    wide = Table((ID, Column("kind", 2), Column("link", 1), CAPTION), [("1", "photo", "x" * 60, "Hello")])
    assert wide.fitted(40).left_out == ["link"]


@pytest.mark.parametrize("command", [("schedule", "list"), ("media", "list")])
def test_in_80_columns_lists_keep_kind_and_the_beginning_of_the_caption(
    account: Shell, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    sign_in(account, "--tz", "Europe/Istanbul", "--account", "bakery-of-the-old-town")
    ours = ("--caption", "A new box of cups, made by hand", "--account", "bakery-of-the-old-town")
    account("publish", "photo", PICTURE, *ours)
    plan(account, *ours, "--approval")
    monkeypatch.setattr("pressroom.cli.shell.console._is_terminal", _yes)
    monkeypatch.setenv("COLUMNS", "80")
    shown = account(*command).out
    assert "photo" in shown
    assert "A new box" in shown
    assert "(Europe/Istanbul)" in shown


@pytest.mark.parametrize("width", range(36, 120))
def test_no_line_is_wider_than_the_terminal_and_nothing_that_is_to_be_copied_is_cut(width: int) -> None:
    shown = lines(width)
    assert max(map(cells_of, shown)) <= width
    for line, row in zip(shown[1:], ROWS, strict=True):
        assert {row[0], *row[3].split()} <= set(line.split())


def test_what_cannot_be_shortened_grows_beyond_the_terminal() -> None:
    assert lines(20)[1] == "3f8a1c0d  2026-12-24 18:00  Hello…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello there friends", "Hello there…"),
        ("Hi Donaudampfschifffahrt", "Hi…"),
        ("Hello there!", "Hello there!"),
        ("One two, three", "One two…"),
        ("Donaudampfschifffahrt", "Donaudampfs…"),
        ("Menü 日本語のキャプション", "Menü 日本語…"),
    ],
)
def test_a_text_is_cut_behind_a_word_unless_its_first_one_is_too_long(text: str, shown: str) -> None:
    assert Table([CAPTION], [[text]]).fitted(12).aligned().splitlines()[1] == shown


def test_a_column_of_which_nothing_is_known_goes_first() -> None:
    dashes = Table((ID, Column("views"), Column("kind", 1)), [("1", "-", "photo"), ("2", "-", "reel")])
    assert dashes.fitted(9).left_out == ["views"]
    assert dashes.fitted(20).left_out == []


def test_a_heading_is_shorter_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    day = Column("published (UTC)", heading="day (UTC)")
    console().table((day,), [("24 Nov 09:00",)])
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    console().table((day,), [("24 Nov 09:00",)])
    assert capsys.readouterr().out.splitlines()[::2] == ["published (UTC)", "day (UTC)"]


@pytest.mark.parametrize("text", ["日本語のキャプションです", "🎉🎉🎉🎉🎉🎉🎉", "a🎉b日c🎉d日e🎉f"])
def test_wide_letters_are_measured_by_cells(text: str) -> None:
    for width in range(8, 14):
        (_, shown) = Table([CAPTION], [[text]]).fitted(width).aligned().splitlines()
        assert cells_of(shown) in (width, width - 1)
    head, row = Table([CAPTION, ID], [[text, "1"]]).aligned().splitlines()
    assert cells_of(head.removesuffix("id")) == cells_of(row.removesuffix("1"))


def test_a_line_break_in_a_cell_breaks_no_table() -> None:
    shown = Table([ID, CAPTION], [("1", "two\nlines\tin")]).fitted(80).aligned()
    assert shown.splitlines()[1] == "1   two lines in"


def _yes(_stream: TextIO) -> bool:
    return True


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("args", [("schedule", "list"), ("approve", "list"), ("approve", "allowed")])
def test_the_tables_of_commands_fit_a_terminal_of_80_columns(
    account: Shell, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    person = replace(account, is_attended=True)
    sign_in(person, "--tz", "Europe/Istanbul")
    plan(person, "--approval", "--caption", "A caption that is as long as a caption is on most days")
    plan(person, "--tz", "America/New_York")
    verbs = ("--verb", "publish", "--verb", "move", "--verb", "retry")
    allow = ("approve", "allow", "planner-of-the-marketing-team", "--account", "default", "--per-day", "3")
    for until in ((), ("--until", "2026-12-31")):
        assert person(*allow, *verbs, *until).code == 0
    monkeypatch.setattr("pressroom.cli.shell.console._is_terminal", _yes)
    monkeypatch.setenv("COLUMNS", "80")
    shown = person(*args).out.splitlines()
    assert len(shown) > 1
    assert max(map(cells_of, shown)) <= 80, shown
