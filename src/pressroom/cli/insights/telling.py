"""How numbers are written in tables, and in CSV: what is not known is a dash or an empty cell, never 0.

A terminal is narrow: there a time is short, and what a post is (its day, its kind, the first words of its
caption) stays longer than its id, which is there to be copied from a wide one, from a file or from JSON.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final

import click

from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.parameters import Excel, csv_style, excel_options
from pressroom.core.remedies import by_command
from pressroom.core.spelling import NONE, CsvStyle, age, age_of_numbers, csv_line, within
from pressroom.service.insights.kept import ASSUMED_ZONE
from pressroom.service.shapes.kept import ComparedShape, KeptPostShape

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


# Never left out: a number without its post tells nothing.
PUBLISHED: Final = Column("published (UTC)", heading="day (UTC)")
CAPTION: Final = Column("caption", shortest=16)
ID: Final = Column("id", rank=9)
_MINUTE_TELLS: Final = timedelta(days=330)


def published(invocation: Invocation, at: str | None) -> str:
    """Write when a post went out, under `PUBLISHED`: on a terminal day and minute, of an old one the year."""
    if at is None:
        return NONE
    if invocation.console.width is None:
        return at[:16].replace("T", " ")
    when = datetime.fromisoformat(at)
    # Within 12 cells. Of a post that is nearly a year old the year has to be told, and the minute need not.
    is_recent = invocation.runtime.clock.now() - when < _MINUTE_TELLS
    return f"{when:%d %b %H:%M}" if is_recent else f"{when:%d %b %Y}"


def age_of(invocation: Invocation, post: KeptPostShape | ComparedShape) -> str:
    """Write at which age a post's numbers stand; a terminal leaves out from which readings."""
    if invocation.console.width is None:
        return age_of_numbers(post.age_s, post.reading_ages_s, post.uncertainty_percent)
    off = "" if post.uncertainty_percent is None else f" {within(post.uncertainty_percent)}"
    return f"{age(post.age_s)}{off}"


def percent(value: float | None) -> str:
    """Write a percentage; a dash for none."""
    return "-" if value is None else f"{value:.2f} %"


def line(text: str | None) -> str:
    """Write a text on one line; a dash for none."""
    return " ".join((text or "-").split()) or "-"


zone_option: Final = click.option("--tz", metavar="ZONE", help="Zone of hours and days; else the account's.")


def note_zone(invocation: Invocation, *, is_assumed: bool) -> None:
    """Say that nobody chose the zone of an answer, and how one is named."""
    if is_assumed:
        invocation.console.note(ASSUMED_ZONE.by(by_command))


def csv_options(words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare `--csv`, and how it is spelled: the command gets `csv`, None for another form.

    words: the help of `--csv`. Raises UsageError for two forms at once, and for `--excel` without `--csv`.
    """

    def declared(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def command(*args: object, is_csv: bool, excel: bool, locale: str | None, **others: object) -> object:
            invocation = click.get_current_context().find_object(Invocation)
            assert invocation
            if is_csv and invocation.console.is_json:
                raise click.UsageError("Choose one of --csv and --json.")
            options = Excel(excel=excel, locale=locale)
            style = csv_style(options, invocation.runtime.environ, is_csv=is_csv)
            return function(*args, csv=style if is_csv else None, **others)

        return click.option("--csv", "is_csv", is_flag=True, help=words)(excel_options(command))

    return declared


def write_csv(
    invocation: Invocation, csv: CsvStyle, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows for a spreadsheet; what is not known is an empty cell, and no cell is run as a formula."""
    # A caption that begins with = is written so that no spreadsheet runs it (`csv_line`).
    lines = [csv_line(columns, csv)]
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
        lines.append(csv_line(cells, csv))
    write_lines(invocation, csv, "\n".join(lines))


def write_lines(invocation: Invocation, csv: CsvStyle, lines: str) -> None:
    """Write what a spreadsheet reads: masked, and otherwise letter for letter."""
    # Without the mark Excel takes UTF-8 for its own code page.
    mark = "\ufeff" if csv.is_for_excel else ""
    invocation.console.content(mark + invocation.console.mask(lines))
