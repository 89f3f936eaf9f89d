"""`pressroom schedule list` and `show`; what all commands say of a post, and the options that select posts.

`named`, `standing` and `in_words` are what every command says of a post. `Selecting` holds the options by
state, account and days, and `selection_of` makes of them what the store is asked. Nothing here loads what
publishes or changes posts: a list is asked for by scripts each minute.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, TypeVar, Unpack
from zoneinfo import ZoneInfo

import click

from pressroom.cli.posts.options import with_options
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Column
from pressroom.core.account import Pause
from pressroom.core.actor import program_in_words, shown_id
from pressroom.core.errors import TimeIsOver
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, WENT_LIVE, IfLate, Post, PostState, When
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.core.stored_posts import due_in_words as due_words
from pressroom.core.when import DAY_HELP, in_full, span_of
from pressroom.core.when import in_words as spell_moment
from pressroom.service.posts.lists import Elsewhere, Selection
from pressroom.service.shapes.posts import PostHistoryShape, PostShape

if TYPE_CHECKING:
    from pressroom.service.posts.history import PostHistory


Acted = TypeVar("Acted")
_NOW_S = 60


def local(moment: datetime, timezone: str) -> datetime:
    """Convert a moment to a zone."""
    return moment.astimezone(ZoneInfo(timezone))


def in_words(moment: datetime | None, timezone: str) -> str:
    """Write a moment for a person; a dash for none."""
    return "-" if moment is None else spell_moment(moment, timezone)


def due_in_words(post: Post, *, has_zone: bool = True) -> str:
    """Write when a post is due, and when it goes out instead. has_zone: whether the zone is named."""
    due = due_words(post)
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


def how_read(at: date | str | None, post: Post) -> str:
    """Describe how the text of a due time was read, to be added to a line.

    Returns "" for a date that begins with its year, because it has only one reading.
    """
    if not isinstance(at, str) or at.strip()[:4].isdigit() or not post.due_at or post.when is not When.TIME:
        return ""
    return f" {at!r} was read as {in_full(post.due_at, post.timezone)}."


def show_changed(invocation: Invocation, post: Post, what: str, at: date | str | None = None) -> None:
    """Print a changed post, in one line or as its object. at: the due time that the user gave."""
    words = f"{named(post)} {what}. {standing(post, invocation.runtime.clock.now())}{how_read(at, post)}"
    invocation.console.answer(PostShape.of(post), words)


_IF_LATE = {
    IfLate.PUBLISH: "it goes out up to an hour late; later you are asked",
    IfLate.ASK: "you are asked",
    IfLate.DROP: "it is dropped",
}


def when_over(state: PostState, if_late: IfLate) -> str:
    """Say what becomes of a post that is planned for a time that is over."""
    return "it waits until it is approved with another time" if state.is_held else _IF_LATE[if_late]


async def even_if_over(
    invocation: Invocation,
    act: Callable[..., Awaitable[Acted]],
    becomes: Callable[[], Awaitable[str]],
    *,
    is_late: bool,
) -> Acted:
    """Give a post a due time; where it is over and `--late` is missing, ask a person at a terminal first.

    act: does it, and takes is_late: whether the time may be over. becomes: says what becomes of it then.
    """
    try:
        return await act(is_late=is_late)
    except TimeIsOver as error:
        if not invocation.runtime.is_attended():
            raise
        from pressroom.cli.shell.failures import NotConfirmed  # noqa: PLC0415  # where somebody is asked alone
        from pressroom.cli.shell.terminal import confirmed  # noqa: PLC0415

        question = f"{error.message} Then {await becomes()}. Plan it for that time all the same?"
        if not await confirmed(invocation.console, question):
            raise NotConfirmed("Nothing was changed.") from None
    return await act(is_late=True)


def late_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the option by which a time may be over."""
    return click.option("--late", is_flag=True, help="A time that is over is meant: do not ask.")(function)


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
    # Whoever approves it has to know that it is not approved as it stands.
    if post.state.is_held:
        if not post.when.has_time:
            return f"It is {words}, {when}: it gets a time when it is approved."
        if post.when is When.TIME and post.due_at and post.due_at < now:
            return f"It is {words}, and was due {when}: it gets a new time when it is approved."
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


