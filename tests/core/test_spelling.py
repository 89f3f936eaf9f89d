"""Letters are shown as what they are."""

import csv
import json

import pytest

from pressroom.core.spelling import (
    PLAIN_CSV,
    csv_line,
    excel_style,
    guarded,
    read_cell,
    visible,
    with_scripts,
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
