"""`pressroom queue`: shows the state of the work, and repairs what needs a person."""

from typing import Unpack

import click

from pressroom.cli.posts.bulk import Bulk, bulk_options, change_several, only_one
from pressroom.cli.posts.listing import (
    due_in_words,
    named,
    show_changed,
    show_command,
    standing,
    state_in_words,
)
from pressroom.cli.posts.selecting import account_filter
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, moment
from pressroom.core.errors import AnotherSendOpen
from pressroom.core.journal import TrailEntry, TrailQuery
from pressroom.core.pauses import Pause
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind, command_of
from pressroom.graph.ids import MediaId
from pressroom.service.bulk import BulkChange
from pressroom.service.changing import Verb
from pressroom.service.shapes.accounts import PausedByHandShape, ResumedShape
from pressroom.service.shapes.health import HealthShape
from pressroom.service.shapes.moments import end_of
from pressroom.service.shapes.posts import PostShape
from pressroom.service.shapes.work import OverviewShape, TrailShape
from pressroom.service.work import Overview

_GB = 1_000_000_000
_START = Remedy(RemedyKind.START_WORKER)


@click.group(cls=Group)
def queue() -> None:
    """See how the work stands, and repair what needs a person."""


@queue.command()
@click.pass_obj
async def status(invocation: Invocation) -> None:
    """Show whether a worker runs, what is due, what is late, and which accounts and posts need a person."""
    async with invocation.session() as pressroom:
        seen = await pressroom.work.overview()
    if invocation.console.is_json:
        invocation.console.json(OverviewShape.of(seen))
        return
    for line in _in_words(seen):
        invocation.console.data(line)


@queue.command("health")
@click.pass_obj
async def tell_health(invocation: Invocation) -> ExitCode | None:
    """Say whether the work gets done, for a monitor: ends with 1 when no worker runs or posts are overdue."""
    async with invocation.session() as pressroom:
        seen = await pressroom.work.health()
    if invocation.console.is_json:
        invocation.console.json(HealthShape.of(seen))
    else:
        invocation.console.data(" ".join(seen.reasons) or "All is well.")
    return None if seen.is_healthy else ExitCode.FAILED


def _in_words(seen: Overview) -> list[str]:
    counts = ", ".join(f"{count:,} {state_in_words(state)}" for state, count in seen.counts.items())
    lines = [_worker_line(seen), f"Posts: {counts or 'none'}."]
    if seen.next_due:
        lines.append(f"Next: {named(seen.next_due)}. {standing(seen.next_due)}")
    if seen.overdue:
        lines.append(f"Overdue: {seen.overdue:,}.")
    lines += [
        f"Account {name} is paused until {end_of(pause) or 'it is resumed'}{_by(pause)}: {pause.reason}"
        for name, pause in seen.paused
    ]
    lines += [
        f"{named(post)} goes out later than planned: {due_in_words(post)}. {post.postponed_because} "
        f"See: {show_command(post)}"
        for post in seen.postponed
    ]
    lines += [
        f"{named(post)} needs a person: {post.problem or state_in_words(post.state)} "
        f"See: {show_command(post)}"
        for post in seen.needs_person
    ]
    return [*lines, _renditions_line(seen)]


def _by(pause: Pause) -> str:
    return f", by {pause.by}" if pause.by else ""


def _renditions_line(seen: Overview) -> str:
    size_gb, max_gb = seen.renditions.size_bytes / _GB, seen.renditions_max_bytes / _GB
    return f"Renditions: {seen.renditions.count:,} files, {size_gb:,.2f} GB of {max_gb:g} GB."


def _worker_line(seen: Overview) -> str:
    if not seen.is_worker_running:
        return f"Worker: none runs. Start one: {command_of(_START)}"
    # On a server a worker of another machine counts, too, whose process id says nothing here.
    return f"Worker: process {seen.worker_pid}." if seen.worker_pid else "Worker: at least one runs."


@queue.command()
@bulk_options
@click.pass_obj
async def retry(invocation: Invocation, **given: Unpack[Bulk]) -> ExitCode | None:
    r"""Try a failed, missed or late post at once, from the start; or several.

    \b
    pressroom queue retry 3f8a1c0d
    pressroom queue retry --state failed --from yesterday
    """
    one = only_one(given)
    async with invocation.session() as pressroom:
        if one is None:
            return await change_several(invocation, pressroom, given, BulkChange(Verb.RETRY))
        show_changed(invocation, await pressroom.posts.retry(one), "is tried again")
    return None


