"""How posts are listed and described to a person."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.cli.shell.invocation import Invocation
from pressroom.core.actor import program_in_words
from pressroom.core.post import SHORT_ID, Post, PostState
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.core.stored_accounts import Pause
from pressroom.core.when import in_words as spell_moment
from pressroom.core.when import span_of
from pressroom.service.shapes.posts import PostShape

_NOW_S = 60


def local(moment: datetime, timezone: str) -> datetime:
    """Convert a moment to a zone."""
    return moment.astimezone(ZoneInfo(timezone))


def in_words(moment: datetime | None, timezone: str) -> str:
    """Write a moment for a person; a dash for none."""
    return "-" if moment is None else spell_moment(moment, timezone)


def due_in_words(post: Post, *, has_zone: bool = True) -> str:
    """Write when a post is due, and when it goes out instead. has_zone: whether the zone is named."""
    due = in_words(post.due_at, post.timezone)
    due = due if has_zone else due.removesuffix(f" {post.timezone}")
    if post.postponed_to is None or not post.state.is_waiting:
        return due
    return f"{due}, postponed to {local(post.postponed_to, post.timezone):%Y-%m-%d %H:%M}"


def away(moment: datetime, now: datetime) -> str:
    """Say how far a moment is: `in 2 hours`, `5 minutes ago`, `now`."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < _NOW_S:
        return "now"
    words = span_of(abs(seconds))
    return f"in {words}" if seconds > 0 else f"{words} ago"


def show_changed(invocation: Invocation, post: Post, what: str) -> None:
    """Print a changed post, in one line or as its object."""
    words = f"{named(post)} {what}. {standing(post, invocation.runtime.clock.now())}"
    invocation.console.answer(PostShape.of(post), words)


def named(post: Post) -> str:
    """Return a post's name for a person: its kind and short id, and the program that wants it out."""
    program = program_in_words(post.actor)
    return f"{post.kind.title()} {post.id[:SHORT_ID]}{f' ({program})' if program else ''}"


def show_command(post: Post) -> str:
    """Return the command that shows a post, by its short id."""
    return command_of(Remedy(RemedyKind.SHOW_POST, {"post": post.id[:SHORT_ID]}))


def standing(post: Post, now: datetime) -> str:
    """Describe a post's state and when it goes out."""
    words = state_in_words(post.state)
    when = due_in_words(post)
    if post.state.is_waiting:
        return f"It is {words}, for {when}."
    if post.state.is_held:
        if post.due_at and post.due_at < now:
            return f"It is {words}, was due {when}, and goes out at once when it is approved."
        return f"It is {words}, and is due {when} once it is approved."
    return f"It is {words}."


def state_in_words(state: PostState) -> str:
    """Return a state in words for a person."""
    spellings = {
        PostState.DRAFT: "a draft",
        PostState.AWAITING_APPROVAL: "awaiting approval",
        PostState.PREPARING: "being prepared",
        PostState.PUBLISHING: "being published",
        PostState.NEEDS_ATTENTION: "waiting for a person",
    }
    return spellings.get(state, state)


def by_whom(pause: Pause) -> str:
    """Return who paused an account, for the end of a clause; empty where an error did."""
    return f", by {pause.by}" if pause.by else ""


def what_of(post: Post) -> str:
    """Return a post's caption in one line, or the name of its first file."""
    return " ".join((post.options.caption or post.assets[0].source.rsplit("/", 1)[-1]).split())
