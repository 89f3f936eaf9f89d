"""The options that select posts: by state, account, and days."""

from collections.abc import Callable, Collection
from typing import Any, TypedDict

import click

from pressroom.core.post import PostState
from pressroom.core.when import DAY_HELP
from pressroom.service.posts.lists import Selection

_OVER = frozenset({PostState.PUBLISHED, PostState.CANCELLED})
STILL_OPEN = tuple(state for state in PostState if state not in _OVER)
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

    def only_one(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> str | None:
        if len(given) > 1:
            raise click.BadParameter("Name one account, or none for all.")
        return given[0] if given else None

    return click.option("--account", metavar="NAME", multiple=True, callback=only_one, help=help_text)


def listing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options that select posts by state and account."""
    options = (
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
    return _with(function, *options)


def day_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options that name days."""
    return _with(
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


def narrows(given: Selecting) -> bool:
    """Tell whether options leave posts out by state, account or days."""
    days = given["first_day"] or given["last_day"] or given["week"]
    return bool(given["states"] or given["account"] or days)


def selection_of(given: Days, states: Collection[PostState], account: str | None) -> Selection:
    """Build the selection of days, states and an account. Raises UsageError for days and a week."""
    if given["week"] and (given["first_day"] or given["last_day"]):
        raise click.UsageError("--week goes without --from and --to.")
    return Selection(
        states=states,
        account=account,
        first_day=given["first_day"],
        last_day=given["last_day"],
        week=given["week"],
        timezone=given["tz"],
    )


def _with(function: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        function = option(function)
    return function
