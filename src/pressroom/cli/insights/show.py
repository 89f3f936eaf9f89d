"""`pressroom insights show`: metrics of published media, as Instagram gives them now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from pressroom.cli.insights.media import KEPT_COLUMNS, kept_row
from pressroom.cli.insights.telling import require_one_form, write_lines
from pressroom.cli.posts.bulk import say_failed
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode, direct_read, worst
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, moment
from pressroom.cli.shell.terminal import tracker
from pressroom.core.errors import PressroomError
from pressroom.core.remedies import by_command
from pressroom.graph.ids import MediaId
from pressroom.service.insights.measuring import Measured, Number, Total, totals
from pressroom.service.shapes.kept import InsightsShape, KeptPostsShape, MeasuredShape, insights_csv

COLUMNS = ("views", "reach", "likes", "comments", "saved", "shares")
NUMBERS = [*(Column(name, rank) for rank, name in enumerate(COLUMNS)), Column("engagement", 1)]
# What a media is goes before its numbers, the link last of all: it is there to be copied.
_MEDIA = [
    "id",
    Column("account", rank=9),
    Column("kind", rank=8),
    Column("published (UTC)", rank=6),
    Column("caption", rank=7, shortest=12),
]
_LINK = Column("permalink", rank=10)


def cells(one: Measured) -> list[str]:
    """Return a media's metrics as text; a dash for one that is not known."""
    rate = one.engagement_rate
    return [*(_spell(one.values.get(name)) for name in COLUMNS), "-" if rate is None else f"{rate:.2f} %"]


def _spell(number: Number | None) -> str:
    return "-" if number is None else f"{number:,}"


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option(
    "--since",
    type=Since(),
    help="All media of a span such as 7d, or since a date or today; stories are read by their ids.",
)
@click.option("--until", type=Since(), help="With --since: the end of the span; by default now.")
@click.option(
    "--all-metrics", is_flag=True, help="With --since: every metric of each kind, one more call a media."
)
@click.option("--kept", is_flag=True, help="Named by ids: their last reading that is kept, without a call.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a media a line.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help="Stored account to read; several times for several. Else the environment's, else the default one.",
)
@click.pass_obj
async def show(
    invocation: Invocation,
    *,
    ids: tuple[str, ...],
    since: When | None,
    until: When | None,
    all_metrics: bool,
    kept: bool,
    accounts: tuple[str, ...],
    is_csv: bool,
) -> ExitCode | None:
    r"""Show views, reach, likes, comments, saves, shares and the engagement rate of media, and their sums.

    The rate is (likes + comments + saves + shares) / reach. A dash, in JSON null, is a number that Instagram
    does not give; it is never 0. Reach and rates are not added up: two posts may reach the same people. Ends
    with 1 when some media could not be read.

    \b
    pressroom insights show 17901234567890123
    pressroom insights show 17901234567890123 --kept
    pressroom insights show --since 7d --json
    pressroom insights show --since 30d --all-metrics --csv > november.csv
    pressroom insights show --since 2026-11-01 --until 2026-12-01 --account lofoten --account bergen
    """
    require_one_form(invocation, is_csv=is_csv)
    _require_one_way(ids, since, until, accounts, all_metrics=all_metrics)
    if kept:
        await _show_kept(invocation, ids, accounts[0] if accounts else None, is_csv=is_csv)
        return None
    now = invocation.runtime.clock.now()
    span = {"since": moment(since, now), "until": moment(until, now)}
    rows, codes = list[Measured](), list[ExitCode]()
    with tracker(invocation.console) as shown:
        for name in accounts or (None,):
            shown.busy(f"Reading insights of {name}" if name else "Reading insights")
            try:
                rows += await _read(invocation, name, ids, span, all_metrics=all_metrics)
            except PressroomError as error:
                # Of several accounts each may fail by itself; one alone is the command's error.
                if name is None or len(accounts) == 1:
                    raise
                shown.idle()
                codes.append(say_failed(invocation, name, error))
    _show(invocation, rows, is_one=len(ids) == 1, is_csv=is_csv)
    return worst(codes) or (ExitCode.FAILED if any(row.error for row in rows) else None)


