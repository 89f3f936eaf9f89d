"""Tables that fit a terminal."""

from dataclasses import replace
from typing import TextIO

import pytest

from pressroom.cli.shell.tables import Column, Table, cells_of
from tests.cli.conftest import Shell
from tests.cli.planning import plan, sign_in

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
    assert Table(COLUMNS, ROWS).fitted(50).left_out == ["account", "kind", "state"]


@pytest.mark.parametrize("width", range(36, 120))
def test_no_line_is_wider_than_the_terminal_and_nothing_that_is_to_be_copied_is_cut(width: int) -> None:
    shown = lines(width)
    assert max(map(cells_of, shown)) <= width
    for line, row in zip(shown[1:], ROWS, strict=True):
        assert {row[0], *row[3].split()} <= set(line.split())


def test_what_cannot_be_shortened_grows_beyond_the_terminal() -> None:
    assert lines(20)[1] == "3f8a1c0d  2026-12-24 18:00  Hello…"


def test_a_text_is_cut_behind_a_word_unless_that_loses_half_of_it() -> None:
    cut = [
        Table([CAPTION], [[text]]).fitted(12).aligned().splitlines()[1]
        for text in ("Hello there friends", "Hi Donaudampfschifffahrt", "Hello there!", "One two three")
    ]
    assert cut == ["Hello there…", "Hi Donaudam…", "Hello there!", "One two…"]


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
