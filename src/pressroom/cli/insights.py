"""`pressroom insights`: metrics of published media."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import click

from pressroom.cli.shell.command import Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.not_found import direct_read
from pressroom.cli.shell.parameters import Since, account_option, moment
from pressroom.cli.shell.progress import tracker
from pressroom.cli.shell.tables import Column
from pressroom.graph.ids import MediaId
from pressroom.service.insights import Measured, Number
from pressroom.service.shapes.insights import MeasuredShape

COLUMNS = ("views", "reach", "likes", "comments", "saved", "shares")
NUMBERS = [*(Column(name, rank) for rank, name in enumerate(COLUMNS)), Column("engagement", 1)]


@click.group(cls=Group)
def insights() -> None:
    """Read the numbers of what is published."""


def cells(one: Measured) -> list[str]:
    """Return a media's metrics as text; a dash for one that is not known."""
    rate = one.engagement_rate
    return [*(_spell(one.values.get(name)) for name in COLUMNS), "-" if rate is None else f"{rate:.2f} %"]


def _spell(number: Number | None) -> str:
    return "-" if number is None else f"{number:,}"


@insights.command()
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--since", type=Since(), help="All media of a span such as 7d or 12h, or since a date.")
@click.option(
    "--all-metrics", is_flag=True, help="With --since: every metric of each kind, one more call a media."
)
@account_option
@click.pass_obj
async def show(
    invocation: Invocation,
    *,
    ids: tuple[str, ...],
    since: timedelta | datetime | None,
    all_metrics: bool,
    account_name: str | None,
) -> ExitCode | None:
    r"""Show views, reach, likes, comments, saves, shares and the engagement rate of media.

    The rate is (likes + comments + saves + shares) / reach. A dash, in JSON null, is a number that Instagram
    does not give; it is never 0. Ends with 1 when some media could not be read.

    \b
    pressroom insights show 17901234567890123
    pressroom insights show --since 7d --json
    """
    if bool(ids) == (since is not None):
        raise click.UsageError("Name media by their ids, or give --since.")
    if ids and all_metrics:
        raise click.UsageError(
            "--all-metrics goes with --since; media named by their ids have all of theirs."
        )
    with tracker(invocation.console) as shown:
        async with invocation.session(account_name) as pressroom:
            shown.busy("Reading insights")
            if ids:
                rows = [await pressroom.insights.measure(MediaId(one)) for one in ids]
            else:
                start = moment(since, invocation.runtime.clock.now())
                numbers = pressroom.insights
                found = numbers.measure_each if all_metrics else numbers.measure_all
                rows = [row async for row in found(since=start)]
    _show(invocation, rows, is_one=len(ids) == 1)
    return ExitCode.FAILED if any(row.error for row in rows) else None


def _show(invocation: Invocation, rows: Sequence[Measured], *, is_one: bool) -> None:
    # Of several media each may fail by itself, and the table shows the others; one alone is the command's
    # error.
    if is_one and rows[0].error:
        with direct_read():
            raise rows[0].error
    for row in rows:
        if row.error:
            invocation.console.warn(f"{row.media_id}: {row.error}")
        elif row.found and row.found.note:
            invocation.console.warn(f"{row.media_id}: {row.found.note}")
    if invocation.console.is_json:
        invocation.console.json([MeasuredShape.of(row) for row in rows])
    else:
        invocation.console.table(("id", *NUMBERS), [(row.media_id, *cells(row)) for row in rows])
