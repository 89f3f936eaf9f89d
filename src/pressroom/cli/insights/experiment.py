"""`pressroom insights experiment`: two slots that take turns, and which of them reaches more."""

import click

from pressroom.cli.insights.telling import require_one_form, write_csv
from pressroom.cli.shell.command import Command, Group
from pressroom.cli.shell.console import Console
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.service.insights.timing import KINDS, ExperimentStatus, experiment_could_see
from pressroom.service.shapes.timing import ExperimentShape

_CSV = ("id", "kind", "published_at", "slot", "reach", "is_awaited")


@click.group(cls=Group)
def experiment() -> None:
    """Let posts take turns between two slots, and compare their reach at 24 hours.

    It is a note about what you do: it makes no call, and plans no post.
    """


@experiment.command(cls=Command)
@click.argument("first")
@click.argument("second")
@click.option("--posts", type=int, default=40, show_default=True, help="Posts of both slots together.")
@click.option("--kind", type=click.Choice(KINDS), help="Only these count; else all three do.")
@account_option
@click.pass_obj
async def start(
    invocation: Invocation, *, first: str, second: str, posts: int, kind: str | None, account_name: str | None
) -> None:
    r"""Note that from now on posts take turns between FIRST and SECOND, weekly slots in the account's zone.

    A post counts if it goes out within half an hour of one of a slot's times. One experiment runs at a time.

    \b
    pressroom insights experiment start 'daily 09:00' 'daily 18:00' --posts 40 --kind reel
    pressroom insights experiment start 'mon,thu 12:30' 'mon,thu 20:00'
    """
    async with invocation.session(account_name) as pressroom:
        status = await pressroom.insights.start_experiment(first, second, posts=posts, kind=kind)
    _show(invocation, status)


@experiment.command(cls=Command)
@click.option("--csv", "is_csv", is_flag=True, help="Print its posts for a spreadsheet, a post a line.")
@account_option
@click.pass_obj
async def status(invocation: Invocation, *, is_csv: bool, account_name: str | None) -> None:
    """Tell which slot the next post should take, and what the posts so far say."""
    require_one_form(invocation, is_csv=is_csv)
    async with invocation.session(account_name) as pressroom:
        found = await pressroom.insights.experiment_status()
    if is_csv:
        shape = ExperimentShape.of(found)
        write_csv(invocation, _CSV, [[getattr(one, name) for name in _CSV] for one in shape.posts])
    else:
        _show(invocation, found)


@experiment.command(cls=Command)
@account_option
@click.pass_obj
async def stop(invocation: Invocation, *, account_name: str | None) -> None:
    """End the experiment, and keep what it said."""
    async with invocation.session(account_name) as pressroom:
        _show(invocation, await pressroom.insights.stop_experiment())


def _show(invocation: Invocation, status: ExperimentStatus) -> None:
    shape = ExperimentShape.of(status)
    invocation.console.answer(shape, lambda: _draw(invocation.console, status, shape))


def _draw(console: Console, status: ExperimentStatus, shape: ExperimentShape) -> None:
    console.data(shape.says)
    console.data("")
    rows = [
        [name, one.slot, *map(str, (one.posts, one.reached, one.awaited))]
        for name, one in (("first", shape.first), ("second", shape.second))
    ]
    console.table(("", f"slot ({shape.timezone})", "posts", "with reach at 24 h", "awaited"), rows)
    for text in (*experiment_could_see(status), _what_next(shape)):
        console.data(text)
    if shape.beside:
        console.note(f"{shape.beside} other posts went out meanwhile at neither slot; they do not count.")


def _what_next(shape: ExperimentShape) -> str:
    if shape.stopped_at:
        return f"It was stopped at {shape.stopped_at[:16].replace('T', ' ')} UTC."
    if shape.next_slot is None or shape.next_at is None:
        return f"All {shape.planned} posts are out. End it with `pressroom insights experiment stop`."
    slot = shape.first if shape.next_slot == "first" else shape.second
    left = shape.planned - shape.first.posts - shape.second.posts
    at = shape.next_at[:16].replace("T", " ")
    return f"Next: the {shape.next_slot} slot, {slot.slot}, which comes at {at}. {left} posts are left."
