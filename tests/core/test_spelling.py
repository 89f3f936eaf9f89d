"""Letters are shown as what they are."""

import csv
import json
from datetime import datetime, timedelta, timezone

import pytest

from pressroom.core.spelling import (
    PLAIN_CSV,
    csv_line,
    excel_style,
    guarded,
    read_cell,
    visible,
    with_scripts,
    workbook_text,
)

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} \N{HEAVY BLACK HEART}\ufe0f"
HEBREW = "\u05e9\u05dc\u05d5\u05dd\u200f!"
ARABIC = "\u0645\u0631\u062d\u0628\u0627"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cat\u202egnp.exe", r"cat\u202egnp.exe"),
        ("\u202bright\u202c", r"\u202bright\u202c"),
        ("\x1b[2J\x07 \x7f\x9b", r"\u001b[2J\u0007 \u007f\u009b"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\u0085d"),
        ("back\rhere", r"back\u000dhere"),
        ("cat\udcff.jpg", r"cat\udcff.jpg"),
    ],
)
def test_what_works_unseen_is_spelled_as_in_json(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


@pytest.mark.parametrize(
    "text",
    ["two\nlines\tand a tab", FAMILY, HEBREW, ARABIC, f"Shalom \u2068{HEBREW}\u2069 to all", "naïve ß 日本"],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_a_line_that_ends_as_on_windows_ends_as_any() -> None:
    assert visible("one\r\ntwo") == "one\ntwo"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u2067open", r"\u2067open"),
        ("\u2067over\nlines\u2069", "\\u2067over\nlines\\u2069"),
        ("\u2067\u2066B\u2069\u2066A\u2069\u2069", "\\u2067\u2066B\u2069\u2066A\u2069\\u2069"),
        ("\u2066a\u202e\u2069", r"\u2066a\u202e\u2069"),
    ],
)
def test_an_isolate_that_turns_what_is_around_it_is_shown(text: str, shown: str) -> None:
    """One that is closed on its line holds a name; several in one another put words in any order."""
    assert visible(text) == shown


def test_json_says_the_same() -> None:
    value = {"caption": f"\u202e\x1b\x7f\x9b\u2028{HEBREW}\u2067"}
    shown = visible(json.dumps(value, ensure_ascii=False))
    assert "\u202e" not in shown
    assert json.loads(shown) == value


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("cl\N{CYRILLIC SMALL LETTER A}ude", "Cyrillic and Latin"),
        ("\N{GREEK CAPITAL LETTER ALPHA}gent", "Greek and Latin"),
        ("\N{FULLWIDTH LATIN SMALL LETTER C}laude", "Fullwidth and Latin"),
        ("\N{MATHEMATICAL BOLD SMALL C}laude", "Latin and Mathematical"),
    ],
)
def test_a_name_of_scripts_that_look_alike_is_marked(name: str, scripts: str) -> None:
    assert with_scripts(name) == f"[{scripts} letters] {name}"


@pytest.mark.parametrize("name", ["claude", "Müller 2.0", "планировщик-2", "日本 desk", "デスク bot", "ταχυ"])
def test_a_name_of_one_script_is_not(name: str) -> None:
    """Nor is one in which Latin stands beside what has no letters like its own."""
    assert with_scripts(name) == name


@pytest.mark.parametrize(
    ("locale", "separator", "decimal"),
    [
        ("de_DE.UTF-8", ";", ","),
        ("de", ";", ","),
        ("tr-TR", ";", ","),
        ("pt_BR", ";", ","),
        ("en_US.UTF-8", ",", "."),
        ("es_MX", ",", "."),
        ("de_CH", ";", "."),
        ("ja_JP", ",", "."),
        *((locale, ",", ".") for locale in ("", "C", "C.UTF-8", "POSIX")),
    ],
)
def test_excel_separates_and_counts_as_its_locale_does(locale: str, separator: str, decimal: str) -> None:
    style = excel_style(locale)
    assert style
    assert (style.separator, style.decimal) == (separator, decimal)
    written = csv_line(["a", 2.5, -1], style)
    assert list(csv.reader([written], delimiter=separator)) == [["a", f"2{decimal}5", "-1"]]


def test_what_is_no_locale_has_no_style() -> None:
    assert [excel_style(name) for name in ("klingon", "de_DEU", "12", ";")] == [None] * 4


KEPT = ["17896129068012345", "0049171", "1e5", "12345678901234567890123456789012"]


@pytest.mark.parametrize("cell", [*KEPT, "", "42", "2026-12-24", "=1+1", "'=1", '="0049"', "a;=1", "+49171"])
def test_excel_keeps_what_looks_like_a_number_and_runs_nothing_else(cell: str) -> None:
    style = excel_style("de_DE") or PLAIN_CSV
    assert style.text(cell) == (f'="{cell}"' if cell in KEPT else guarded(cell))
    assert read_cell(style.text(cell)) == read_cell(PLAIN_CSV.text(cell)) == cell


@pytest.mark.parametrize(
    "value",
    [
        ["=1+1", "@SUM(1)", "a,=1+1", "a;-2+3", 'a,"=1', "a,'+1", "a,\uff1d1"],
        {"=1": 1, "b": -1, "=c": [1, -1, -2.5, -1e30]},
        ["plain", "a,-1"],
    ],
)
def test_json_in_a_cell_is_run_by_no_spreadsheet_and_means_the_same(value: object) -> None:
    cell = PLAIN_CSV.cell(value)
    assert isinstance(cell, str)
    assert json.loads(cell) == value
    # A spreadsheet that splits the cell at its commas takes what is behind each for a cell.
    for start in cell.replace(";", ",").replace('"', "").replace("'", "").split(","):
        assert not start.startswith(("=", "+", "@", "\uff1d"))
        assert not start.startswith("-") or float(start.rstrip("]}"))


def test_a_cell_for_excel_keeps_long_numbers_and_has_moments_that_it_sorts() -> None:
    moment = datetime(2026, 11, 29, 21, 56, 15, tzinfo=timezone(timedelta(hours=3)))
    line = [17896129068012345, 42, None, moment, moment.date(), True]
    assert csv_line(line) == "17896129068012345,42,,2026-11-29T18:56:15Z,2026-11-29,true"
    excel = excel_style("en_US") or PLAIN_CSV
    (cells,) = csv.reader([csv_line(line, excel)])
    assert cells == ['="17896129068012345"', "42", "", "2026-11-29 18:56:15", "2026-11-29", "true"]


@pytest.mark.parametrize(("letter", "kept"), [("a", 32_764), ("\N{GRINNING FACE}", 16_382)])
def test_a_text_longer_than_a_cell_of_excel_is_seen_to_be_cut(letter: str, kept: int) -> None:
    assert workbook_text(letter * 40_000) == letter * kept + "..."
    assert workbook_text(letter * (kept // 2)) == letter * (kept // 2)
