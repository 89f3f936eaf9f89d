"""The commands of `schedule` and `queue` that change planned posts: `move`, `cancel`, `retry`, `pause` ...

Each changes a post that is named, several by `bulk`, or an account. A change of one post prints that post.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Unpack

import click

from pressroom.cli.posts.bulk import (
    DONE,
    Bulk,
    bulk_options,
    change_several,
    only_one,
    show_rehearsed,
    version_option,
    warn_of_time,
)
from pressroom.cli.posts.listing import (
    by_whom,
    even_if_over,
    late_option,
    named,
    show_changed,
    when_over,
)
from pressroom.cli.posts.options import (
    Decorator,
    Timing,
    changed_values,
    changing_options,
    time_of,
    time_options,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import ExitCode, NotConfirmed
from pressroom.cli.shell.terminal import confirmed
from pressroom.core.assets import NO_EDITS
from pressroom.core.errors import AnotherSendOpen, Refused
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.post_options import POST_OPTIONS, fields_of
from pressroom.core.remedies import Fix, Remedy, RemedyKind, command_of
from pressroom.core.stored_posts import PublishedLately
from pressroom.core.when import SHIFT_HELP, WHEN_HELP, require_shift
from pressroom.graph.answers import MediaId
from pressroom.service import Pressroom
from pressroom.service.consent.change import Verb
from pressroom.service.posts.changes import BulkChange, BulkResult
from pressroom.service.posts.posts import PostService
from pressroom.service.shapes.posts import PostShape

again_option: Decorator = click.option(
    "--again", is_flag=True, help="Also what went out since as another post: publish the same again."
)


class Timed(Bulk):
    """The arguments and options of a move, or of a post that is planned again."""

    at: str | None
    by: str | None
    late: bool


class Moved(Timed, Timing):
    """The arguments and options of a move."""


_by_option = click.option("--by", metavar="SHIFT", help=f"Earlier or later by: {SHIFT_HELP}")


@click.command(cls=Command)
@time_options
@_by_option
@late_option
@bulk_options
@click.pass_obj
async def move(invocation: Invocation, **options: Unpack[Moved]) -> ExitCode | None:
    r"""Give a post that is still to go out another due time, or shift several; nothing else changes.

    With --at, --tz is the zone of WHEN; else the post's, else the account's. What failed or was missed is
    planned again with `schedule reschedule`.

    \b
    pressroom schedule move 3f8a1c0d --at "friday 18:00"
    pressroom schedule move 3f8a1c0d --day friday
    pressroom schedule move 3f8a1c0d 9d2e4b6f --by +1d
    pressroom schedule move --account ana --from monday --by -2h --dry-run
    """
    ways = (options["at"], options["by"], options["day"], options["is_open"] or None)
    if sum(way is not None for way in ways) != 1:
        raise click.UsageError("Give one of --at WHEN, --by SHIFT, --day DAY and --open.")
    async with invocation.session(reads_times=True) as pressroom:
        # A day is one of the post's zone.
        is_of_post = options["day"] is not None and options["tz"] is None and len(options["posts"]) == 1
        zone = (await pressroom.posts.show(options["posts"][0])).post.timezone if is_of_post else None
        at = await time_of(invocation, pressroom, options, zone) if options["by"] is None else None
        return await _give_time(invocation, pressroom, options, Verb.MOVE, at)


@click.command(cls=Command)
@click.option("--at", metavar="WHEN", help=f"Its new time: {WHEN_HELP}")
@_by_option
@late_option
@again_option
@bulk_options
@click.pass_obj
async def reschedule(invocation: Invocation, *, again: bool, **options: Unpack[Timed]) -> ExitCode | None:
    r"""Plan a post again that failed, was missed or came too late, or several.

    Each is looked for on the profile first, back to when it was to go out: it may be live by now.

    \b
    pressroom schedule reschedule 3f8a1c0d --at "tomorrow 09:00"
    pressroom schedule reschedule --state missed --from yesterday --by +1d
    """
    if (options["at"] is None) == (options["by"] is None):
        raise click.UsageError("Give --at WHEN or --by SHIFT.")
    async with invocation.session(reads_times=True) as pressroom:
        return await _give_time(
            invocation, pressroom, options, Verb.RESCHEDULE, options["at"], is_again=again
        )


async def _give_time(
    invocation: Invocation,
    pressroom: Pressroom,
    options: Timed,
    verb: Verb,
    at: date | str | None,
    *,
    is_again: bool = False,
) -> ExitCode | None:
    """Give a post a time, or (without `at`) shift several."""
    only, posts, by = only_one(options, has_time=at is not None), pressroom.posts, options["by"]
    if at is not None and len(options["posts"]) != 1:
        raise Refused(
            "Several posts are not moved to one moment.",
            rule="when",
            value=str(at),
            limit="one post, or --by",
            fix="Shift them with `--by +1d`, or move one after the other.",
        )
    # One post with a time is no bulk change, whose kinds of change know no absolute time.
    if at is not None and options["dry_run"]:
        named_post = options["posts"][0]
        timed = await posts.rehearse_time(
            named_post, at, options["tz"], verb=verb, is_late=options["late"], is_again=is_again
        )
        return await show_rehearsed(invocation, pressroom, [BulkResult(named_post, timed)], verb)
    if only is None:
        change = BulkChange(verb, by or "", is_late=options["late"], is_again=is_again)
        return await change_several(invocation, pressroom, options, change)
    if by is not None:
        require_shift(by)
    was = (await posts.show(only)).post  # by the start of its id, too
    time = (by,) if at is None else (at, options["tz"])
    give_time = partial(_by_verb(posts, verb, is_shift=at is None), was.id, *time, version=options["seen"])

    async def becomes() -> str:
        return when_over(was.state, was.if_late)

    async def give_again(*, is_again: bool) -> Post:
        act = partial(give_time, is_again=is_again) if verb is Verb.RESCHEDULE else give_time
        return await even_if_over(invocation, act, becomes, is_late=options["late"])

    timed = await _even_again(invocation, give_again, is_again=is_again)
    await warn_of_time(invocation, pressroom, timed, was=was)
    show_changed(invocation, timed, DONE[verb], at)
    return None


def _by_verb(posts: PostService, verb: Verb, *, is_shift: bool) -> Callable[..., Awaitable[Post]]:
    if verb is Verb.MOVE:
        return posts.move_by if is_shift else posts.move
    return posts.reschedule_by if is_shift else posts.reschedule


@click.command(cls=Command)
@click.argument("post")
@changing_options
@version_option
@click.pass_obj
async def edit(
    invocation: Invocation,
    post: str,
    caption_file: Path | None,
    cleared: Sequence[str],
    *,
    seen: int | None,
    **given: Any,  # noqa: ANN401  # the options of a post
) -> None:
    r"""Change what a post shows that has not gone out.

    What is not named stays as it is.

    \b
    pressroom schedule edit 3f8a1c0d --caption "Hello again"
    pressroom schedule edit 3f8a1c0d --alt-text "A cat" --clear cover
    """
    values = changed_values(given, caption_file, cleared)
    if not values:
        raise click.UsageError("Give what is to be changed, such as --caption TEXT.")
    async with invocation.session() as pressroom:
        edits = NO_EDITS
        if any(option.edit for option in POST_OPTIONS if option.name in values):
            shown = (await pressroom.posts.show(post)).post
            edits, seen = shown.options.edits, seen or shown.version  # merged with what was read
        edited = await pressroom.posts.edit(post, version=seen, **fields_of(values, edits))
    show_changed(invocation, edited, "was edited")


@click.command(cls=Command)
@click.argument("post")
@click.pass_obj
async def duplicate(invocation: Invocation, post: str) -> None:
    r"""Make an open draft that shows what a post shows, whatever became of that post.

    \b
    pressroom schedule duplicate 3f8a1c0d
    """
    async with invocation.session() as pressroom:
        planned = await pressroom.posts.duplicate(post)
    for warning in planned.warnings:
        invocation.console.warn(warning)
    show_changed(invocation, planned.post, f"shows what {post} does")


@click.command(cls=Command)
@bulk_options
@click.pass_obj
async def cancel(invocation: Invocation, **options: Unpack[Bulk]) -> ExitCode | None:
    r"""Call off a post that is not live, or several.

    \b
    pressroom schedule cancel 3f8a1c0d
    pressroom schedule cancel --account ana --week --dry-run
    """
    post = only_one(options)
    async with invocation.session() as pressroom:
        if post is None:
            return await change_several(invocation, pressroom, options, BulkChange(Verb.CANCEL))
        show_changed(
            invocation, await pressroom.posts.cancel(post, version=options["seen"]), DONE[Verb.CANCEL]
        )
    return None


@click.command(cls=Command)
@click.option("--at", metavar="WHEN", help=f"Let one post go out then: {WHEN_HELP}")
@bulk_options
@click.pass_obj
async def approve(invocation: Invocation, at: str | None, **options: Unpack[Bulk]) -> ExitCode | None:
    r"""Let a draft, or posts that await approval, go out at their due times, as `pressroom approve` does.

    Drafts are meant where they are named, or with --state draft. One without a time, or whose time is over,
    is given one with --at.

    \b
    pressroom schedule approve 3f8a1c0d
    pressroom schedule approve 3f8a1c0d --at "friday 18:00"
    """
    post = only_one(options, has_time=at is not None)
    if at is not None and post is None:
        raise click.UsageError("--at goes with one POST.")
    async with invocation.session(reads_times=True) as pressroom:
        posts, seen = pressroom.posts, options["seen"]
        if post is None:
            return await change_several(invocation, pressroom, options, BulkChange(Verb.APPROVE))
        # What was let go already, or is over, is no approval: refused by its state.
        was = (await posts.show(post)).post if at is not None else None
        if at is None or was is None or not was.state.is_held:
            approved = await posts.approve(post, version=seen)
        else:
            approved = await posts.release(post, at, options["tz"], version=seen)
            await warn_of_time(invocation, pressroom, approved, was=was)
        show_changed(invocation, approved, DONE[Verb.APPROVE], at)
    return None


@click.command(cls=Command)
@click.option("--unchecked", is_flag=True, help="I looked at the profile: do not look for the posts there.")
@again_option
@bulk_options
@click.pass_obj
async def retry(
    invocation: Invocation, *, unchecked: bool, again: bool, **options: Unpack[Bulk]
) -> ExitCode | None:
    r"""Try a failed, missed or late post at once, from the start; or several.

    Each is looked for on the profile first, back to when it was to go out: it may be live by now. One of
    which the same went out since it was made, as another post, is tried again only with --again.

    \b
    pressroom queue retry 3f8a1c0d
    pressroom queue retry --state failed --from yesterday
    """
    post = only_one(options)
    async with invocation.session() as pressroom:
        if post is None:
            change = BulkChange(Verb.RETRY, is_unchecked=unchecked, is_again=again)
            return await change_several(invocation, pressroom, options, change)
        send_anew = partial(pressroom.posts.retry, post, version=options["seen"], is_unchecked=unchecked)
        retried = await _even_again(invocation, send_anew, is_again=again)
        show_changed(invocation, retried, DONE[Verb.RETRY])
    return None


class _SendAnew(Protocol):
    async def __call__(self, *, is_again: bool) -> Post: ...


async def _even_again(invocation: Invocation, send_anew: _SendAnew, *, is_again: bool) -> Post:
    """Send a post anew; where the same went out since it was made, ask first.

    Raises PublishedLately off a terminal, NotConfirmed where a person says no.
    """
    try:
        return await send_anew(is_again=is_again)
    except PublishedLately as error:
        if not invocation.runtime.is_attended():
            raise
        if not await confirmed(invocation.console, f"{error.message} Publish it again?"):
            raise NotConfirmed("Nothing was published.") from None
        return await send_anew(is_again=True)


@click.command(cls=Command)
@click.argument("post")
@click.option("--published", metavar="ID", help="It is live, as this media.")
@click.option("--not-published", is_flag=True, help="It is not live: publish it.")
@click.option("--unchecked", is_flag=True, help="I looked at the profile myself: do not ask Instagram.")
@version_option
@click.pass_obj
async def resolve(
    invocation: Invocation,
    post: str,
    published: str | None,
    *,
    seen: int | None,
    not_published: bool,
    unchecked: bool,
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
    # `isdigit` alone takes digits of other scripts, too.
    if published is not None and not (published.isascii() and published.isdigit()):
        raise click.BadParameter("a media id is digits alone", param_hint="--published")
    media_id = MediaId(published) if published else None
    # `--unchecked` is the word of somebody who looked at the profile. Anybody else may be wrong, and the post
    # would be published twice.
    async with invocation.session() as pressroom:
        if not_published and not unchecked:
            await pressroom.posts.require_not_live(post)
        resolved = await pressroom.posts.resolve(
            post, media_id=media_id, version=seen, is_unchecked=unchecked
        )
    show_changed(invocation, resolved, "was resolved")


@click.command(cls=Command)
@click.argument("posts", nargs=-1, metavar="[POST...]")
@click.pass_obj
async def reconcile(invocation: Invocation, posts: tuple[str, ...]) -> None:
    """Have Instagram asked once more about posts whose outcome is unknown: by default about all of them.

    The worker asks, and sends none of them again. It asks about one post of an account at a time.
    """
    async with invocation.session() as pressroom:
        reopened, waiting = list[Post](), list[str]()
        for post_id in posts or [post.id for post in await pressroom.posts.in_doubt()]:
            try:
                reopened.append(await pressroom.posts.reconcile(post_id))
            # A reconcile opens the send again, and an account has one open send at a time: the others are
            # told to wait, and end nothing.
            except AnotherSendOpen as error:
                waiting.append(f"Post {post_id[:SHORT_ID]} has to wait, ask again later. {error.message}")
        is_running = await pressroom.work.is_worker_running()
    if reopened and not is_running:
        start = Remedy(RemedyKind.START_WORKER)
        waiting.append(str(Fix.of("No worker runs, so nobody asks. Start one: {}.", start)))
    for warning in waiting:
        invocation.console.warn(warning)
    lines = [f"{named(post)}: Instagram is asked once more." for post in reopened]
    nothing = "" if waiting else "No post is in doubt."
    invocation.console.answer([PostShape.of(post) for post in reopened], lines, none=nothing)


@click.command(cls=Command)
@click.argument("account")
@click.option("--reason", required=True, help="Why, for whoever finds it paused.")
@click.pass_obj
async def pause(invocation: Invocation, account: str, reason: str) -> None:
    r"""Keep an account from publishing until somebody resumes it; its posts stay where they are.

    \b
    pressroom queue pause shop --reason "The campaign is on hold"
    """
    from pressroom.service.shapes.accounts import PausedByHandShape  # noqa: PLC0415  # loads cryptography

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
    from pressroom.service.shapes.accounts import ResumedShape  # noqa: PLC0415  # loads cryptography

    async with invocation.session() as pressroom:
        resumed = await pressroom.accounts.resume(account)
    # A pause by a person ends first; the one after an error of Instagram's may remain.
    if resumed.still:
        words = f"was resumed, and is still paused: {resumed.still.reason}"
    elif not resumed.was_paused:
        words = "was not paused."
    else:
        match resumed.overdue:
            case 0:
                words = "goes on."
            case 1:
                words = "goes on. 1 post is past its time, and follows its --if-late now."
            case late:
                words = f"goes on. {late} posts are past their time, and follow their --if-late now."
    invocation.console.answer(ResumedShape.of(account, resumed), f"Account {account} {words}")