@queue.command()
@click.argument("post")
@click.option("--published", metavar="ID", help="It is live, as this media.")
@click.option("--not-published", is_flag=True, help="It is not live: publish it.")
@click.option("--unchecked", is_flag=True, help="I looked at the profile myself: do not ask Instagram.")
@click.pass_obj
async def resolve(
    invocation: Invocation, post: str, published: str | None, *, not_published: bool, unchecked: bool
) -> None:
    r"""Say whether a post whose outcome is unknown is live.

    Instagram is asked before --not-published publishes it: a post that seems to be live, or whose state
    cannot be read, is left alone.

    \b
    pressroom queue resolve 3f8a1c0d --published 17901234567890123
    pressroom queue resolve 3f8a1c0d --not-published
    """
    if (published is not None) == not_published or (unchecked and not not_published):
        raise click.UsageError("Give --published ID or --not-published; --unchecked goes with the latter.")
    if published is not None and not (published.isascii() and published.isdigit()):
        raise click.BadParameter("a media id is digits alone", param_hint="--published")
    media_id = MediaId(published) if published else None
    # `--unchecked` is the word of somebody who looked at the profile. Anybody else may be wrong, and the post
    # would be published twice.
    async with invocation.session() as pressroom:
        if not_published and not unchecked:
            await pressroom.posts.require_not_live(post)
        resolved = await pressroom.posts.resolve(post, media_id=media_id)
    show_changed(invocation, resolved, "was resolved")


@queue.command()
@click.argument("posts", nargs=-1, metavar="[POST...]")
@click.pass_obj
async def reconcile(invocation: Invocation, posts: tuple[str, ...]) -> None:
    """Have Instagram asked once more about posts whose outcome is unknown: by default about all of them.

    The worker asks, and sends none of them again. It asks about one post of an account at a time.
    """
    async with invocation.session() as pressroom:
        asked, waiting = list[Post](), list[str]()
        for one in posts or [post.id for post in await pressroom.posts.in_doubt()]:
            try:
                asked.append(await pressroom.posts.reconcile(one))
            # A reconcile opens the send again, and an account has one open send at a time: the others are
            # told to wait, and end nothing.
            except AnotherSendOpen as error:
                waiting.append(f"Post {one[:SHORT_ID]} has to wait, ask again later. {error.message}")
        is_running = await pressroom.work.is_worker_running()
    for text in waiting:
        invocation.console.warn(text)
    _show_asked(invocation, asked, is_running=is_running, are_waiting=bool(waiting))


def _show_asked(invocation: Invocation, asked: list[Post], *, is_running: bool, are_waiting: bool) -> None:
    if not is_running and asked:
        invocation.console.warn(str(Fix.of("No worker runs, so nobody asks. Start one: {}.", _START)))
    if invocation.console.is_json:
        invocation.console.json([PostShape.of(post) for post in asked])
        return
    if not asked and not are_waiting:
        invocation.console.note("No post is in doubt.")
    for post in asked:
        invocation.console.data(f"{named(post)}: Instagram is asked once more.")


@queue.command()
@click.argument("account")
@click.option("--reason", required=True, help="Why, for whoever finds it paused.")
@click.pass_obj
async def pause(invocation: Invocation, account: str, reason: str) -> None:
    r"""Keep an account from publishing until somebody resumes it; its posts stay where they are.

    \b
    pressroom queue pause shop --reason "The campaign is on hold"
    """
    async with invocation.session() as pressroom:
        held = await pressroom.accounts.pause(account, reason)
    if invocation.console.is_json:
        invocation.console.json(PausedByHandShape.of(account, held))
    elif held is None:
        invocation.console.data(f"Account {account} was paused, and was resumed since.")
    else:
        again = command_of(Remedy(RemedyKind.RESUME_ACCOUNT, {"account": account}))
        invocation.console.data(f"Account {account} is paused{_by(held)}: {held.reason} Resume it: {again}")


@queue.command()
@click.argument("account")
@click.pass_obj
async def resume(invocation: Invocation, account: str) -> None:
    """End the pause of an account: one that somebody made, else the one after an error of Instagram's."""
    async with invocation.session() as pressroom:
        resumed = await pressroom.accounts.resume(account)
    if invocation.console.is_json:
        invocation.console.json(ResumedShape.of(account, resumed))
    elif resumed.still:
        invocation.console.data(f"Account {account} was resumed, and is still paused: {resumed.still.reason}")
    else:
        goes_on = f"goes on.{_late_in_words(resumed.overdue)}"
        invocation.console.data(f"Account {account} {goes_on if resumed.was_paused else 'was not paused.'}")


def _late_in_words(overdue: int) -> str:
    if not overdue:
        return ""
    which = (
        "1 post is past its time, and follows its"
        if overdue == 1
        else f"{overdue} posts are past their time, and follow their"
    )
    return f" {which} --if-late now."


@queue.command("log")
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
    if invocation.console.is_json:
        invocation.console.json(TrailShape.of(trail))
        return
    for entry in trail.entries:
        invocation.console.data(_entry_line(entry))
    if trail.next is not None:
        invocation.console.note(f"There are more: --after {trail.next}")


def _entry_line(entry: TrailEntry) -> str:
    event = entry.event
    about = f"post {event.post_id[:SHORT_ID]} of " if event.post_id else ""
    return f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.actor}  {about}{entry.account or '-'}: {event.text}"
