"""`pressroom insights definitions`: what each metric counts."""

import click
import msgspec

from pressroom.cli.insights.telling import require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.service.shapes.account_insights import DefinitionShape

_COLUMNS = (
    "metric",
    "of",
    Column("counts", shortest=24),
    Column("adds up", 1),
    Column("estimated", 3),
    Column("ads", 4),
    Column("media", 2),
    Column("since", 5),
    Column("note", 6, shortest=12),
)
_IN_WORDS = {True: "yes", False: "no", None: "-"}


@click.command(cls=Command)
@click.argument("metrics", nargs=-1, metavar="[METRIC...]")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a metric a line.")
@click.pass_obj
async def definitions(invocation: Invocation, *, metrics: tuple[str, ...], is_csv: bool) -> None:
    r"""Tell what metrics count, and what may be done with them: all, or those named. Makes no call.

    "adds up" says whether numbers of several posts, or of an account's days, have a sum that means
    something. A dash is something that nobody says.

    \b
    pressroom insights definitions reach views
    pressroom insights definitions --csv > metrics.csv
    """
    require_one_form(invocation, is_csv=is_csv)
    async with invocation.session() as pressroom:
        found = await pressroom.insights.definitions(*metrics)
    shapes = [DefinitionShape.of(one) for one in found]
    if is_csv:
        rows = [[_cell(value) for value in msgspec.structs.astuple(one)] for one in shapes]
        write_csv(invocation, DefinitionShape.__struct_fields__, rows)
    else:
        rows = [_row(definition) for definition in shapes]
        invocation.console.answer(shapes, lambda: invocation.console.table(_COLUMNS, rows))


def _row(one: DefinitionShape) -> list[str]:
    kinds = " ".join(kind.lower() for kind in one.kinds) or "-"
    marks = [_IN_WORDS[mark] for mark in (one.adds_up, one.is_estimated, one.counts_ads)]
    return [one.name, one.level, one.counts, *marks, kinds, one.since or "-", one.note or "-"]


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
