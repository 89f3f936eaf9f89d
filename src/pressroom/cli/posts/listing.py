"""The words for a post's state and times, and the options that select posts.

`named`, `standing` and `in_words` are what every command says of a post. `Selecting` holds the options by
state, account and days, and `selection_of` makes of them what the store is asked. Lists load nothing that
publishes.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import click

from pressroom.cli.shell.command import Invocation
from pressroom.core.account import Pause
from pressroom.core.actor import program_in_words
from pressroom.core.post import SHORT_ID, Post, PostState
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.core.when import DAY_HELP, span_of
from pressroom.core.when import in_words as spell_moment
from pressroom.service.posts.lists import Selection
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
    # What a program wants is never shown without its name (docs/decisions/0014).
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
    # Approved late, a post is not late: it goes out at once, and whoever approves it has to know.
    if post.state.is_held:
        if post.due_at and post.due_at < now:
            return f"It is {words}, was due {when}, and goes out at once when it is approved."
        return f"It is {words}, and is due {when} once it is approved."
    return f"It is {words}."


def state_in_words(state: PostState) -> str:
    """Return a state in words for a person."""
    # The others are said as they are spelled: scheduled, published, failed, missed, cancelled ...
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


STILL_OPEN = tuple(state for state in PostState if state not in (PostState.PUBLISHED, PostState.CANCELLED))
"""What a person can still act on; a store of years holds mostly live posts."""


class Days(TypedDict):
    """The options that name days."""

    first_day: str | None
    last_day: str | None
    week: str | None
    tz: str | None


class Selecting(Days):
    """The options that select posts."""

    states: tuple[PostState, ...]
    account: str | None
    is_all: bool


def account_filter(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare `--account` for a selection; given twice it is refused, where click would take the last."""

    def only_one(_ctx: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> str | None:
        # A change of all of one account's posts must not become one of another's.
        if len(names) > 1:
            raise click.BadParameter("Name one account, or none for all.")
        return names[0] if names else None

    return click.option("--account", metavar="NAME", multiple=True, callback=only_one, help=help_text)


def with_options(function: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    """Declare options at a command, in the order in which its help lists them."""
    # Decorators apply from the bottom up.
    for option in reversed(options):
        function = option(function)
    return function


def listing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options that select posts by state and account."""
    return with_options(
        function,
        click.option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice(PostState, case_sensitive=False),
            help="Only these.",
        ),
        account_filter("Only this account's."),
        click.option("--all", "is_all", is_flag=True, help="Those that are over, too."),
    )


def day_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options that name days."""
    return with_options(
        function,
        click.option("--from", "first_day", metavar="DAY", help=f"Go out on this day or later: {DAY_HELP}."),
        click.option("--to", "last_day", metavar="DAY", help="Go out on this day or earlier."),
        click.option(
            "--week",
            metavar="[DAY]",
            is_flag=False,
            flag_value="today",
            help="Go out in this week, or in that of DAY; weeks begin on Monday.",
        ),
        click.option("--tz", metavar="ZONE", help="Zone of the days; else the account's."),
    )


def narrows(options: Selecting) -> bool:
    """Tell whether options leave posts out by state, account or days."""
    days = options["first_day"] or options["last_day"] or options["week"]
    return bool(options["states"] or options["account"] or days)


def selection_of(options: Days, states: Collection[PostState], account: str | None) -> Selection:
    """Build the selection of days, states and an account. Raises UsageError for days and a week."""
    if options["week"] and (options["first_day"] or options["last_day"]):
        raise click.UsageError("--week goes without --from and --to.")
    return Selection(
        states=states,
        account=account,
        first_day=options["first_day"],
        last_day=options["last_day"],
        week=options["week"],
        timezone=options["tz"],
    )
