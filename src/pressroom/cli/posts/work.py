"""`pressroom queue status`, `health` and `log`: how the work stands, and who did what.

They only look: what repairs stands in `changing`, whose libraries a monitor that asks each minute need not
load.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pressroom.cli.posts.listing import (
    account_filter,
    by_whom,
    due_in_words,
    named,
    show_command,
    standing,
    state_in_words,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.parameters import Since, When, moment
from pressroom.core.actor import shown_id
from pressroom.core.journal import TrailQuery
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.service.ground.twins import went_out_since
from pressroom.service.shapes.work import OverviewShape, TrailShape, end_of
from pressroom.service.work.shapes import HealthShape

if TYPE_CHECKING:
    from pressroom.service.work.work import Overview


@click.command(cls=Command)
@click.pass_obj
async def status(invocation: Invocation) -> None:
    """Show whether a worker runs, what is due, what is late, and which accounts and posts need a person."""
    async with invocation.session() as pressroom:
        overview = await pressroom.work.overview()
        names = await pressroom.lists.account_names()
    kept = {
        "Renditions": (overview.renditions, overview.renditions_max_bytes),
        "Pictures": (overview.pictures, overview.pictures_max_bytes),
        "Uploads": (overview.uploads, overview.uploads_max_bytes),
    }
    files = [
        f"{name}: {these.count:,} files, {these.size_bytes / 1e9:,.2f} GB of {most / 1e9:g} GB."
        for name, (these, most) in kept.items()
    ]
    lines = [*lines_of(overview, names, invocation.runtime.clock.now()), *files]
    invocation.console.answer(OverviewShape.of(overview), lines)


def lines_of(overview: "Overview", names: Mapping[str, str], now: datetime) -> list[str]:
    """Say how the work stands. names: of accounts, as people are shown them."""
    if not overview.is_worker_running:
        worker = f"none runs. Start one: {command_of(Remedy(RemedyKind.START_WORKER))}"
    else:
        # On a server a worker of another machine counts, too, whose process id says nothing here.
        worker = f"process {overview.worker_pid}." if overview.worker_pid else "at least one runs."
    counts = ", ".join(
        f"{count:,} {state_in_words(state).removeprefix('a ')}" for state, count in overview.counts.items()
    )
    next_due = overview.next_due
    return [
        f"Worker: {worker}",
        *([f"Nothing is published. {overview.send_log_problem}"] if overview.send_log_problem else []),
        f"Posts: {counts or 'none'}.",
        *([f"Next: {named(next_due)}. {standing(next_due, now)}"] if next_due else []),
        *([f"Overdue: {overview.overdue:,}."] if overview.overdue else []),
        *(
            f"Account {names.get(name, name)} is paused until "
            f"{end_of(pause) or 'it is resumed'}{by_whom(pause)}: {pause.reason}"
            for name, pause in overview.paused
        ),
        *(
            f"{named(post)} goes out later than planned: {due_in_words(post)}. {post.postponed_because} "
            f"See: {show_command(post)}"
            for post in overview.postponed
        ),
        *(
            f"{named(post)} needs a person: {post.problem or state_in_words(post.state)} "
            f"{_way_out(post, overview.went_out.get(post.id))}"
            for post in overview.needs_person
        ),
    ]


def _way_out(post: Post, twin: Post | None) -> str:
    """Name the command for a post that needs a person. twin: what showed the same since it was made."""
    if twin is None:
        return f"See: {show_command(post)}"
    call_off = command_of(Remedy(RemedyKind.CANCEL_POST, {"post": post.id[:SHORT_ID]}))
    return f"{went_out_since(twin)} Call this one off: {call_off}"


@click.command("health", cls=Command)
@click.pass_obj
async def tell_health(invocation: Invocation) -> ExitCode | None:
    """Say whether the work gets done, for a monitor.

    Ends with 1 when no worker runs, posts are overdue, or the send log cannot be written.
    """
    async with invocation.session() as pressroom:
        health = await pressroom.work.health()
    invocation.console.answer(HealthShape.of(health), " ".join(health.reasons) or "All is well.")
    # A monitor looks at the exit code alone.
    return None if health.is_healthy else ExitCode.FAILED


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
    lines = list[str]()
    for entry in trail.entries:
        event = entry.event
        # Some events are of an account alone, such as a pause.
        about = f"post {event.post_id[:SHORT_ID]} of " if event.post_id else ""
        who = shown_id(event.actor) if event.actor else "-"
        at = f"{event.at:%Y-%m-%d %H:%M:%S}"
        lines.append(f"{at} UTC  {who}  {about}{entry.account or '-'}: {event.text}")
    invocation.console.answer(TrailShape.of(trail), lines)
    if trail.next is not None and not invocation.console.is_json:
        invocation.console.note(f"There are more: --after {trail.next}")
