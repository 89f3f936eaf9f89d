"""`pressroom queue log`: who did what."""

import click

from pressroom.cli.posts.selecting import account_filter
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Console
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, moment
from pressroom.core.actor import shown_id
from pressroom.core.journal import Trail, TrailEntry, TrailQuery
from pressroom.core.post import SHORT_ID
from pressroom.service.shapes.work import TrailShape


@click.command("log", cls=Command)
@account_filter("Only what was done to this account and its posts.")
@click.option(
    "--since", type=Since(), metavar="WHEN", help="Only since then: 7d, 12h, today, yesterday, or a date."
)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option(
    "--after",
    type=int,
    metavar="ENTRY",
    help="Go on behind this entry, the last of the page before: its `next`.",
)
@click.pass_obj
async def show_trail(
    invocation: Invocation,
    account: str | None,
    since: When | None,
    limit: int,
    after: int | None,
) -> None:
    r"""Show who did what to posts and accounts, the newest first.

    \b
    pressroom queue log --account shop --since 7d
    """
    began = moment(since, invocation.runtime.clock.now())
    async with invocation.session() as pressroom:
        query = TrailQuery(account=account, since=began, limit=limit, after=after)
        trail = await pressroom.work.trail(query)
    invocation.console.answer(TrailShape.of(trail), lambda: _show(invocation.console, trail))


def _show(console: Console, trail: Trail) -> None:
    for entry in trail.entries:
        console.data(_entry_line(entry))
    if trail.next is not None:
        console.note(f"There are more: --after {trail.next}")


def _entry_line(entry: TrailEntry) -> str:
    event = entry.event
    about = f"post {event.post_id[:SHORT_ID]} of " if event.post_id else ""
    who = shown_id(event.actor) if event.actor else "-"
    return f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {who}  {about}{entry.account or '-'}: {event.text}"
