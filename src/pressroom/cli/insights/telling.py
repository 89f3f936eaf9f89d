"""How kept numbers are written in tables: a dash for what is not known, never 0."""

import re
from collections.abc import Iterable, Sequence

import click

from pressroom.cli.shell.invocation import Invocation
from pressroom.core.spelling import csv_line

_AGE = re.compile(r"(\d+)\s*([hd])")
_HOURS = {"h": 1, "d": 24}
_HOUR_S, _DAY_S = 3600, 86_400
FEW = "·"
"""Follows a number of fewer than 5 posts, as hatching would in a picture."""


class Age(click.ParamType[int]):
    """An age such as `24h` or `7d`, in seconds."""

    name = "age"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the age."""
        if isinstance(value, int):
            return value
        found = _AGE.fullmatch(value.strip().lower())
        if found is None or not int(found[1]):
            self.fail(f"{value!r} is no age such as 24h or 7d.", param, ctx)
        return int(found[1]) * _HOURS[found[2]] * _HOUR_S


def percent(value: float | None) -> str:
    """Write a percentage; a dash for none."""
    return "-" if value is None else f"{value:.2f} %"


def line(text: str | None) -> str:
    """Write a text on one line; a dash for none."""
    return " ".join((text or "-").split()) or "-"


def require_one_form(invocation: Invocation, *, is_csv: bool) -> None:
    """Refuse two forms at once."""
    if is_csv and invocation.console.is_json:
        raise click.UsageError("Choose one of --csv and --json.")


def write_csv(invocation: Invocation, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows for a spreadsheet; what is not known is an empty cell, and no cell is run as a formula."""
    lines = [columns, *([_cell(cell) for cell in row] for row in rows)]
    write_lines(invocation, "\n".join(csv_line(line) for line in lines))


def write_lines(invocation: Invocation, csv: str) -> None:
    """Write what a spreadsheet reads: masked, and otherwise letter for letter."""
    invocation.console.content(invocation.console.mask(csv))


def _cell(value: object) -> str | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return "" if value is None else str(value)
