"""`pressroom schedule list` and `show`: posts by due time, and one post's history as a timeline.

They only look, and load nothing that publishes or changes posts: a list is asked for by scripts each minute.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Unpack

import click

from pressroom.cli.posts.listing import (
    STILL_OPEN,
    Selecting,
    away,
    day_options,
    due_in_words,
    in_words,
    listing_options,
    local,
    named,
    narrows,
    selection_of,
    state_in_words,
    what_of,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Column
from pressroom.core.actor import program_in_words, shown_id
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, IfLate, Post
from pressroom.core.remedies import command_of
from pressroom.core.stored_posts import Cursor
from pressroom.service.shapes.posts import PostHistoryShape, PostShape

if TYPE_CHECKING:
    from pressroom.service.posts.history import PostHistory


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
async def list_posts(invocation: Invocation, **options: Unpack[Listing]) -> None:
    r"""List posts by due time: those that are still to go out, or that need a person.

    Days are inclusive, and in the zone that the times are shown in.

    \b
    pressroom schedule list --week --tz Europe/Istanbul
    pressroom schedule list --from monday --to 2026-12-24 --account ana
    pressroom schedule list --state needs_attention --state failed
    pressroom schedule list --all --json
    """
    # A store of years holds mostly live posts; what a person can act on is asked for.
    states = options["states"] or (() if options["is_all"] else STILL_OPEN)
    async with invocation.session() as pressroom:
        chosen = await pressroom.lists.select(selection_of(options, states, options["account"]))
        place = Cursor.of((await pressroom.posts.show(options["after"])).post) if options["after"] else None
        query = replace(
            chosen.query, newest_first=options["newest_first"], limit=options["limit"], after=place
        )
        page = await pressroom.lists.find(query)
    # Days were named in this zone, so times are shown in it: else a post of Sunday would stand as Monday's.
    zone = chosen.timezone
    posts = [replace(post, timezone=zone) for post in page.posts] if zone else page.posts
    is_whole = options["is_all"] and not (narrows(options) or options["after"])
    nothing = "No posts." if is_whole else "No such posts."
    nothing += " Plan one: `pressroom schedule add photo FILE --at WHEN`."
    if not is_whole:
        nothing += " See those that are over, too: `pressroom schedule list --all`."
    shapes = [PostShape.of(post) for post in posts]
    invocation.console.answer(shapes, lambda: _show_table(invocation, posts), none=nothing)
    if page.next:
        more = f"see --limit, or go on with --after {page.next.id[:SHORT_ID]}"
        invocation.console.note(f"There are more than {options['limit']}: {more}.")


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


_IF_LATE = {
    IfLate.PUBLISH: "it goes out up to an hour late; later you are asked",
    IfLate.ASK: "you are asked",
    IfLate.DROP: "it is dropped",
}
_FACTS = ("code", "subcode", "fbtrace_id", "container_id", "media_id")


@click.command(cls=Command)
@click.argument("post")
@click.pass_obj
async def show(invocation: Invocation, post: str) -> None:
    """Show a post's history: what was done, what Instagram said, and what happens next and when."""
    async with invocation.session() as pressroom:
        history = await pressroom.posts.show(post)
    lines = _history_lines(history, invocation.runtime.clock.now())
    invocation.console.answer(PostHistoryShape.of(history), lines)
    if not invocation.console.is_json:
        for warning in history.warnings:
            invocation.console.warn(warning)


def _history_lines(history: "PostHistory", now: datetime) -> Iterator[str]:
    post = history.post
    yield f"{named(post)} of account {post.account_name}: {state_in_words(post.state)}"

    due, later = (
        f"{in_words(moment, post.timezone)} ({away(moment, now)})" if moment else None
        for moment in (post.due_at, post.postponed_to)
    )
    facts = {
        "due": due,
        "postponed": f"to {later}. {post.postponed_because}" if later else None,
        "if late": _IF_LATE[post.if_late],
        "files": ", ".join(asset.source for asset in post.assets),
        "caption": " ".join((post.options.caption or "").split()),
        "first comment": " ".join((post.options.first_comment or "").split()),
        "link": post.permalink,
        "media id": post.media_id,
        "problem": post.problem,
    }
    yield from (f"  {name.ljust(13)}  {value}" for name, value in facts.items() if value)

    yield from ("", f"What happened ({post.timezone})")
    # A post in doubt is looked at for half an hour, mostly with the same result each time: one line says it.
    groups = groupby(history.events, key=lambda event: event.text if event.step == "looked" else event)
    yield from (_event_line(post, list(events)) for _, events in groups)

    yield from ("", "What happens next")
    for step in history.next:
        when = f"{local(step.at, post.timezone):%Y-%m-%d %H:%M:%S}  " if step.at else ""
        yield f"  {when}{step.text}"

    yield from ("", "What you can do") if history.choices else ()
    width = max((len(choice.text) for choice in history.choices), default=0)
    for choice in history.choices:
        yield f"  {choice.text.ljust(width)}  {command_of(choice.remedy)}"


def _event_line(post: Post, events: Sequence[JournalEvent]) -> str:
    """Write an event, or several that say the same."""
    event, last = events[0], events[-1]
    when = f"{local(event.at, post.timezone):%Y-%m-%d %H:%M:%S}"
    # This event's text is Instagram's own, and must not read as ours.
    whose = "Instagram says: " if event.step == "container_settled" else ""
    until = f"{local(last.at, post.timezone):%H:%M:%S}"
    again = f" Asked {len(events)} times until {until}." if len(events) > 1 else ""
    facts = [f"by {shown_id(event.actor)}"] if event.actor else []
    # Meta's support asks for the fbtrace_id; the other ids are those of its answers.
    facts += [f"{name.removesuffix('_id')} {getattr(event, name)}" for name in _FACTS if getattr(event, name)]
    details = f" ({', '.join(facts)})" if facts else ""
    return f"  {when}  {whose}{event.text}{again}{details}"
