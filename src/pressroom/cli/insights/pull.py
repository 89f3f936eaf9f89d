"""`pressroom insights pull`: reads what is due, and keeps it."""

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.remedies import by_command
from pressroom.service.insights.kept import PullCost, Pulled, PullProgress
from pressroom.service.shapes.kept import PullCostShape, PulledShape, StoppedPullingShape


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Tell what it would cost, and read nothing.")
@click.option("--stop", is_flag=True, help="Let workers read the account no more; what is kept stays.")
@account_option
@click.pass_obj
async def pull(
    invocation: Invocation, *, dry_run: bool, stop: bool, account_name: str | None
) -> ExitCode | None:
    r"""Read the numbers that are due, and keep them. The first time all media are read, fifty to a call.

    From then on a running worker reads each post at 1, 3, 6, 24 and 48 hours, 7 and 28 days, then monthly
    for two years, and stories before they end. Pulled again, it reads what is due and nothing twice; after
    Ctrl-C it goes on where it was.

    \b
    pressroom insights pull --dry-run
    pressroom insights pull --account lofoten
    pressroom insights pull --stop
    """
    if dry_run and stop:
        raise click.UsageError("Choose one of --dry-run and --stop.")
    async with invocation.session(account_name) as pressroom:
        if dry_run:
            _say_cost(invocation, await pressroom.insights.pull_cost())
            return None
        if stop:
            account = await pressroom.insights.stop_pulling()
            words = f"Workers read {account} no more. What is kept stays."
            invocation.console.answer(StoppedPullingShape(account=account), words)
            return None
        with tracker(invocation.console) as shown:
            done = await pressroom.insights.pull(lambda so_far: _draw(shown, so_far))
    _say_done(invocation, done)
    return ExitCode.FAILED if done.problem else None


def _draw(shown: Tracker, so_far: PullProgress) -> None:
    shown.busy("Reading insights", so_far.read / so_far.total if so_far.total else None)


def _say_cost(invocation: Invocation, cost: PullCost) -> None:
    what = f"all {cost.media:,} media" if cost.is_first else f"the {cost.media:,} media that are due"
    words = f"Reading {what} of {cost.account} takes {cost.calls:,} calls at most."
    invocation.console.answer(PullCostShape.of(cost), words)


def _say_done(invocation: Invocation, done: Pulled) -> None:
    if done.problem:
        invocation.console.warn(done.problem.said_by(by_command))
    invocation.console.answer(PulledShape.of(done), lambda: _say_read(invocation, done))


def _say_read(invocation: Invocation, done: Pulled) -> None:
    learnt, kept = done.learnt, done.kept
    what = f"{learnt.readings:,} new readings" if learnt.readings else "Nothing was due"
    invocation.console.data(
        f"{what} of {done.account}, in {done.calls:,} calls. "
        f"Kept: {kept.media:,} media with {kept.readings:,} readings."
    )
    if learnt.missed:
        invocation.console.note(f"{learnt.missed:,} planned readings were missed; they are kept as missed.")
    if not done.is_whole:
        invocation.console.note("Not all media were read yet. Pull again, or let a worker go on.")
