"""`pressroom schedule`: lists and changes planned posts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from pressroom.cli.posts.listing import (
    SHORT_ID,
    caption_start,
    due_in_words,
    listing_options,
    query_of,
    show_changed,
    state_in_words,
)
from pressroom.cli.posts.publish_options import caption_of
from pressroom.cli.posts.schedule_add import add
from pressroom.cli.posts.schedule_show import show
from pressroom.cli.posts.schedule_slots import slots
from pressroom.cli.posts.schedule_tables import export_posts, import_posts, write_template
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.post import Post, PostState
from pressroom.core.when import WHEN_HELP
from pressroom.service.planning import late_warning
from pressroom.service.shapes.posts import PostShape


@click.group(cls=Group)
def schedule() -> None:
    """Plan posts, move them, and let them go.

    A post is named by its id or by the start of it.
    """


schedule.add_command(add)


@schedule.command("list")
@listing_options
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.pass_obj
async def list_posts(
    invocation: Invocation, states: tuple[PostState, ...], account: str | None, limit: int, *, is_all: bool
) -> None:
    r"""List posts by due time: those that are still to go out, or that need a person.

    \b
    pressroom schedule list --state needs_attention --state failed
    pressroom schedule list --all --json
    """
    async with invocation.session() as pressroom:
        wanted = query_of(states=states, account=account, is_all=is_all)
        # One more than is shown tells whether there are more.
        posts = await pressroom.posts.find(wanted, limit=limit + 1)
    if len(posts) > limit:
        invocation.console.note(f"There are more than {limit}: see --limit.")
    _show_list(invocation, posts[:limit], is_all=is_all and not states and account is None)


def _show_list(invocation: Invocation, posts: Sequence[Post], *, is_all: bool) -> None:
    if invocation.console.is_json:
        invocation.console.json([PostShape.of(post) for post in posts])
        return
    if not posts:
        plan = "Plan one: `pressroom schedule add photo FILE --at WHEN`."
        every = "See those that are over, too: `pressroom schedule list --all`."
        invocation.console.note(f"No posts. {plan}" if is_all else f"No such posts. {plan} {every}")
        return
    rows = [
        (
            post.id[:SHORT_ID],
            post.kind,
            state_in_words(post.state),
            due_in_words(post),
            post.account_name,
            caption_start(post),
        )
        for post in posts
    ]
    invocation.console.table(("id", "kind", "state", "due", "account", "what"), rows)


schedule.add_command(show)


@schedule.command()
@click.argument("post")
@click.option("--at", required=True, metavar="WHEN", help=WHEN_HELP)
@click.option("--tz", metavar="ZONE", help="Zone of WHEN; else the post's, else the account's.")
@click.pass_obj
async def move(invocation: Invocation, post: str, at: str, tz: str | None) -> None:
    r"""Give a post another due time; a failed or missed one goes out then.

    \b
    pressroom schedule move 3f8a1c0d --at "friday 18:00"
    """
    async with invocation.session() as pressroom:
        moved = await pressroom.posts.move(post, at, tz)
    now = invocation.runtime.clock.now()
    if moved.due_at and (late := late_warning(moved.due_at, moved.if_late, now)):
        invocation.console.warn(late)
    show_changed(invocation, moved, "was moved")


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
    changes = {"caption": text, "first_comment": first_comment}
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise click.UsageError("Give --caption, --caption-file or --first-comment.")
    async with invocation.session() as pressroom:
        # Options not given keep their values: `edit` replaces all of them.
        found = (await pressroom.posts.show(post)).post
        options = replace(found.options, **given)
        show_changed(invocation, await pressroom.posts.edit(found.id, options), "was edited")


@schedule.command()
@click.argument("post")
@click.pass_obj
async def cancel(invocation: Invocation, post: str) -> None:
    """Call off a post that is not live."""
    async with invocation.session() as pressroom:
        show_changed(invocation, await pressroom.posts.cancel(post), "was called off")


@schedule.command()
@click.argument("post")
@click.pass_obj
async def approve(invocation: Invocation, post: str) -> None:
    """Let a draft, or a post that awaits approval, go out at its due time, as `pressroom approve` does."""
    async with invocation.session() as pressroom:
        show_changed(invocation, await pressroom.posts.approve(post), "was approved")


schedule.add_command(slots)
schedule.add_command(import_posts)
schedule.add_command(export_posts)
schedule.add_command(write_template)
