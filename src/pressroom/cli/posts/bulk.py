"""Changes of several posts, which are named or selected, and which a person confirms.

`change_several` is the whole way of a command with `bulk_options`; `approve` takes its parts. Below stands
what a person is shown of what waits for approval: `waiting_row` in a list, `in_view` before a question,
`whole_of` in full.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from pressroom.cli.posts.listing import (
    Selecting,
    account_filter,
    away,
    day_options,
    in_words,
    named,
    narrows,
    selection_of,
    standing,
)
from pressroom.cli.posts.options import Decorator, with_options
from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode, NotConfirmed, exit_code_of, worst
from pressroom.cli.shell.terminal import confirmed
from pressroom.core.actor import actor_in_words
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import SHORT_ID, Post, PostState, When
from pressroom.core.stored_posts import due_in_words
from pressroom.service import Pressroom
from pressroom.service.consent.approvals import Waiting, in_turn
from pressroom.service.consent.change import Verb
from pressroom.service.consent.rules import in_short
from pressroom.service.ground.shaping import spelled
from pressroom.service.posts.changes import BulkChange, BulkResult
from pressroom.service.shapes.posts import ChangedShape

MOST_NAMED = 3
"""So many of several are named in a question."""
DONE = {
    Verb.APPROVE: "was approved",
    Verb.CANCEL: "was called off",
    Verb.MOVE: "was moved",
    Verb.RESCHEDULE: "is planned again",
    Verb.RETRY: "is tried again",
}
_WOULD = {
    Verb.APPROVE: "would be approved",
    Verb.CANCEL: "would be called off",
    Verb.MOVE: "would be moved",
    Verb.RESCHEDULE: "would be planned again",
    Verb.RETRY: "would be tried again",
}
_TIMED = frozenset({Verb.MOVE, Verb.RESCHEDULE})
_QUESTION = {
    Verb.APPROVE: "Approve",
    Verb.CANCEL: "Call off",
    Verb.MOVE: "Move",
    Verb.RESCHEDULE: "Plan again",
    Verb.RETRY: "Try again",
}


class Bulk(Selecting):
    """The arguments and options of a change of one post or of several."""

    posts: tuple[str, ...]
    seen: int | None
    yes: bool
    dry_run: bool


def sure_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options by which a change of several is confirmed or rehearsed."""
    return with_options(
        function,
        click.option("--yes", is_flag=True, help="Do not ask before several are changed."),
        click.option("--dry-run", is_flag=True, help="Say what would be changed, and what not and why."),
    )


version_option: Decorator = click.option(
    "--if-version",
    "seen",
    metavar="N",
    type=click.IntRange(min=1),
    help="Only if the post still has this version, as `schedule show` and --json tell it.",
)


