"""How numbers are written in tables, and in CSV: what is not known is a dash or an empty cell, never 0."""

import re
from collections.abc import Iterable, Sequence

import click

from pressroom.cli.shell.command import Invocation
from pressroom.core.spelling import csv_line

_AGE = re.compile(r"(\d+)\s*([hd])")
FEW = "·"
"""Follows a number of fewer than 5 posts, as hatching would in a picture."""


class Age(click.ParamType[int]):
    """An age such as `24h` or `7d`, in seconds."""

    name = "age"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the age."""
        if isinstance(value, int):
            return value
        match = _AGE.fullmatch(value.strip().lower())
        if match is None or not int(match[1]):
            self.fail(f"{value!r} is no age such as 24h or 7d.", param, ctx)
        return int(match[1]) * {"h": 3600, "d": 86_400}[match[2]]


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
    # A caption that begins with = is written so that no spreadsheet runs it (`csv_line`).
    lines = [csv_line(columns)]
    for row in rows:
        cells = list[str | float]()
        for value in row:
            match value:
                case None:
                    cells.append("")
                # Python takes a bool for a number; to a spreadsheet it is a word.
                case bool():
                    cells.append(str(value))
                case int() | float():
                    cells.append(value)
                case tuple():
                    cells.append(" ".join(str(part) for part in value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                case _:
                    cells.append(str(value))
        lines.append(csv_line(cells))
    write_lines(invocation, "\n".join(lines))


def write_lines(invocation: Invocation, csv: str) -> None:
    """Write what a spreadsheet reads: masked, and otherwise letter for letter."""
    invocation.console.content(invocation.console.mask(csv))