STILL_OPEN = tuple(state for state in PostState if state not in (*WENT_LIVE, PostState.CANCELLED))
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


_DAYS: Final[Mapping[str, Literal["first_day", "last_day", "week"]]] = {
    "from": "first_day",
    "to": "last_day",
    "week": "week",
}


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
        place = await pressroom.lists.place(options["after"]) if options["after"] else None
        query = replace(
            chosen.query, newest_first=options["newest_first"], limit=options["limit"], after=place
        )
        page = await pressroom.lists.find(query)
        # Whoever looks at an empty week should not plan anew what stands in the next one.
        others = None if page.posts or options["after"] else await pressroom.lists.elsewhere(chosen)
        names = await pressroom.lists.account_names()
    # Days were named in this zone, so times are shown in it: else a post of Sunday would stand as Monday's.
    zone = chosen.timezone
    posts = [replace(post, timezone=zone) for post in page.posts] if zone else page.posts
    is_whole = options["is_all"] and not (narrows(options) or options["after"])
    nothing = "No posts." if is_whole else "No such posts."
    if others:
        nothing += f" {_elsewhere_in_words(others, options)}"
    nothing += " Plan one: `pressroom schedule add photo FILE --at WHEN`."
    if not is_whole:
        nothing += " See those that are over, too: `pressroom schedule list --all`."
    shapes = [PostShape.of(post) for post in posts]
    invocation.console.answer(shapes, lambda: _show_table(invocation, posts, names), none=nothing)
    if page.next:
        more = f"see --limit, or go on with --after {page.next.id[:SHORT_ID]}"
        invocation.console.note(f"There are more than {options['limit']}: {more}.")


def _elsewhere_in_words(others: Elsewhere, options: Days) -> str:
    count = f"{others.count} post{'s are' if others.count > 1 else ' is'}"
    zone = {"tz": options["tz"]}
    if others.monday is None:
        named_days = {name: options[key] for name, key in _DAYS.items()}
        command = f"pressroom schedule list {_spelled(named_days | zone)}".strip()
        return f"{count} of other accounts: see `{command}`."
    week = f"{others.monday:%Y-%m-%d}"
    only = _spelled({"week": week, "account": others.account} | zone)
    return f"{count} in the week of {week}: see `pressroom schedule list {only}`."


def _spelled(values: Mapping[str, str | None]) -> str:
    """Spell options as they are typed."""
    return " ".join(f"--{name} {quote(value)}" for name, value in values.items() if value)


def _show_table(invocation: Invocation, posts: Sequence[Post], names: Mapping[str, str]) -> None:
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
            names.get(post.account_name, post.account_name),
            *([program_in_words(post.actor) or "-"] if is_by_program else []),
            what_of(post),
        )
        for post in posts
    ]
    columns = (
        "id",
        Column("kind", rank=2),
        Column("state", rank=1, shortest=12),
        f"due ({posts[0].timezone})" if is_one else "due",
        Column("account", rank=3),
        *([Column("asked by", shortest=12)] if is_by_program else []),
        Column("what", shortest=12),
    )
    invocation.console.table(columns, rows)


_FACTS = ("code", "subcode", "fbtrace_id", "container_id", "media_id")


@click.command(cls=Command)
@click.argument("post")
@click.pass_obj
async def show(invocation: Invocation, post: str) -> None:
    """Show a post's history: what was done, what Instagram said, and what happens next and when."""
    async with invocation.session() as pressroom:
        history = await pressroom.posts.show(post)
        names = await pressroom.lists.account_names()
    account = names.get(history.post.account_name, history.post.account_name)
    lines = _history_lines(history, account, invocation.runtime.clock.now())
    invocation.console.answer(PostHistoryShape.of(history), lines)
    if not invocation.console.is_json:
        for warning in history.warnings:
            invocation.console.warn(warning)


def _history_lines(history: "PostHistory", account: str, now: datetime) -> Iterator[str]:
    post = history.post
    yield f"{named(post)} of account {account}: {state_in_words(post.state)}"

    due, later = (
        f"{in_words(moment, post.timezone)} ({away(moment, now)})" if moment else None
        for moment in (post.due_at, post.postponed_to)
    )
    facts = {
        "version": str(post.version),
        "due": due or due_words(post),
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
