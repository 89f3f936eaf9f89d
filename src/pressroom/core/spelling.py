r"""How texts are spelled for people and for spreadsheets: letters, numbers, ages, cells.

What people read passes `visible` where it is written: the console, log lines, pages, notices and letters.
What programs read, such as `--json`, exports and what Instagram gets, keeps every letter.
"""

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import msgspec

NONE: Final = "-"
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S


def number(value: float | None, *, decimals: int = 0) -> str:
    """Write a number with its thousands apart."""
    return NONE if value is None else f"{value:,.{decimals}f}"


def age(seconds: int | None) -> str:
    """Write an age in hours, from two days on in days, and under an hour in minutes."""
    if seconds is None:
        return NONE
    if seconds < _HOUR_S:
        return f"{seconds / 60:.0f} min"
    # With a decimal, since 22 h are no day, and numbers of the two do not compare.
    number, unit = (seconds / _HOUR_S, "h") if seconds < 2 * _DAY_S else (seconds / _DAY_S, "d")
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


def age_of_numbers(age_s: int | None, ages_s: Sequence[int], uncertainty_percent: float | None) -> str:
    """Write at which age numbers stand, and if they were corrected to it, from which and how surely."""
    if uncertainty_percent is None:
        return age(age_s)
    return f"{age(age_s)} from {' and '.join(map(age, ages_s))}, {within(uncertainty_percent)}"


def within(uncertainty_percent: float) -> str:
    """Write how far off a number may be: `± 3 %`."""
    return f"± {max(1, math.ceil(uncertainty_percent))} %"


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
    # A page of many lines is looked through several times over: the pattern takes seven times as long.
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
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
    if text is value:
        return value
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
_IS_NUMBER: Final = r"-(?=\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[,\]}])"
_UNGUARDED_JSON: Final = re.compile(rf"((?<=[,;])\"*'*)(?!{_IS_NUMBER})([=+\-@\uff1d\uff0b\uff0d\uff20])")


def guarded(cell: str) -> str:
    """Keep a spreadsheet from running a cell. Source: https://owasp.org/www-community/attacks/CSV_Injection."""
    return _UNGUARDED.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`."""
    return _GUARDED.sub(r"\1", cell)


def _guarded_json(value: object) -> str:
    """Write JSON that no spreadsheet runs and that means the same: what would start a formula is escaped."""
    text = msgspec.json.encode(value).decode()
    # Outside of strings a comma may have the sign of a number behind it, which has to stay, and runs nothing.
    return _UNGUARDED_JSON.sub(lambda match: f"{match[1]}\\u{ord(match[2]):04x}", text)


# XML takes no control characters and makes a line end of "\r": Excel writes them so, and a text that reads
# like that with its `_` escaped.
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LONGEST: Final = 32_767


def workbook_text(text: str) -> str:
    """Spell a text for a cell of a workbook; one that is longer than Excel's 32,767 letters ends in "..."."""
    spelled = _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
    # Excel counts a letter such as an emoji twice.
    if len(spelled) * 2 <= _LONGEST or len(spelled.encode("utf-16-le")) <= _LONGEST * 2:
        return spelled
    return spelled.encode("utf-16-le")[: (_LONGEST - 3) * 2].decode("utf-16-le", "ignore") + "..."


MOST_EXACT: Final = 10**15
"""Excel keeps 15 digits of a number; Instagram's ids have 17."""
# What Excel takes for a number, and then shows and saves as another text: 17 digits of an id become 1.8E+16.
_NUMERAL: Final = r"0\d+|\d{12,}|\d+(?:\.\d+)?[eE]\d+"
_IS_NUMERAL, _KEPT = re.compile(_NUMERAL), re.compile(f'="({_NUMERAL})"')


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How CSV is spelled. decimal: the mark in numbers. is_for_excel: ids are kept as texts."""

    separator: str = ","
    decimal: str = "."
    is_for_excel: bool = False

    def text(self, cell: str) -> str:
        """Spell a text so that no spreadsheet runs it, and Excel makes no other number of it."""
        # A formula of ours that gives the text: Excel heeds no quotes of CSV, and shows a quote of ours.
        return f'="{cell}"' if self.is_for_excel and _IS_NUMERAL.fullmatch(cell) else guarded(cell)

    def cell(self, value: object) -> str | float | None:
        """Spell a value. What is missing is empty; -1 stays a number; what is none of these is JSON."""
        # First, because most cells of a large table are numbers or missing.
        if value is None or type(value) is int:
            is_cut = self.is_for_excel and value is not None and abs(value) >= MOST_EXACT
            return f'="{value}"' if is_cut else value
        match value:
            case str():
                spelled = self.text(value)
            case float():
                spelled = value if self.decimal == "." else str(value).replace(".", self.decimal)
            case datetime() if self.is_for_excel:
                spelled = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            case datetime():
                spelled = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
            case date():
                spelled = value.isoformat()
            case _:
                spelled = _guarded_json(value)
        return spelled


PLAIN_CSV: Final = CsvStyle()
# Languages that write 2,5, where Excel separates by semicolons; and locales that do not as their language.
_COMMA: Final = re.compile(
    "af|az|be|bg|bs|ca|cs|da|de|el|es|et|eu|fi|fo|fr|gl|hr|hu|hy|id|is|it|ka|kk|ky|lt|lv|mk|mn|nb|nl|nn|no|"
    "pl|pt|ro|ru|sk|sl|sq|sr|sv|tk|tr|uk|uz|vi"
)
_POINT: Final = re.compile("(de|fr|it)_(CH|LI)|es_(DO|GT|HN|MX|NI|PA|PE|PR|SV|US)")
_SWISS: Final = ("CH", "LI")
_LOCALE: Final = re.compile(r"([a-zA-Z]{2,3})(?:[_-]([a-zA-Z]{2}))?(?:[.@].*)?")


def excel_style(locale: str) -> CsvStyle | None:
    """Return how Excel reads CSV in a locale such as `de_DE.UTF-8` or `en-US`; None for what is no locale.

    Source: https://cldr.unicode.org, and for separators Windows' "list separator".
    """
    if locale.partition(".")[0] in ("", "C", "POSIX"):
        return CsvStyle(is_for_excel=True)
    match = _LOCALE.fullmatch(locale)
    if match is None:
        return None
    language, country = match[1].lower(), (match[2] or "").upper()
    has_comma = bool(_COMMA.fullmatch(language)) and not _POINT.fullmatch(f"{language}_{country}")
    separator = ";" if has_comma or country in _SWISS else ","
    return CsvStyle(separator, "," if has_comma else ".", is_for_excel=True)


def read_cell(cell: str) -> str:
    """Return a cell of CSV as it was before it was spelled for a spreadsheet."""
    numeral = _KEPT.fullmatch(cell)
    return numeral[1] if numeral else unguarded(cell)


def csv_line(cells: Sequence[object], style: CsvStyle = PLAIN_CSV) -> str:
    """Write values as a line of CSV without its end, see `csv_lines`."""
    return csv_lines([cells], style).removesuffix("\n")


def csv_lines(lines: Iterable[Sequence[object]], style: CsvStyle = PLAIN_CSV) -> str:
    """Write lines of CSV in which no spreadsheet runs a cell. All CSV of ours is written here."""
    lines_written = _Lines()
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, in any cell.
    writer = csv.writer(lines_written, delimiter=style.separator, lineterminator="\r\n")
    writer.writerows([style.cell(value) for value in line] for line in lines)
    return "".join(lines_written)


class _Lines(list[str]):
    """The lines that `csv.writer` writes, each ended by a line feed alone."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")
