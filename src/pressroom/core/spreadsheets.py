"""Lines of CSV that no spreadsheet runs. Pure.

A cell that a spreadsheet would run as a formula is written with a quote in front, which is removed when it is
read.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Final

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
    told = _Lines()
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, wherever they
    # are.
    csv.writer(told, lineterminator="\r\n").writerows(lines)
    return "".join(told)


class _Lines(list[str]):
    """What a writer writes: a line at a time, which ends as ours do."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")
