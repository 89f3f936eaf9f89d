"""`pressroom schedule move`, `edit`, `cancel` and `approve`: changes of planned posts."""

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
from pressroom.cli.posts.listing import show_changed
from pressroom.cli.posts.publish_options import caption_of
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.errors import Refused
from pressroom.core.when import SHIFT_HELP, WHEN_HELP
from pressroom.service import PostKeywords
from pressroom.service.consent.changing import Verb
from pressroom.service.posts.changes import BulkChange, BulkResult


class Moving(Bulk):
    """The arguments and options of a move."""

    at: str | None
    by: str | None


@click.command(cls=Command)
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


@click.command(cls=Command)
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


@click.command(cls=Command)
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


@click.command(cls=Command)
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
