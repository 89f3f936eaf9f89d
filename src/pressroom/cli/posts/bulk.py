"""Changes of several posts: they are named or selected, and a person confirms how many there are."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from pressroom.cli.posts.listing import in_words, named, standing
from pressroom.cli.posts.selecting import Selecting, account_filter, day_options, narrows, selection_of
from pressroom.cli.posts.waiting import in_view
from pressroom.cli.shell.failures import ExitCode, NotConfirmed, exit_code_of, worst
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.terminal import confirmed
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import Post, PostState
from pressroom.service import Pressroom
from pressroom.service.consent.approvals import Waiting, in_turn
from pressroom.service.consent.changing import Verb
from pressroom.service.posts.changes import BulkChange, BulkResult
from pressroom.service.shapes.posts import ChangedShape

MOST_NAMED = 3
"""So many of several are named in a question."""
_DONE = {
    Verb.APPROVE: "was approved",
    Verb.CANCEL: "was called off",
    Verb.MOVE: "was moved",
    Verb.RETRY: "is tried again",
}
_WOULD = {
    Verb.APPROVE: "would be approved",
    Verb.CANCEL: "would be called off",
    Verb.MOVE: "would be moved",
    Verb.RETRY: "would be tried again",
}
_QUESTION = {
    Verb.APPROVE: "Approve",
    Verb.CANCEL: "Call off",
    Verb.MOVE: "Move",
    Verb.RETRY: "Try again",
}


class Bulk(Selecting):
    """The arguments and options of a change of one post or of several."""

    posts: tuple[str, ...]
    yes: bool
    dry_run: bool


def sure_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options by which a change of several is confirmed or rehearsed."""
    rehearse = click.option(
        "--dry-run", is_flag=True, help="Say what would be changed, and what not and why."
    )
    return click.option("--yes", is_flag=True, help="Do not ask before several are changed.")(
        rehearse(function)
    )


