"""How the lists in the cells of a table are spelled: a value on each line, or a JSON list. Pure."""

import json
import re
from typing import Any, Final, cast

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.tables.columns import COLUMNS

# File names and addresses have commas of their own: one that follows a file's ending separates.
_BEHIND_A_FILE: Final = re.compile(r"(\.[A-Za-z][A-Za-z0-9]{1,4})[ \t]*,[ \t]*")
# The comma of NAME:X,Y separates nothing.
_BETWEEN_NAMES: Final = re.compile(r"(:\s*[\d.eE-]+\s*,\s*[\d.eE-]+)|,")


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
