"""How the cells of a table are spelled: lists, and texts that no spreadsheet may run. Pure.

A list has one value on each line, or the values of a JSON list. A cell that a spreadsheet would run as a
formula is written to CSV with a quote in front, which is removed when it is read.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, Final, cast

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.tables.columns import COLUMNS

# Where a cell may begin: at its start, and behind each letter at which some spreadsheet splits, also past
# CSV's own quotes, which such a spreadsheet heeds only where it takes a cell to begin. The last four of
# `_FORMULA` are the full-width = + - @, which spreadsheets run, too.
_START: Final = r"(\A\"*|(?<=[,;\t\r\n])\"*)"
_FORMULA: Final = r"(?='*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])"
_UNGUARDED, _GUARDED = re.compile(_START + _FORMULA), re.compile(f"{_START}'{_FORMULA}")
# File names and addresses have commas of their own: one that follows a file's ending separates.
_BEHIND_A_FILE: Final = re.compile(r"(\.[A-Za-z][A-Za-z0-9]{1,4})[ \t]*,[ \t]*")
# The comma of NAME:X,Y separates nothing.
_BETWEEN_NAMES: Final = re.compile(r"(:\s*[\d.eE-]+\s*,\s*[\d.eE-]+)|,")


def guarded(cell: str) -> str:
    """Keep a spreadsheet from running a cell. Source: https://owasp.org/www-community/attacks/CSV_Injection."""
    return _UNGUARDED.sub(r"\1'", cell)


def csv_line(cells: Sequence[str | float]) -> str:
    """Write cells as a line of CSV, without its end, that no spreadsheet runs. A number stays one: -1 too."""
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, wherever they
    # are.
    file = io.StringIO(newline="")
    safe = [guarded(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(file, lineterminator="\r\n").writerow(safe)
    return file.getvalue().removesuffix("\r\n")


def unguarded(cell: str) -> str:
    """Return a cell as it was before `guarded`."""
    return _GUARDED.sub(r"\1", cell)


def spelled(column: str, values: tuple[str, ...]) -> str:
    """Write one value on each line, or a JSON list where the lines would not read back as the same values."""
    plain = "\n".join(values)
    return plain if listed(column, plain) == values else json.dumps(values, ensure_ascii=False)


def listed(column: str, cell: str) -> tuple[str, ...]:
    """Read the list of a cell: values on lines, separated by commas, or as JSON; alt texts have commas."""
    # An alt text may begin with a bracket, too: what is no JSON list is read as lines.
    if cell.startswith("[") and (found := _json_list(cell)) is not None:
        return found
    text = cell.replace("\r\n", "\n")
    if column == "sources":
        text = _BEHIND_A_FILE.sub("\\1\n", text)
    elif column in ("user_tags", "collaborators"):
        text = _BETWEEN_NAMES.sub(lambda found: found[1] or "\n", text)
    lines = [line.strip() for line in text.split("\n")] if text else []
    # An empty line says that a file has no alt text; elsewhere it says nothing.
    return tuple(lines) if column == "alt_texts" else tuple(line for line in lines if line)


def _json_list(cell: str) -> tuple[str, ...] | None:
    try:
        found: Any = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return tuple(str(one) for one in cast("list[object]", found)) if isinstance(found, list) else None


def refused(column: str, value: str, limit: str, fix: Fix | str) -> Refused:
    """Build the error of a cell that cannot be used."""
    return Refused(f"{column} is {value!r}.", rule=column, value=value, limit=limit, fix=fix)


def no_table(why: str, fix: str = "") -> Refused:
    """Build the error of a table, or a row of it, that cannot be read."""
    usual = Fix.of(
        "See what {} writes, or the columns in docs/reference/cli.md.", Remedy(RemedyKind.EXPORT_POSTS)
    )
    return Refused(
        f"The table cannot be read: {why}.", rule="table", limit=", ".join(COLUMNS), fix=fix or usual
    )
