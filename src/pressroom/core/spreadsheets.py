"""Lines of CSV that no spreadsheet runs. Pure.

A cell that a spreadsheet would run as a formula is written with a quote in front, which is removed when it is
read.
"""

import csv
import io
import re
from collections.abc import Sequence
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
    return plain_csv_line([guarded(cell) if isinstance(cell, str) else cell for cell in cells])


def plain_csv_line(cells: Sequence[str | float]) -> str:
    """Write cells that are guarded already, or numbers, as a line of CSV without its end."""
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, wherever they
    # are.
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().removesuffix("\r\n")
