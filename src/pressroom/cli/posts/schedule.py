"""`pressroom schedule`: lists and changes planned posts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click

from pressroom.cli.posts.bulk import (
    Bulk,
    bulk_options,
    change_several,
    only_one,
    show_rehearsed,
    warn_of_time,
)
from pressroom.cli.posts.listing import due_in_words, show_changed, state_in_words, what_of
from pressroom.cli.posts.publish_options import caption_of
from pressroom.cli.posts.schedule_add import add
from pressroom.cli.posts.schedule_show import show
from pressroom.cli.posts.schedule_slots import slots
from pressroom.cli.posts.schedule_tables import export_posts, import_posts, write_template
from pressroom.cli.posts.selecting import (
    STILL_OPEN,
    Selecting,
    day_options,
    listing_options,
    narrows,
    selection_of,
)
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.tables import Column
from pressroom.core.errors import Refused
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.repositories import Cursor, PostPage
from pressroom.core.when import SHIFT_HELP, WHEN_HELP
from pressroom.service import PostKeywords
from pressroom.service.bulk import BulkChange, BulkResult
from pressroom.service.changing import Verb
from pressroom.service.shapes.posts import PostShape


@click.group(cls=Group)
def schedule() -> None:
    """Plan posts, move them, and let them go.

    A post is named by its id or by the start of it.
    """


schedule.add_command(add)


class Listing(Selecting):
    """The options of a list."""

    newest_first: bool
    limit: int
    after: str | None


@schedule.command("list")
@listing_options
@day_options
@click.option("--newest-first", is_flag=True, help="The latest due time first.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--after", metavar="POST", help="Go on behind this post, the last of the page before.")
@click.pass_obj
async def list_posts(invocation: Invocation, **given: Unpack[Listing]) -> None:
    r"""List posts by due time: those that are still to go out, or that need a person.

    Days are inclusive, and in the zone that the times are shown in.

    \b
    pressroom schedule list --week --tz Europe/Istanbul
    pressroom schedule list --from monday --to 2026-12-24 --account ana
    pressroom schedule list --state needs_attention --state failed
    pressroom schedule list --all --json
    """
    states = given["states"] or (() if given["is_all"] else STILL_OPEN)
    async with invocation.session() as pressroom:
        wanted = await pressroom.posts.select(selection_of(given, states, given["account"]))
        place = Cursor.of((await pressroom.posts.show(given["after"])).post) if given["after"] else None
        query = replace(wanted.query, newest_first=given["newest_first"], limit=given["limit"], after=place)
        page = await pressroom.posts.find(query)
    zone = wanted.timezone
    posts = [replace(post, timezone=zone) for post in page.posts] if zone else page.posts
    if invocation.console.is_json:
        invocation.console.json([PostShape.of(post) for post in posts])
    elif posts:
        _show_table(invocation, posts)
    else:
        invocation.console.note(_no_posts(given))
    _say_more(invocation, page, given["limit"])


def _say_more(invocation: Invocation, page: PostPage, limit: int) -> None:
    if page.next:
        invocation.console.note(
            f"There are more than {limit}: see --limit, or go on with --after {page.next.id[:SHORT_ID]}."
        )


def _no_posts(given: Listing) -> str:
    plan = "Plan one: `pressroom schedule add photo FILE --at WHEN`."
    if given["is_all"] and not (narrows(given) or given["after"]):
        return f"No posts. {plan}"
    return f"No such posts. {plan} See those that are over, too: `pressroom schedule list --all`."


def _show_table(invocation: Invocation, posts: Sequence[Post]) -> None:
    zones = {post.timezone for post in posts}
    # One zone for all is said once, in the head: the times then take half the room.
    is_one = len(zones) == 1
    rows = [
        (
            post.id[:SHORT_ID],
            post.kind,
            state_in_words(post.state),
            due_in_words(post, has_zone=not is_one),
            post.account_name,
            what_of(post),
        )
        for post in posts
    ]
    columns = (
        "id",
        Column("kind", rank=3),
        Column("state", rank=1),
        f"due ({posts[0].timezone})" if is_one else "due",
        Column("account", rank=2),
        Column("what", shortest=12),
    )
    invocation.console.table(columns, rows)


schedule.add_command(show)


class Moving(Bulk):
    """The arguments and options of a move."""

    at: str | None
    by: str | None


@schedule.command()
@click.option("--at", metavar="WHEN", help=f"Its new time: {WHEN_HELP}")
@click.option("--by", metavar="SHIFT", help=f"Earlier or later by: {SHIFT_HELP}")
@bulk_options
@click.pass_obj
async def move(invocation: Invocation, **given: Unpack[Moving]) -> ExitCode | None:
    r"""Give a post another due time, or shift several; a failed or missed one that is named goes out then.

    With --at, --tz is the zone of WHEN; else the post's, else the account's. A selection means posts that are
    still to go out.

    \b
    pressroom schedule move 3f8a1c0d --at "friday 18:00"
    pressroom schedule move 3f8a1c0d 9d2e4b6f --by +1d
    pressroom schedule move --account ana --from monday --by -2h --dry-run
    """
    at, by = given["at"], given["by"]
    if (at is None) == (by is None):
        raise click.UsageError("Give --at WHEN or --by SHIFT.")
    one = only_one(given, has_time=at is not None)
    if at is not None and len(given["posts"]) != 1:
        raise _at_one_moment(at)
    async with invocation.session() as pressroom:
        if at is not None and given["dry_run"]:
            post = given["posts"][0]
            would_be = BulkResult(post, await pressroom.posts.rehearse_move(post, at, given["tz"]))
            return await show_rehearsed(invocation, pressroom, [would_be], Verb.MOVE)
        if one is None:
            return await change_several(invocation, pressroom, given, BulkChange(Verb.MOVE, by or ""))
        moving = pressroom.posts.move(one, at, given["tz"]) if at else pressroom.posts.move_by(one, by or "")
        moved = await moving
        await warn_of_time(invocation, pressroom, moved)
    show_changed(invocation, moved, "was moved")
    return None


def _at_one_moment(at: str) -> Refused:
    return Refused(
        "Several posts are not moved to one moment.",
        rule="when",
        value=at,
        limit="one post, or --by",
        fix="Shift them with `--by +1d`, or move one after the other.",
    )


@schedule.command()
@click.argument("post")
@click.option("--caption", help="Its new text.")
@click.option(
    "--caption-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="File that holds it, in UTF-8; - is stdin.",
)
@click.option("--first-comment", metavar="TEXT", help="Its new first comment.")
@click.pass_obj
async def edit(
    invocation: Invocation,
    post: str,
    caption: str | None,
    caption_file: Path | None,
    first_comment: str | None,
) -> None:
    r"""Change the text of a post that has not gone out.

    \b
    pressroom schedule edit 3f8a1c0d --caption "Hello again"
    """
    text = caption_of(caption, caption_file)
    given = PostKeywords()
    if text is not None:
        given["caption"] = text
    if first_comment is not None:
        given["first_comment"] = first_comment
    if not given:
        raise click.UsageError("Give --caption, --caption-file or --first-comment.")
    async with invocation.session() as pressroom:
        show_changed(invocation, await pressroom.posts.edit(post, **given), "was edited")


@schedule.command()
@bulk_options
@click.pass_obj
async def cancel(invocation: Invocation, **given: Unpack[Bulk]) -> ExitCode | None:
    r"""Call off a post that is not live, or several.

    \b
    pressroom schedule cancel 3f8a1c0d
    pressroom schedule cancel --account ana --week --dry-run
    """
    one = only_one(given)
    async with invocation.session() as pressroom:
        if one is None:
            return await change_several(invocation, pressroom, given, BulkChange(Verb.CANCEL))
        show_changed(invocation, await pressroom.posts.cancel(one), "was called off")
    return None


@schedule.command()
@bulk_options
@click.pass_obj
async def approve(invocation: Invocation, **given: Unpack[Bulk]) -> ExitCode | None:
    """Let a draft, or posts that await approval, go out at their due times, as `pressroom approve` does.

    Drafts are meant where they are named, or with --state draft.
    """
    one = only_one(given)
    async with invocation.session() as pressroom:
        if one is None:
            return await change_several(invocation, pressroom, given, BulkChange(Verb.APPROVE))
        show_changed(invocation, await pressroom.posts.approve(one), "was approved")
    return None


schedule.add_command(slots)
schedule.add_command(import_posts)
schedule.add_command(export_posts)
schedule.add_command(write_template)
