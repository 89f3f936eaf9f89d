"""`pressroom schedule show`: prints a post's history as a timeline."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import click

from pressroom.cli.posts.listing import away, in_words, local, named, state_in_words
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.actor import shown_id
from pressroom.core.journal import JournalEvent
from pressroom.core.post import IfLate, Post
from pressroom.core.remedies import command_of
from pressroom.service.posts.history import PostHistory, Step
from pressroom.service.shapes.posts import PostHistoryShape

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
    invocation.console.answer(PostHistoryShape.of(history), lambda: _show(invocation, history))


def _show(invocation: Invocation, history: PostHistory) -> None:
    for line in _in_words(history, invocation.runtime.clock.now()):
        invocation.console.data(line)
    for warning in history.warnings:
        invocation.console.warn(warning)


def _in_words(history: PostHistory, now: datetime) -> list[str]:
    post = history.post
    width = max((len(choice.text) for choice in history.choices), default=0)
    return [
        f"{named(post)} of account {post.account_name}: {state_in_words(post.state)}",
        *_facts(post, now),
        "",
        f"What happened ({post.timezone})",
        *(_line(post, list(same)) for _, same in groupby(history.events, key=_sameness)),
        "",
        "What happens next",
        *(_next_line(post, step) for step in history.next),
        *(["", "What you can do"] if history.choices else []),
        *(f"  {choice.text.ljust(width)}  {command_of(choice.remedy)}" for choice in history.choices),
    ]


def _facts(post: Post, now: datetime) -> list[str]:
    facts = {
        "due": f"{in_words(post.due_at, post.timezone)} ({away(post.due_at, now)})" if post.due_at else None,
        "postponed": _postponed(post, now),
        "if late": _IF_LATE[post.if_late],
        "files": ", ".join(asset.source for asset in post.assets),
        "caption": " ".join((post.options.caption or "").split()),
        "first comment": " ".join((post.options.first_comment or "").split()),
        "link": post.permalink,
        "media id": post.media_id,
        "problem": post.problem,
    }
    return [f"  {name.ljust(13)}  {value}" for name, value in facts.items() if value]


def _postponed(post: Post, now: datetime) -> str | None:
    if post.postponed_to is None:
        return None
    later = f"{in_words(post.postponed_to, post.timezone)} ({away(post.postponed_to, now)})"
    return f"to {later}. {post.postponed_because}"


def _sameness(event: JournalEvent) -> Any:  # noqa: ANN401  # compared alone
    """Return the key by which looks with the same result are grouped; any other event is its own group."""
    # A post in doubt is looked at for half an hour, mostly with the same result each time.
    return event.text if event.step == "looked" else event


def _line(post: Post, same: Sequence[JournalEvent]) -> str:
    event, last = same[0], same[-1]
    facts = [f"{name.removesuffix('_id')} {getattr(event, name)}" for name in _FACTS if getattr(event, name)]
    when = f"{local(event.at, post.timezone):%Y-%m-%d %H:%M:%S}"
    facts = [f"by {shown_id(event.actor)}", *facts] if event.actor else facts
    said = f" ({', '.join(facts)})" if facts else ""
    # This event's text is Instagram's own, and must not read as ours.
    whose = "Instagram says: " if event.step == "container_settled" else ""
    until = f"{local(last.at, post.timezone):%H:%M:%S}"
    again = f" Asked {len(same)} times until {until}." if len(same) > 1 else ""
    return f"  {when}  {whose}{event.text}{again}{said}"


def _next_line(post: Post, step: Step) -> str:
    when = f"{local(step.at, post.timezone):%Y-%m-%d %H:%M:%S}  " if step.at else ""
    return f"  {when}{step.text}"
