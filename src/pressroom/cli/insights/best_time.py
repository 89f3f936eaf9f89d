"""`pressroom insights best-time`: whether it matters when an account posts."""

import click

from pressroom.cli.insights.telling import require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.service.insights.timing import ASSOCIATION, STANDING_OUT, could_see, interval
from pressroom.service.shapes.timing import BestTimeShape, CellShape, FamilyShape

_CSV = ("family", "cell", "n", "percent", "low", "high", "confidence", "stands_out", "not_shown")
_EXPERIMENT = "`pressroom insights experiment start 'daily 09:00' 'daily 18:00'`"


@click.command("best-time", cls=Command)
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def best_time(invocation: Invocation, *, is_csv: bool, account_name: str | None) -> None:
    r"""Ask whether the hour or the weekday of a post matters for its reach at 24 hours. Makes no call.

    Looks at the photos, carousels and reels of a year, in the account's zone; format and trend are taken
    out. Says so where nothing can be seen. Takes `pip install 'pressroom[report]'`.

    \b
    pressroom insights best-time --account lofoten
    """
    require_one_form(invocation, is_csv=is_csv)
    async with invocation.session(account_name) as pressroom:
        found = await pressroom.insights.best_time()
    shape = BestTimeShape.of(found)
    if is_csv:
        write_csv(invocation, _CSV, [row for family in _families(shape) for row in _csv_rows(*family)])
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, shape, could_see(found)))


def _draw(invocation: Invocation, shape: BestTimeShape, seen: list[str]) -> None:
    console = invocation.console
    console.data(shape.says)
    for name, family in _families(shape):
        console.data("")
        rows = [_row(one) for one in family.cells]
        console.table((f"{name} ({shape.timezone})", "posts", "against the others", ""), rows)
    if seen:
        console.data("\n".join(("", STANDING_OUT, *seen)))
    console.data(f"{ASSOCIATION}\nBegin one with {_EXPERIMENT}.")
    console.note(f"{shape.n} of {shape.posts} posts since {shape.since[:10]} have a reach at 24 h.")
    if shape.far_off:
        console.note(f"{shape.far_off} lay far off, as one that goes viral does, and counted as nearer.")


def _families(shape: BestTimeShape) -> list[tuple[str, FamilyShape]]:
    named = (("hours", shape.hours), ("weekday", shape.weekdays))
    return [(name, family) for name, family in named if family]


def _row(one: CellShape) -> list[str]:
    effect = one.against_others
    told = interval(effect.percent, effect.low, effect.high) if effect else "-"
    return [one.cell, str(one.n), told, "stands out" if one.stands_out else _why(one)]


def _why(one: CellShape) -> str:
    if one.not_shown == "entangled":
        return "not shown: its posts are those of one format or weekday"
    return f"not shown: {one.not_shown}" if one.not_shown else ""


def _csv_rows(name: str, family: FamilyShape) -> list[list[object]]:
    return [[name, one.cell, one.n, *_effect(one), one.stands_out, one.not_shown] for one in family.cells]


def _effect(one: CellShape) -> list[object]:
    effect = one.against_others
    return [effect.percent, effect.low, effect.high, effect.confidence] if effect else [None] * 4