def bulk_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the arguments and options of a change of one post or of several."""
    return with_options(
        function,
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
        version_option,
        sure_options,
    )


def only_one(options: Bulk, *, has_time: bool = False) -> str | None:
    """Return the one post that is named; None where several are meant. Raises UsageError where none are.

    has_time: whether `--tz` is the zone of a time that is given, too.
    """
    posts = options["posts"]
    # `--tz` belongs to the days of a selection; of one post it would be silently ignored.
    zone = None if has_time else options["tz"]
    require_named_or_selected(posts, selects=options["is_all"] or narrows(options), zone=zone)
    if options["seen"] is not None and (len(posts) != 1 or options["dry_run"]):
        raise click.UsageError("--if-version goes with one POST.")
    return posts[0] if len(posts) == 1 and not options["dry_run"] else None


def require_named_or_selected(ids: Sequence[str], *, selects: bool, zone: str | None) -> None:
    """Raise UsageError unless things are named by their ids or selected by options. zone: of days alone."""
    if selects and ids:
        raise click.UsageError("Name them by their ids or select them, not both.")
    if not selects and not ids:
        raise click.UsageError("Name them by their ids, or select them: see --help.")
    if ids and zone:
        raise click.UsageError("--tz goes with --from, --to or --week.")


async def change_several(
    invocation: Invocation, pressroom: Pressroom, options: Bulk, change: BulkChange
) -> ExitCode | None:
    """Change the posts that are meant, once a person confirms it; returns the worst exit code of them."""
    ids: Sequence[str] = options["posts"]
    if not ids:
        selection = selection_of(options, options["states"] or change.states, options["account"])
        chosen = await pressroom.posts.select(selection)
        ids = [post.id for post in await pressroom.posts.find_all(chosen.query)]
    # All are tried before a person is asked: the question names those alone that would be changed.
    rehearsed = await pressroom.posts.rehearse_each(ids, change)
    if not rehearsed:
        invocation.console.note("No such posts.")
    if options["dry_run"]:
        return await show_rehearsed(invocation, pressroom, rehearsed, change.verb)
    refused = [result for result in rehearsed if result.error]
    for result in refused:
        await _show_result(invocation, pressroom, result, change.verb)
    ready = [result.post for result in rehearsed if result.post and not result.error]
    if ready:
        await _require_yes_for(invocation, ready, change.verb, is_sure=options["yes"])
    done = list[BulkResult]()
    # What a person has agreed to is what they were shown.
    versions: dict[str, int] = {
        result.post.id: result.version for result in rehearsed if result.post and result.version
    }
    async for result in pressroom.posts.change_each(list(versions), change, versions):
        done.append(result)
        await _show_result(invocation, pressroom, result, change.verb)
    return _end(invocation, [*refused, *done], "were changed")


async def _require_yes_for(
    invocation: Invocation, ready: Sequence[Post], verb: Verb, *, is_sure: bool
) -> None:
    """Ask whether these posts are to be changed; those to be approved are shown before the question."""
    # A post to be moved is shown with the time that it would have.
    until = "to" if verb in _TIMED else "of"
    shown = [f"{named(post)} {until} {due_in_words(post)}" for post in ready[:MOST_NAMED]]
    count = f"{len(ready)} post{'s' * (len(ready) > 1)}"
    about = list[str]()
    if verb is Verb.CANCEL:
        about = ["A post that was called off does not come back: it is planned anew."]
    elif verb is Verb.APPROVE:
        now = invocation.runtime.clock.now()
        about = [line for item in in_turn(map(Waiting.of, ready)) for line in in_view(item, now)]
    question = f"{_QUESTION[verb]} {count}: {and_more(shown, len(ready))}"
    await require_yes(invocation, question, count=len(ready), is_sure=is_sure, about=about)


async def require_yes(
    invocation: Invocation, question: str, *, count: int, is_sure: bool, about: Sequence[str] = ()
) -> None:
    """Ask whether so many things are to be changed. is_sure: `--yes` said so, nobody is asked.

    about: lines that show what is asked about, before the question.
    Raises NotConfirmed, and Refused where nobody is at a terminal.
    """
    # A single post that is named is changed without a question; this is about several.
    if is_sure:
        return
    # A script must not hang on a question that nobody sees, nor change what nobody confirmed.
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


async def warn_of_time(
    invocation: Invocation, pressroom: Pressroom, moved: Post, name: str = "", *, was: Post | None = None
) -> None:
    """Warn of the time that a post was or would be moved to. name: of one of several. was: as it was."""
    for warning in await pressroom.posts.time_warnings(moved, was):
        invocation.console.warn(f"{name}: {warning}" if name else warning)


def say_failed(invocation: Invocation, subject: str, error: PressroomError) -> ExitCode:
    """Print the error of one of several, and return its exit code. subject: the id or name it is about."""
    from pressroom.cli.shell.failures import tell  # noqa: PLC0415  # a command that goes well needs none of it

    # Several errors may follow each other on stderr, so each names its id.
    error.message = f"{subject}: {error.message}"
    return ExitCode(tell(error, is_json=invocation.console.is_json, environ=invocation.runtime.environ))


async def _show_result(invocation: Invocation, pressroom: Pressroom, result: BulkResult, verb: Verb) -> None:
    if invocation.console.is_json:
        return
    if result.error:
        say_failed(invocation, result.id, result.error)
    elif post := result.post:
        if verb in _TIMED:
            await warn_of_time(invocation, pressroom, post, named(post))
        now = invocation.runtime.clock.now()
        invocation.console.data(f"{named(post)} {DONE[verb]}. {standing(post, now)}")


async def show_rehearsed(
    invocation: Invocation, pressroom: Pressroom, results: Sequence[BulkResult], verb: Verb
) -> ExitCode | None:
    """Say what would become of each post; returns the worst exit code of them."""
    what = "would be changed"
    if invocation.console.is_json:
        return _end(invocation, results, what)
    for result in results:
        post, error = result.post, result.error
        who = named(post) if post else result.id
        if post and not error and verb in _TIMED:
            await warn_of_time(invocation, pressroom, post, who)
        goes_out = post and post.state is not PostState.CANCELLED
        when = f", for {due_in_words(post)}" if post and goes_out else ""
        words = f"would not be: {error.message}" if error else f"{_WOULD[verb]}{when}."
        invocation.console.data(f"{who} {words}")
    return _end(invocation, results, what)


def _end(invocation: Invocation, results: Sequence[BulkResult], what: str) -> ExitCode | None:
    """Print the results as JSON, or how many went well, and return the worst exit code among them."""
    if invocation.console.is_json:
        invocation.console.json([ChangedShape.of(result) for result in results])
    elif len(results) > 1:
        # A post that fails keeps no other from being changed, so the count says how it ended.
        good = sum(result.error is None for result in results)
        invocation.console.note(f"{good} of {len(results)} posts {what}.")
    return worst([exit_code_of(result.error) for result in results if result.error])


WAITING_COLUMNS = (
    "id",
    # Of no rank: a cancellation must not look like a post, nor anything that a program wants like a person's.
    Column("what", shortest=8),
    Column("account", rank=2),
    Column("asked by", shortest=12),
    "when",
    Column("shows", rank=1, shortest=12),
)
# Told in places of their own: as warnings, with the zone, by their whole names, or beside what is changed.
_APART = frozenset({"what", "asked_by", "warnings", "timezone", "was", "when", "day"})
# Left out of the facts of one of several: what its first line says, and what matters in its full view alone.
_IN_HEAD = frozenset({"account", "due at", "post id", "kind", "content"})


def waiting_row(item: Waiting, names: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Return what `WAITING_COLUMNS` show of something that waits. names: how accounts are shown."""
    account = str(item.summary.get("account") or "-")
    return (
        item.id[:SHORT_ID],
        _what(item),
        names.get(account, account),
        _who(item),
        _when_of(item, now),
        " ".join(in_short(item.summary).split()),
    )


