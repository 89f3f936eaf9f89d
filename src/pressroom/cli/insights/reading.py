"""`pressroom insights show` and `pull`: the two that ask Instagram.

What `pull` reads is kept, and the other commands read it there; `show` keeps nothing.
"""

from collections.abc import Sequence

import click

from pressroom.cli.insights.kept import draw_kept
from pressroom.cli.insights.telling import (
    CAPTION,
    ID,
    PUBLISHED,
    csv_options,
    line,
    percent,
    published,
    write_lines,
)
from pressroom.cli.posts.bulk import say_failed
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode, direct_read, exit_code_of, worst
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.cli.shell.terminal import tracker
from pressroom.core.errors import PressroomError
from pressroom.core.remedies import by_command
from pressroom.core.spelling import CsvStyle, number
from pressroom.graph.answers import MediaId
from pressroom.service import Pressroom
from pressroom.service.insights.measuring import Measured, totals
from pressroom.service.insights.pulling import Pulled, PullProgress
from pressroom.service.shapes.kept import (
    AccountPullShape,
    InsightsShape,
    KeptPostsShape,
    MeasuredShape,
    PullCostShape,
    PulledShape,
    StoppedPullingShape,
    insights_csv,
)

COLUMNS = ("views", "reach", "likes", "comments", "saved", "shares")
NUMBERS = [*(Column(name, rank) for rank, name in enumerate(COLUMNS, 1)), Column("engagement", 1)]
# What is there to be copied is left out first.
_LINK = Column("permalink", rank=10)


def cells(measured: Measured) -> list[str]:
    """Return a media's metrics as text; a dash for one that is not known."""
    numbers = [number(measured.values.get(name)) for name in COLUMNS]
    return [*numbers, percent(measured.engagement_rate)]


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
@csv_options("Print a table for a spreadsheet, a media a line.")
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
    csv: CsvStyle | None,
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
    _require_one_way(ids, since, until, accounts, all_metrics=all_metrics)
    if kept:
        await _show_kept(invocation, ids, accounts[0] if accounts else None, csv=csv)
        return None
    now = invocation.runtime.clock.now()
    began, ended = moment(since, now), moment(until, now)
    rows, codes = list[Measured](), list[ExitCode]()
    with tracker(invocation.console) as shown:
        for name in accounts or (None,):
            shown.busy(f"Reading insights of {name}" if name else "Reading insights")
            try:
                async with invocation.session(name) as pressroom:
                    numbers = pressroom.insights
                    if ids:
                        rows += [await numbers.measure(MediaId(media_id)) for media_id in ids]
                    else:
                        # Fifty media come in one call, with the metrics that all have.
                        measure = numbers.measure_each if all_metrics else numbers.measure_all
                        rows += [row async for row in measure(since=began, until=ended)]
            except PressroomError as error:
                # Of several accounts each may fail by itself; one alone is the command's error.
                if name is None or len(accounts) == 1:
                    raise
                shown.idle()
                codes.append(say_failed(invocation, name, error))
    _show_measured(invocation, rows, is_single=len(ids) == 1, csv=csv)
    return worst(codes) or (ExitCode.FAILED if any(row.error for row in rows) else None)


async def _show_kept(
    invocation: Invocation, ids: Sequence[str], account: str | None, *, csv: CsvStyle | None
) -> None:
    """Show the last reading of media, and how old it is."""
    if not ids or csv:
        raise click.UsageError("--kept shows media named by their ids; for a table, see `insights media`.")
    async with invocation.session(account) as pressroom:
        shape = KeptPostsShape.of(await pressroom.insights.kept(*ids))
    if invocation.console.is_json:
        invocation.console.json(shape)
        return
    draw_kept(invocation, shape)
    invocation.console.note("As they were read last; without --kept Instagram is asked.")


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
    # The id does not say whose it is, and another account's token reads nothing of it.
    if ids and len(accounts) > 1:
        raise click.UsageError("Media named by their ids are of one account: give --account once.")


def _show_measured(
    invocation: Invocation, rows: Sequence[Measured], *, is_single: bool, csv: CsvStyle | None
) -> None:
    # Of several media each may fail by itself, and the table shows the others; one alone is the command's
    # error.
    if is_single and rows[0].error:
        with direct_read():
            raise rows[0].error
    for row in rows:
        if row.error:
            invocation.console.warn(f"{row.media_id}: {row.error.said_by(by_command)}")
        elif row.found and row.found.note:
            invocation.console.warn(f"{row.media_id}: {row.found.note}")
    if csv:
        write_lines(invocation, csv, insights_csv(rows, csv).removesuffix("\n"))
        return
    invocation.console.answer(InsightsShape.of(rows), lambda: _draw_measured(invocation, rows))


