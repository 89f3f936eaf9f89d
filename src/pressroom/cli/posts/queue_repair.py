"""`pressroom queue retry`, `resolve`, `reconcile`, `pause` and `resume`: what only a person can do."""

from typing import Unpack

import click

from pressroom.cli.posts.bulk import Bulk, bulk_options, change_several, only_one
from pressroom.cli.posts.listing import by_whom, named, show_changed
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.errors import AnotherSendOpen
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind, command_of
from pressroom.graph.ids import MediaId
from pressroom.service.consent.changing import Verb
from pressroom.service.posts.changes import BulkChange
from pressroom.service.shapes.accounts import PausedByHandShape, ResumedShape
from pressroom.service.shapes.posts import PostShape

_START = Remedy(RemedyKind.START_WORKER)


@click.command(cls=Command)
@click.option("--unchecked", is_flag=True, help="I looked at the profile: do not look for the posts there.")
@bulk_options
@click.pass_obj
async def retry(invocation: Invocation, *, unchecked: bool, **given: Unpack[Bulk]) -> ExitCode | None:
    r"""Try a failed, missed or late post at once, from the start; or several.

    Each is looked for on the profile first, back to when it was to go out: it may be live by now.

    \b
    pressroom queue retry 3f8a1c0d
    pressroom queue retry --state failed --from yesterday
    """
    one = only_one(given)
    async with invocation.session() as pressroom:
        if one is None:
            change = BulkChange(Verb.RETRY, is_unchecked=unchecked)
            return await change_several(invocation, pressroom, given, change)
        show_changed(invocation, await pressroom.posts.retry(one, is_unchecked=unchecked), "is tried again")
    return None


@click.command(cls=Command)
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
        resolved = await pressroom.posts.resolve(post, media_id=media_id, is_unchecked=unchecked)
    show_changed(invocation, resolved, "was resolved")


@click.command(cls=Command)
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
    lines = [f"{named(post)}: Instagram is asked once more." for post in asked]
    nobody = "" if are_waiting else "No post is in doubt."
    invocation.console.answer([PostShape.of(post) for post in asked], lines, none=nobody)


@click.command(cls=Command)
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
    again = command_of(Remedy(RemedyKind.RESUME_ACCOUNT, {"account": account}))
    words = (
        f"Account {account} is paused{by_whom(held)}: {held.reason} Resume it: {again}"
        if held
        else f"Account {account} was paused, and was resumed since."
    )
    invocation.console.answer(PausedByHandShape.of(account, held), words)


@click.command(cls=Command)
@click.argument("account")
@click.pass_obj
async def resume(invocation: Invocation, account: str) -> None:
    """End the pause of an account: one that somebody made, else the one after an error of Instagram's."""
    async with invocation.session() as pressroom:
        resumed = await pressroom.accounts.resume(account)
    if resumed.still:
        words = f"was resumed, and is still paused: {resumed.still.reason}"
    else:
        words = f"goes on.{_late_in_words(resumed.overdue)}" if resumed.was_paused else "was not paused."
    invocation.console.answer(ResumedShape.of(account, resumed), f"Account {account} {words}")


def _late_in_words(overdue: int) -> str:
    if not overdue:
        return ""
    which = (
        "1 post is past its time, and follows its"
        if overdue == 1
        else f"{overdue} posts are past their time, and follow their"
    )
    return f" {which} --if-late now."