def bulk_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the arguments and options of a change of one post or of several."""
    options = (
        click.argument("posts", nargs=-1, metavar="[POST...]"),
        click.option("--all", "is_all", is_flag=True, help="Every post that this is meant for."),
        account_filter("Those of this account."),
        click.option(
            "--state",
            "states",
            multiple=True,
            type=click.Choice(PostState, case_sensitive=False),
            help="Those in this state.",
        ),
        day_options,
        sure_options,
    )
    for option in reversed(options):
        function = option(function)
    return function


def only_one(given: Bulk, *, has_time: bool = False) -> str | None:
    """Return the one post that is named; None where several are meant. Raises UsageError where none are.

    has_time: whether `--tz` is the zone of a time that is given, too.
    """
    zone = None if has_time else given["tz"]
    require_named_or_selected(given["posts"], selects=given["is_all"] or narrows(given), zone=zone)
    return given["posts"][0] if len(given["posts"]) == 1 and not given["dry_run"] else None


def require_named_or_selected(ids: Sequence[str], *, selects: bool, zone: str | None) -> None:
    """Raise UsageError unless things are named by their ids or selected by options. zone: of days alone."""
    if selects and ids:
        raise click.UsageError("Name them by their ids or select them, not both.")
    if not selects and not ids:
        raise click.UsageError("Name them by their ids, or select them: see --help.")
    if ids and zone:
        raise click.UsageError("--tz goes with --from, --to or --week.")


async def change_several(
    invocation: Invocation, pressroom: Pressroom, given: Bulk, change: BulkChange
) -> ExitCode | None:
    """Change the posts that are meant, once a person confirms it; returns the worst exit code of one."""
    ids = given["posts"] or await _selected(pressroom, given, change)
    rehearsed = await pressroom.posts.rehearse_each(ids, change)
    if not rehearsed:
        invocation.console.note("No such posts.")
    if given["dry_run"]:
        return await show_rehearsed(invocation, pressroom, rehearsed, change.verb)
    refused = [one for one in rehearsed if one.error]
    ready = [one.post for one in rehearsed if one.post and not one.error]
    for one in refused:
        await _show(invocation, pressroom, one, change.verb)
    if ready:
        question = _question(ready, change.verb)
        shown = _in_view(ready, invocation) if change.verb is Verb.APPROVE else []
        await require_yes(invocation, question, count=len(ready), is_sure=given["yes"], about=shown)
    done = list[BulkResult]()
    async for one in pressroom.posts.change_each([post.id for post in ready], change):
        done.append(one)
        await _show(invocation, pressroom, one, change.verb)
    return _end(invocation, [*refused, *done], "were changed")


async def require_yes(
    invocation: Invocation, question: str, *, count: int, is_sure: bool, about: Sequence[str] = ()
) -> None:
    """Ask whether so many things are to be changed. is_sure: `--yes` said so, nobody is asked.

    about: lines that show what is asked about, before the question.
    Raises NotConfirmed, and Refused where nobody is at a terminal.
    """
    if is_sure:
        return
    if not invocation.runtime.is_attended():
        raise Refused(
            f"{question}? Nobody is at a terminal to be asked.",
            rule="confirmation",
            value=count,
            limit="one at a time, or --yes",
            fix="See with `--dry-run` what would be changed, then add `--yes`.",
        )
    if not await confirmed(invocation.console, f"{question}?", about):
        raise NotConfirmed("Nothing was changed.")


def and_more(shown: Sequence[str], count: int) -> str:
    """Name the first of several, and say how many more there are."""
    more = [f"and {count - len(shown)} more"] if count > len(shown) else []
    return ", ".join([*shown, *more])


async def warn_of_time(invocation: Invocation, pressroom: Pressroom, moved: Post, name: str = "") -> None:
    """Warn of the time that a post was or would be moved to. name: of one of several."""
    for warning in await pressroom.posts.time_warnings(moved):
        invocation.console.warn(f"{name}: {warning}" if name else warning)


def say_failed(invocation: Invocation, found: str, error: PressroomError) -> ExitCode:
    """Print the error of one of several, and return its exit code."""
    from pressroom.cli.shell.failures import tell  # noqa: PLC0415  # a command that goes well needs none of it

    # Several errors may follow each other on stderr, so each names its id.
    error.message = f"{found}: {error.message}"
    return ExitCode(tell(error, is_json=invocation.console.is_json, environ=invocation.runtime.environ))


async def _selected(pressroom: Pressroom, given: Bulk, change: BulkChange) -> Sequence[str]:
    wanted = selection_of(given, given["states"] or change.states, given["account"])
    chosen = await pressroom.posts.select(wanted)
    return [post.id for post in await pressroom.posts.find_all(chosen.query)]


def _in_view(ready: Sequence[Post], invocation: Invocation) -> list[str]:
    now = invocation.runtime.clock.now()
    return [line for item in in_turn(map(Waiting.of, ready)) for line in in_view(item, now)]


def _question(ready: Sequence[Post], verb: Verb) -> str:
    # A post to be moved is shown with the time that it would have.
    until = "to" if verb is Verb.MOVE else "of"
    shown = [f"{named(post)} {until} {in_words(post.due_at, post.timezone)}" for post in ready[:MOST_NAMED]]
    count = f"{len(ready)} post{'s' * (len(ready) > 1)}"
    return f"{_QUESTION[verb]} {count}: {and_more(shown, len(ready))}"


async def _show(invocation: Invocation, pressroom: Pressroom, one: BulkResult, verb: Verb) -> None:
    if invocation.console.is_json:
        return
    if one.error:
        say_failed(invocation, one.id, one.error)
    elif one.post:
        if verb is Verb.MOVE:
            await warn_of_time(invocation, pressroom, one.post, named(one.post))
        invocation.console.data(
            f"{named(one.post)} {_DONE[verb]}. {standing(one.post, invocation.runtime.clock.now())}"
        )


async def show_rehearsed(
    invocation: Invocation, pressroom: Pressroom, results: Sequence[BulkResult], verb: Verb
) -> ExitCode | None:
    """Say what would become of each post; returns the worst exit code of one."""
    if not invocation.console.is_json:
        for one in results:
            await _show_would_be(invocation, pressroom, one, verb)
    return _end(invocation, results, "would be changed")


async def _show_would_be(invocation: Invocation, pressroom: Pressroom, one: BulkResult, verb: Verb) -> None:
    who = named(one.post) if one.post else one.id
    if one.post and not one.error and verb is Verb.MOVE:
        await warn_of_time(invocation, pressroom, one.post, who)
    goes_out = one.post and one.post.state is not PostState.CANCELLED
    when = f", for {in_words(one.post.due_at, one.post.timezone)}" if one.post and goes_out else ""
    told = f"would not be: {one.error.message}" if one.error else f"{_WOULD[verb]}{when}."
    invocation.console.data(f"{who} {told}")


def _end(invocation: Invocation, results: Sequence[BulkResult], told: str) -> ExitCode | None:
    """Print the results as JSON, and return the worst exit code among them."""
    if invocation.console.is_json:
        invocation.console.json([ChangedShape.of(one) for one in results])
    elif len(results) > 1:
        good = sum(one.error is None for one in results)
        invocation.console.note(f"{good} of {len(results)} posts {told}.")
    return worst([exit_code_of(one.error) for one in results if one.error])