async def _show_kept(
    invocation: Invocation, ids: Sequence[str], account: str | None, *, is_csv: bool
) -> None:
    """Show the last reading of media, and how old it is."""
    if not ids or is_csv:
        raise click.UsageError("--kept shows media named by their ids; for a table, see `insights media`.")
    async with invocation.session(account) as pressroom:
        shape = KeptPostsShape.of(await pressroom.insights.kept(*ids))
    if invocation.console.is_json:
        invocation.console.json(shape)
        return
    invocation.console.table(KEPT_COLUMNS, [kept_row(one) for one in shape.media])
    invocation.console.note("As they were read last; without --kept Instagram is asked.")


async def _read(
    invocation: Invocation,
    name: str | None,
    ids: Sequence[str],
    span: Mapping[str, datetime | None],
    *,
    all_metrics: bool,
) -> list[Measured]:
    """Read the media of one account, named by their ids or all of a span."""
    async with invocation.session(name) as pressroom:
        numbers = pressroom.insights
        if ids:
            return [await numbers.measure(MediaId(one)) for one in ids]
        found = numbers.measure_each if all_metrics else numbers.measure_all
        return [row async for row in found(since=span["since"], until=span["until"])]


def _require_one_way(
    ids: Sequence[str], since: object, until: object, accounts: Sequence[str], *, all_metrics: bool
) -> None:
    if bool(ids) == (since is not None):
        raise click.UsageError("Name media by their ids, or give --since.")
    if until is not None and since is None:
        raise click.UsageError("--until goes with --since.")
    if ids and all_metrics:
        raise click.UsageError(
            "--all-metrics goes with --since; media named by their ids have all of theirs."
        )
    if ids and len(accounts) > 1:
        raise click.UsageError("Media named by their ids are of one account: give --account once.")


def _show(invocation: Invocation, rows: Sequence[Measured], *, is_one: bool, is_csv: bool) -> None:
    # Of several media each may fail by itself, and the table shows the others; one alone is the command's
    # error.
    if is_one and rows[0].error:
        with direct_read():
            raise rows[0].error
    for row in rows:
        if row.error:
            invocation.console.warn(f"{row.media_id}: {row.error.said_by(by_command)}")
        elif row.found and row.found.note:
            invocation.console.warn(f"{row.media_id}: {row.found.note}")
    if is_csv:
        write_lines(invocation, insights_csv(rows).removesuffix("\n"))
    else:
        invocation.console.answer(InsightsShape.of(rows), lambda: _draw(invocation, rows))


def _draw(invocation: Invocation, rows: Sequence[Measured]) -> None:
    shown = [_row(row) for row in rows]
    if len(rows) > 1:
        shown.append(_sums(totals(rows), len(rows)))
    invocation.console.table((*_MEDIA, *NUMBERS, _LINK), shown)


def _row(one: Measured) -> list[str]:
    shape = MeasuredShape.of(one)
    at = (shape.published_at or "-")[:16].replace("T", " ")
    caption = " ".join((shape.caption or "-").split())
    return [shape.id, shape.account, shape.kind or "-", at, caption, *cells(one), shape.permalink or "-"]


def _sums(found: Mapping[str, Total], count: int) -> list[str]:
    """Return the last row; a sum in which media are missing says so, since it is less than the truth."""
    sums = list[str]()
    for name in COLUMNS:
        total = found.get(name)
        missing = count - total.media if total else 0
        sums.append(f"{_spell(total.sum if total else None)}{f' ({missing} unknown)' if missing else ''}")
    return [f"total of {count}", "", "", "", "", *sums, "", ""]