def _what(item: Waiting) -> str:
    return str(item.summary.get("what") or (f"{item.post.kind}, held back" if item.post else "-"))


def _who(item: Waiting) -> str:
    return actor_in_words(item.asked_by) if item.asked_by else "-"


def _when_of(item: Waiting, now: datetime) -> str:
    if item.when is When.NOW and item.due_at:
        return "at once"
    if not item.when.has_time:
        return str(item.summary.get("day") or item.when)
    words = in_words(item.due_at, item.timezone)
    return f"past: {words}" if is_past(item, now) else words


def is_past(item: Waiting, now: datetime) -> bool:
    """Tell whether it waits and its time is over; what goes out at once, whenever that is, has none."""
    due_at = item.due_at if item.when is When.TIME else None
    return item.is_waiting(now) and due_at is not None and due_at < now


def in_view(item: Waiting, now: datetime) -> list[str]:
    """Show all that decides about one of several: a line that names it, and its facts below."""
    when = "at once" if item.when is When.NOW else _when_of(item, now)
    account = f" for account {item.summary['account']}" if item.summary.get("account") else ""
    facts = {name: value for name, value in _facts(item).items() if name not in _IN_HEAD}
    return [
        f"{when}  {_what(item)} {item.id[:SHORT_ID]}{account}, asked by {_who(item)}",
        *(f"    {line}" for line in _aligned(facts)),
        *(f"    Warning: {_in_one_line(warning)}" for warning in item.summary.get("warnings", [])),
    ]


def whole_of(item: Waiting, now: datetime) -> list[str]:
    """Show a single one in full."""
    facts = {
        "id": item.id,
        "state": item.proposal.state if item.proposal else item.post and item.post.state,
        "until": item.proposal and spelled(item.proposal.expires_at, "UTC"),
        "what": item.summary.get("what"),
        "asked by": _who(item),
        **_facts(item),
    }
    if item.due_at and item.when is not When.NOW:
        facts["due at"] = f"{_when_of(item, now)} ({away(item.due_at, now)})"
    return _aligned(facts)


def _facts(item: Waiting) -> dict[str, object]:
    """Return what a summary tells, by its names in words; what a change replaces stands behind the new."""
    was: Mapping[str, Any] = item.summary.get("was", {})
    zone = str(was.get("timezone") or item.timezone)
    facts = dict[str, object]()
    for name, value in item.summary.items():
        if name in _APART:
            continue
        words = name.replace("_", " ")
        facts[words] = value
        if name in was:
            old = was[name]
            is_time = name == "due_at" and old
            facts[words] = value or "nothing"
            facts[f"{words} before"] = (
                in_words(datetime.fromisoformat(old), zone) if is_time else old
            ) or "nothing"
    return facts


def _aligned(facts: Mapping[str, object]) -> list[str]:
    lines = [(name, _in_one_line(value)) for name, value in facts.items() if value not in (None, "", [], ())]
    width = max((len(name) for name, _ in lines), default=0)
    return [f"{name.ljust(width)}  {text}" for name, text in lines]


def _in_one_line(value: Any) -> str:  # noqa: ANN401  # any part of a summary
    if isinstance(value, list):
        return ", ".join(_in_one_line(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_one_line(part)}" for name, part in value.items() if part is not None)  # pyright: ignore[reportUnknownVariableType]
    # On one line: a program wrote this, and a line break in it could imitate a field of ours.
    return " ".join(str(value).split())
