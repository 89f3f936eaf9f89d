"""`pressroom watch`: how the work stands, and then each change as it happens, whoever makes it."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from pressroom.cli.posts.listing import account_filter
from pressroom.cli.posts.work import lines_of
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import shown_account
from pressroom.core.actor import shown_id
from pressroom.core.journal import Entry
from pressroom.core.post import SHORT_ID
from pressroom.service.shapes.work import EntryShape, OverviewShape, WatchedShape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pressroom.service import Pressroom


class _Watching(Command):
    """A command that an interrupt ends without a word."""

    stopping: str | None = None


@click.command(cls=_Watching)
@account_filter("Only the changes of this account.")
@click.option("--after", metavar="CURSOR", help="Go on behind this change: its `id` under --json.")
@click.pass_obj
async def watch(invocation: Invocation, account: str | None, after: str | None) -> ExitCode | None:
    r"""Show how the work stands, and then each change as it happens, until Ctrl-C.

    It shows what every process does on this store, and changes nothing. Times are in UTC.

    \b
    pressroom watch --account shop
    pressroom watch --json
    """
    try:
        async with invocation.session() as pressroom:
            names = await pressroom.lists.account_names()
            cursor = after or await _show_state(invocation, pressroom, names)
            async with aclosing(pressroom.work.changes(cursor, account=account)) as changes:
                async for entry in changes:
                    if invocation.console.is_json:
                        is_read = invocation.console.json(EntryShape.of(entry), indent=None)
                    else:
                        is_read = invocation.console.data(_line_of(entry, names))
                    if not is_read:
                        break
    except asyncio.CancelledError:
        # A signal is how it ends well; scripts tell it by the code.
        return ExitCode.INTERRUPTED
    return None


async def _show_state(invocation: Invocation, pressroom: "Pressroom", names: "Mapping[str, str]") -> str:
    """Show how the work stands, and return the cursor of right before: nothing in between is left out."""
    cursor = await pressroom.work.cursor()
    overview = await pressroom.work.overview()
    if invocation.console.is_json:
        shape = WatchedShape(state=OverviewShape.of(overview), cursor=cursor)
        invocation.console.json(shape, indent=None)
    else:
        invocation.console.data("\n".join(lines_of(overview, names, invocation.runtime.clock.now())))
    return cursor


def _line_of(entry: Entry, names: "Mapping[str, str]") -> str:
    event, account = entry.event, entry.account or "-"
    post = f"  {event.post_id[:SHORT_ID]}" if event.post_id else ""
    changes = ", ".join(f"{change.name} {change.after or 'none'}" for change in event.changes)
    who = f" (by {shown_id(event.actor)})" if event.actor else ""
    text = event.text or f"{event.step}: {changes}{who}.".replace("_", " ").capitalize()
    # One line each: no text of a stranger may look like another change.
    text = " ".join(text.split())
    return f"{event.at:%H:%M:%S}  {names.get(account, shown_account(account))}{post}  {text}"
