"""`pressroom insights note`: dated notes of metrics, such as that Meta counts one differently."""

import click

from pressroom.cli.shell.command import Command, Group, Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.parameters import account_option
from pressroom.core.readings import MetricNote
from pressroom.service.shapes.described import MetricNoteShape, MetricNotesShape

_NOTES = (Column("metric"), Column("day"), Column("note", shortest=24))


@click.group(cls=Group)
def note() -> None:
    """Note what changed about a metric on a day, such as that Meta counts it differently.

    Reports show the notes of the days that they compare. Makes no call.
    """


@note.command(cls=Command)
@click.argument("metric")
@click.argument("text")
@click.option(
    "--on", "day", default="today", show_default=True, help="A date such as 2026-11-03, or yesterday."
)
@account_option
@click.pass_obj
async def add(invocation: Invocation, *, metric: str, text: str, day: str, account_name: str | None) -> None:
    r"""Add a note of up to 280 characters to METRIC; each metric has one note of a day.

    \b
    pressroom insights note add views 'Meta counts replays now.' --on 2026-11-03
    """
    async with invocation.session(account_name) as pressroom:
        added = await pressroom.insights.add_metric_note(metric, text, day)
    _show(invocation, "Noted", added)


@note.command("list", cls=Command)
@account_option
@click.pass_obj
async def list_(invocation: Invocation, *, account_name: str | None) -> None:
    """List the notes of an account's metrics, in the order of their days."""
    async with invocation.session(account_name) as pressroom:
        shape = MetricNotesShape.of(await pressroom.insights.metric_notes())
    if not invocation.console.is_json and not shape.notes:
        invocation.console.note(f"No metric of {shape.account} has a note.")
        return
    rows = [[each.metric, each.day, each.text] for each in shape.notes]
    invocation.console.answer(shape, lambda: invocation.console.table(_NOTES, rows))


@note.command(cls=Command)
@click.argument("metric")
@click.argument("day")
@account_option
@click.pass_obj
async def remove(invocation: Invocation, *, metric: str, day: str, account_name: str | None) -> None:
    """Remove the note of METRIC on DAY, a date such as 2026-11-03."""
    async with invocation.session(account_name) as pressroom:
        removed = await pressroom.insights.remove_metric_note(metric, day)
    _show(invocation, "Removed", removed)


def _show(invocation: Invocation, done: str, note: MetricNote) -> None:
    console = invocation.console
    console.answer(
        MetricNoteShape.of(note), lambda: console.data(f"{done}: {note.metric}, {note.day}: {note.text}")
    )
