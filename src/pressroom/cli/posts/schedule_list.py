"""`pressroom schedule list`: posts by due time. It loads nothing that publishes or changes them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import click

from pressroom.cli.posts.listing import due_in_words, state_in_words, what_of
from pressroom.cli.posts.selecting import (
    STILL_OPEN,
    Selecting,
    day_options,
    listing_options,
    narrows,
    selection_of,
)
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.actor import program_in_words
from pressroom.core.post import SHORT_ID, Post
from pressroom.core.stored_posts import Cursor, PostPage
from pressroom.service.shapes.posts import PostShape


class Listing(Selecting):
    """The options of a list."""

    newest_first: bool
    limit: int
    after: str | None


@click.command("list", cls=Command)
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
        wanted = await pressroom.lists.select(selection_of(given, states, given["account"]))
        place = Cursor.of((await pressroom.posts.show(given["after"])).post) if given["after"] else None
        query = replace(wanted.query, newest_first=given["newest_first"], limit=given["limit"], after=place)
        page = await pressroom.lists.find(query)
    zone = wanted.timezone
    posts = [replace(post, timezone=zone) for post in page.posts] if zone else page.posts
    shapes = [PostShape.of(post) for post in posts]
    invocation.console.answer(shapes, lambda: _show_table(invocation, posts), none=_no_posts(given))
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
    # Who asked for a post is never left out for want of room; where no program did, nobody need be named.
    is_by_program = any(program_in_words(post.actor) for post in posts)
    rows = [
        (
            post.id[:SHORT_ID],
            post.kind,
            state_in_words(post.state),
            due_in_words(post, has_zone=not is_one),
            post.account_name,
            *([program_in_words(post.actor) or "-"] if is_by_program else []),
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
        *([Column("asked by", shortest=12)] if is_by_program else []),
        Column("what", shortest=12),
    )
    invocation.console.table(columns, rows)