def _draw_measured(invocation: Invocation, rows: Sequence[Measured]) -> None:
    lines = list[list[str]]()
    for row in rows:
        shape = MeasuredShape.of(row)
        head = [shape.id, shape.account, shape.kind or "-", published(invocation, shape.published_at)]
        lines.append([*head, line(shape.caption), *cells(row), shape.permalink or "-"])
    # One account says nothing of a row; of several each row has to.
    account = Column("account", rank=0 if len({row[1] for row in lines}) > 1 else 11)
    if len(rows) > 1:
        sums, total_of, is_terminal = list[str](), totals(rows), invocation.console.width is not None
        for name in COLUMNS:
            total = total_of.get(name)
            missing, text = len(rows) - total.media if total else 0, number(total.sum if total else None)
            # A sum in which media are missing says so, since it is at most the truth.
            unknown = f"≥ {text}" if is_terminal else f"{text} ({missing} unknown)"
            sums.append(unknown if missing else text)
        # A narrow terminal leaves out the id, and never the kind and the day.
        head = ["", "", "total", f"of {len(rows)}"] if is_terminal else [f"total of {len(rows)}", "", "", ""]
        lines.append([*head, "", *sums, "", ""])
    columns = (ID, account, "kind", PUBLISHED, CAPTION, *NUMBERS, _LINK)
    invocation.console.table(columns, lines)


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Tell what it would cost, and read nothing.")
@click.option("--stop", is_flag=True, help="Let workers read the account no more; what is kept stays.")
@click.option("--all-accounts", "is_all", is_flag=True, help="Read each signed-in account in turn.")
@account_option
@click.pass_obj
async def pull(
    invocation: Invocation, *, dry_run: bool, stop: bool, is_all: bool, account_name: str | None
) -> ExitCode | None:
    r"""Read the insights that are due, and store them. The first pull reads all media, fifty per call.

    From then on a running worker reads each post at 1, 3, 6, 24 and 48 hours, 7 and 28 days, then monthly
    for two years, and each story before it expires. A later pull reads only what is due. After Ctrl-C, run
    it again: it continues where it stopped. With --all-accounts an account that fails does not stop the
    others, and the exit code is that of the worst failure.

    \b
    pressroom insights pull --dry-run
    pressroom insights pull --account lofoten
    pressroom insights pull --all-accounts
    pressroom insights pull --stop
    """
    if dry_run and stop:
        raise click.UsageError("Choose one of --dry-run and --stop.")
    if is_all and (dry_run or stop or account_name):
        raise click.UsageError("--all-accounts cannot be combined with --account, --dry-run or --stop.")
    async with invocation.session(account_name) as pressroom:
        if is_all:
            return await _pull_all(invocation, pressroom)
        if dry_run:
            cost = await pressroom.insights.pull_cost()
            what = f"all {cost.media:,} media" if cost.is_first else f"the {cost.media:,} media that are due"
            words = f"Reading {what} of {cost.account} takes {cost.calls:,} calls at most."
            invocation.console.answer(PullCostShape.of(cost), words)
            return None
        if stop:
            account = await pressroom.insights.stop_pulling()
            words = f"Workers read {account} no more. What is kept stays."
            invocation.console.answer(StoppedPullingShape(account=account), words)
            return None
        with tracker(invocation.console) as shown:
            pulled = await pressroom.insights.pull(
                lambda so_far: shown.busy("Reading insights", so_far.share)
            )
    if pulled.problem:
        invocation.console.warn(pulled.problem.said_by(by_command))
    # With --json stdout holds one JSON document; only warnings are printed, to stderr.
    if invocation.console.is_json:
        _warn_of_clock(invocation, pulled)
        invocation.console.json(PulledShape.of(pulled))
    else:
        _show_pulled(invocation, pulled)
    return ExitCode.FAILED if pulled.problem else None


async def _pull_all(invocation: Invocation, pressroom: Pressroom) -> ExitCode | None:
    """Pull each account, show what happened to it, and return the exit code of the worst failure."""
    console, pulls, codes = invocation.console, list[AccountPullShape](), list[ExitCode]()
    with tracker(console) as shown:

        def on_progress(account: str, so_far: PullProgress) -> None:
            shown.busy(f"Reading insights of {account}", so_far.share)

        async for each in pressroom.insights.pull_all(on_progress):
            pulls.append(AccountPullShape.of(each))
            if each.pulled and not console.is_json:
                _show_pulled(invocation, each.pulled)
            if each.error and console.is_json:
                codes.append(exit_code_of(each.error))
            elif each.error:
                codes.append(say_failed(invocation, each.account, each.error))
    if console.is_json:
        console.json(pulls)
    return worst(codes)


def _warn_of_clock(invocation: Invocation, pulled: Pulled) -> None:
    if pulled.clock_says:
        invocation.console.warn(pulled.clock_says)


def _show_pulled(invocation: Invocation, pulled: Pulled) -> None:
    """Print what was read from an account."""
    _warn_of_clock(invocation, pulled)
    learnt, kept = pulled.learnt, pulled.kept
    what = f"{learnt.readings:,} new readings" if learnt.readings else "Nothing was due"
    words = f"{what} of {pulled.account}, in {pulled.calls:,} calls. "
    words += f"Kept: {kept.media:,} media with {kept.readings:,} readings."
    invocation.console.data(words)
    # Instagram gives today's number only: a reading whose time is over is missed for good.
    if learnt.missed:
        invocation.console.note(f"{learnt.missed:,} planned readings were missed; they are kept as missed.")
    if not pulled.is_whole:
        invocation.console.note("Not all media were read yet. Pull again, or let a worker go on.")
