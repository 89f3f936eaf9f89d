"""`pressroom insights audience`: who an account's people are."""

from collections.abc import Iterator

import click

from pressroom.cli.insights.telling import percent, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.core.spelling import number
from pressroom.service.insights.account import FEWEST_FOLLOWERS
from pressroom.service.shapes.account_insights import AudiencePartShape, AudienceShape, SpreadAudienceShape

_COLUMNS = (
    Column("of", 2),
    "by",
    "part",
    "people",
    "of those told",
    Column("28 days before", 3),
    "points",
    Column("read", 1),
)
_SHOWN = 10


@click.command(cls=Command)
@click.option("--all", "is_whole", is_flag=True, help=f"Show every part, not the {_SHOWN} largest.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a part a line.")
@account_option
@click.pass_obj
async def audience(invocation: Invocation, *, is_whole: bool, is_csv: bool, account_name: str | None) -> None:
    r"""Tell who the followers are, and who engaged: age, gender, country, city, as last read. Makes no call.

    Shares are of what Instagram tells: of cities and countries the 45 largest. "points" is the change of a
    share against the reading some 28 days before, in percentage points.

    \b
    pressroom insights audience
    pressroom insights audience --csv > audience.csv
    """
    require_one_form(invocation, is_csv=is_csv)
    async with invocation.session(account_name) as pressroom:
        shape = AudienceShape.of(await pressroom.insights.audience())
    if is_csv:
        _write(invocation, shape)
    else:
        invocation.console.answer(shape, lambda: _show(invocation, shape, is_whole=is_whole))


def _show(invocation: Invocation, shape: AudienceShape, *, is_whole: bool) -> None:
    note = invocation.console.note
    if not shape.audiences:
        invocation.console.data(_why_none(shape))
        return
    rows = [row for one in shape.audiences for row in _rows(one, is_whole=is_whole)]
    invocation.console.table(_COLUMNS, rows)
    if shape.is_too_small:
        note(f"{shape.account} has {shape.followers} followers by now: {_too_few()}")
    if any(one.is_cut for one in shape.audiences):
        note("Shares are of the 45 largest parts, which is all that Instagram tells.")
    if any(one.breakdown == "hour" for one in shape.audiences):
        note("Whose hours those of online_followers are is not documented: they may be UTC, or Pacific time.")


def _why_none(shape: AudienceShape) -> str:
    if shape.is_too_small:
        return f"{shape.account} has {shape.followers} followers: {_too_few()}"
    return f"Instagram told nothing of the people of {shape.account} yet; they are read weekly."


def _too_few() -> str:
    return f"below {FEWEST_FOLLOWERS} Instagram does not tell who they are."


def _rows(one: SpreadAudienceShape, *, is_whole: bool) -> Iterator[list[str]]:
    is_ordered = one.breakdown in ("age", "hour")
    for part in one.parts if is_whole or is_ordered else one.parts[:_SHOWN]:
        yield [one.metric, one.breakdown, *_part(part), one.read_at[:10]]


def _part(part: AudiencePartShape) -> list[str]:
    # Adding 0 makes a 0 of -0.0.
    moved = "-" if part.share_change is None else f"{round(part.share_change, 1) + 0:+.1f}"
    return [part.name, number(part.number), percent(part.share), number(part.earlier), moved]


def _write(invocation: Invocation, shape: AudienceShape) -> None:
    columns = (
        *("metric", "breakdown", "part", "number", "share", "earlier", "share_change"),
        *("read_at", "earlier_at", "is_cut"),
    )
    rows = [
        [
            *(one.metric, one.breakdown, part.name, part.number, part.share, part.earlier),
            *(part.share_change, one.read_at, one.earlier_at, "yes" if one.is_cut else "no"),
        ]
        for one in shape.audiences
        for part in one.parts
    ]
    write_csv(invocation, columns, rows)
