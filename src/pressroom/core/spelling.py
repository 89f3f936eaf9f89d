r"""How texts are spelled for people and for spreadsheets: letters, numbers, ages, cells.

What people read passes `visible` where it is written: the console, log lines, pages, notices and letters.
What programs read, such as `--json`, exports and what Instagram gets, keeps every letter.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

NONE: Final = "-"
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S


def number(value: float | None, *, decimals: int = 0) -> str:
    """Write a number with its thousands apart."""
    return NONE if value is None else f"{value:,.{decimals}f}"


def age(seconds: int | None) -> str:
    """Write an age in hours, from two days on in days."""
    if seconds is None:
        return NONE
    return f"{seconds / _HOUR_S:.0f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.0f} d"


# Control characters but tab and line feed; other ends of lines; and surrogates, as in names of files that are
# not UTF-8.
_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Embeddings and overrides turn what follows, and Unicode advises against them. Arabic and Hebrew beside other
# letters need isolates, and marks that turn no letter (U+200E, U+200F, U+061C).
_TURNING: Final = r"\u202a-\u202e"
# An isolate may stay where it is closed on its line: one within another can put words in any order.
_ISOLATES: Final = r"\u2066-\u2069"
_UNSEEN: Final = rf"{_CONTROLS}{_TURNING}{_ISOLATES}"
_SHOWN: Final = re.compile(rf"[\u2066-\u2068][^{_UNSEEN}\n]*+\u2069|[{_UNSEEN}]")
# Scripts that are written beside Latin in one name, and have no letters like its own.
_BESIDE: Final = frozenset(
    {"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KATAKANA-HIRAGANA"}
)


def visible(text: str) -> str:
    r"""Return a text with each letter that works unseen as JSON spells it, such as `\u202e` or `\u001b`.

    Shown are control characters but tabs and ends of lines, and what turns the direction of the letters of
    others. Joiners of emoji and text written from right to left stay as they are. Applied twice it gives the
    same text, and applied to JSON it leaves the meaning.
    """
    if text.isprintable():
        return text
    return _SHOWN.sub(_spelled, text.replace("\r\n", "\n"))


def _spelled(match: re.Match[str]) -> str:
    letters = match[0]
    return letters if len(letters) > 1 else f"\\u{ord(letters):04x}"


def visible_part(value: object) -> object:
    """Return what a template shows, visible: the `finalize` of each Jinja environment."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    # Marked up text stays so: what was spelled out needs no escape.
    return type(value)(text) if hasattr(value, "__html__") else text


def with_scripts(name: str) -> str:
    """Return a name, with a mark before it where its letters are of scripts that can be taken for another."""
    # A letter's script is the first word of its name in Unicode: LATIN, CYRILLIC, FULLWIDTH, MATHEMATICAL.
    scripts = {unicodedata.name(letter, "UNNAMED").split()[0] for letter in name if letter.isalpha()}
    words = " and ".join(script.capitalize() for script in sorted(scripts - _BESIDE))
    # Before the name, so that whoever cuts a long name leaves the mark.
    return f"[{words} letters] {name}" if len(scripts - _BESIDE) > 1 else name


# Where a cell may begin: at its start, and behind each letter at which some spreadsheet splits, also past
# CSV's own quotes, which such a spreadsheet heeds only where it takes a cell to begin. The last four of
# `_FORMULA` are the full-width = + - @, which spreadsheets run, too.
_START: Final = r"(\A\"*|(?<=[,;\t\r\n])\"*)"
_FORMULA: Final = r"(?='*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])"
_UNGUARDED, _GUARDED = re.compile(_START + _FORMULA), re.compile(f"{_START}'{_FORMULA}")


def guarded(cell: str) -> str:
    """Keep a spreadsheet from running a cell. Source: https://owasp.org/www-community/attacks/CSV_Injection."""
    return _UNGUARDED.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`."""
    return _GUARDED.sub(r"\1", cell)


def csv_line(cells: Sequence[str | float]) -> str:
    """Write cells as a line of CSV, without its end, that no spreadsheet runs. A number stays one: -1 too."""
    safe = [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
    return plain_csv([safe]).removesuffix("\n")


def plain_csv(lines: Iterable[Sequence[str | float | None]]) -> str:
    """Write lines of CSV; their texts are guarded already, or ours."""
    lines_written = _Lines()
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, in any cell.
    csv.writer(lines_written, lineterminator="\r\n").writerows(lines)
    return "".join(lines_written)


class _Lines(list[str]):
    """The lines that `csv.writer` writes, each ended by a line feed alone."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")
