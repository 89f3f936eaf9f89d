"""`pressroom schedule add` and `slots`: plans posts, and keeps the weekly slots that they may take."""

from collections.abc import Iterator
from functools import partial
from typing import Unpack

import click

from pressroom.cli.posts.listing import (
    even_if_over,
    how_read,
    in_words,
    late_option,
    named,
    standing,
    when_over,
)
from pressroom.cli.posts.options import (
    Content,
    Decorator,
    KindGroup,
    Timing,
    content_options,
    post_of,
    time_of,
    time_options,
    with_options,
)
from pressroom.cli.shell.command import Group, Invocation
from pressroom.core.post import IfLate, PostKind, PostState
from pressroom.core.slots import Slot, parse_slots
from pressroom.service.posts.planning import Week
from pressroom.service.shapes.posts import PlannedShape, WeekShape


class PlanOptions(Content, Timing):
    """The options and arguments of a planned post."""

    if_late: IfLate
    approval: bool
    draft: bool
    late: bool
    idempotency_key: str | None
    account: str | None


@click.group(cls=KindGroup)
def add() -> None:
    """Plan a photo, reel, carousel or story.

    It is checked at once, and ends with 3 when Instagram would refuse it. Pressroom keeps copies of the
    files, so yours may be deleted. A worker publishes it: `pressroom worker`. Without a kind one picture is a
    photo, one clip a reel, and several are a carousel; which it was is said.
    """


def _planning(kind: PostKind) -> Decorator:
    options = (
        time_options,
        click.option("--tz", metavar="ZONE", help="Their zone: Europe/Istanbul; else the account's."),
        late_option,
        click.option(
            "--if-late",
            type=click.Choice(IfLate, case_sensitive=False),
            default=IfLate.PUBLISH,
            show_default=IfLate.PUBLISH.value,
            help="What is done when it could not go out in time; publish asks after an hour.",
        ),
        click.option("--approval", is_flag=True, help="Hold it back until somebody approves it."),
        click.option("--draft", is_flag=True, help="Keep it as a draft."),
        click.option("--idempotency-key", metavar="KEY", help="Makes it safe to run this again."),
        click.option("--account", metavar="NAME", help="Stored account it is published as."),
    )
    return lambda function: content_options(kind)(with_options(function, *options))


@add.command()
@_planning(PostKind.PHOTO)
@click.pass_obj
async def photo(invocation: Invocation, **options: Unpack[PlanOptions]) -> None:
    r"""Plan a picture.

    \b
    pressroom schedule add photo cat.jpg --caption "Hello" --at "tomorrow 09:00" --tz Europe/Istanbul
    """
    await _add(invocation, PostKind.PHOTO, options)


@add.command()
@_planning(PostKind.REEL)
@click.pass_obj
async def reel(invocation: Invocation, **options: Unpack[PlanOptions]) -> None:
    r"""Plan a clip as a reel.

    \b
    pressroom schedule add reel trip.mov --at +2h --approval
    """
    await _add(invocation, PostKind.REEL, options)


@add.command()
@_planning(PostKind.CAROUSEL)
@click.pass_obj
async def carousel(invocation: Invocation, **options: Unpack[PlanOptions]) -> None:
    r"""Plan 2 to 10 pictures and clips as one post.

    \b
    pressroom schedule add carousel one.jpg two.jpg --at "next slot"
    """
    await _add(invocation, PostKind.CAROUSEL, options)


@add.command()
@_planning(PostKind.STORY)
@click.pass_obj
async def story(invocation: Invocation, **options: Unpack[PlanOptions]) -> None:
    r"""Plan a picture or clip as a story.

    \b
    pressroom schedule add story poster.png --at 2026-12-24T18:00+03:00 --if-late drop
    """
    await _add(invocation, PostKind.STORY, options)


async def _add(invocation: Invocation, kind: PostKind, options: PlanOptions) -> None:
    if options["approval"] and options["draft"]:
        raise click.UsageError("--approval and --draft exclude each other.")
    is_timed, is_undated = options["at"] is not None, options["is_open"] or options["day"] is not None
    if is_timed == is_undated or (options["is_open"] and options["day"] is not None):
        raise click.UsageError("Give one of --at WHEN, --day DAY and --open.")
    post = post_of(kind, options)
    state = PostState.SCHEDULED
    if options["approval"]:
        state = PostState.AWAITING_APPROVAL
    elif options["draft"] or is_undated:
        state = PostState.DRAFT

    async def becomes() -> str:
        return when_over(state, options["if_late"])

    async with invocation.session(options["account"], reads_times=True) as pressroom:
        submit = partial(
            pressroom.posts.submit,
            post,
            at=await time_of(invocation, pressroom, options),
            timezone=options["tz"],
            if_late=options["if_late"],
            state=state,
            idempotency_key=options["idempotency_key"],
        )
        planned = await even_if_over(invocation, submit, becomes, is_late=options["late"])
        # Also in the answer as a field, beside the warning: a script should not have to read sentences.
        is_worker_running = await pressroom.work.is_worker_running()
    if invocation.console.is_json:
        invocation.console.json(PlannedShape.of(planned, is_worker_running=is_worker_running))
        return
    # None of these keeps a post from being planned: no worker, a full quota, a time that is over.
    for warning in planned.warnings:
        invocation.console.warn(warning)
    again = "was planned before with this key" if planned.is_replay else "is planned"
    now, read = invocation.runtime.clock.now(), how_read(options["at"], planned.post)
    invocation.console.data(f"{named(planned.post)} {again}. {standing(planned.post, now)}{read}")


_account_option = click.option("--account", metavar="NAME", help="Stored account; else the default one.")
_slots_argument = click.argument("slots", nargs=-1, metavar="SLOT...")


@click.group(cls=Group)
def slots() -> None:
    """Keep the weekly slots of an account, in its own zone.

    A post that is planned with `--at "next slot"` takes the next one that is free. SLOT is a day or several
    and a time: 'monday 18:00', 'mon,thu 12:30', 'weekdays 9:00', 'weekends 11:00', 'daily 20:00'.
    """


@slots.command("list")
@click.option("--account", metavar="NAME", help="Only this account's.")
@click.pass_obj
async def list_slots(invocation: Invocation, account: str | None) -> None:
    """List the slots of every account, with the next free ones."""
    async with invocation.session() as pressroom:
        slots = pressroom.posts.slots
        weeks = [await slots.week(account)] if account else await slots.weeks()
    invocation.console.answer(
        [WeekShape.of(week) for week in weeks],
        (line for week in weeks for line in _week_lines(week)),
        none="No slots. Add some: `pressroom schedule slots add 'weekdays 18:00'`.",
    )


@slots.command("add")
@_slots_argument
@_account_option
@click.pass_obj
async def add_slots(invocation: Invocation, slots: tuple[str, ...], account: str | None) -> None:
    """Give an account more slots."""
    parsed = _parsed(slots)
    async with invocation.session(account) as pressroom:
        week = await pressroom.posts.slots.add(parsed)
        invocation.console.answer(WeekShape.of(week), _week_lines(week))


@slots.command("remove")
@_slots_argument
@_account_option
@click.option("--all", "is_all", is_flag=True, help="All it has.")
@click.pass_obj
async def remove_slots(
    invocation: Invocation, slots: tuple[str, ...], account: str | None, *, is_all: bool
) -> None:
    """Take slots from an account. Posts that are due then stay."""
    # Without SLOT nothing says that all are meant.
    if is_all == bool(slots):
        raise click.UsageError("Give SLOT... or --all.")
    parsed = None if is_all else _parsed(slots)
    async with invocation.session(account) as pressroom:
        week = await pressroom.posts.slots.remove(parsed)
        invocation.console.answer(WeekShape.of(week), _week_lines(week))


def _parsed(texts: tuple[str, ...]) -> list[Slot]:
    if not texts:
        raise click.UsageError("Give at least one SLOT, such as 'monday 18:00'.")
    return [slot for text in texts for slot in parse_slots(text)]


def _week_lines(week: Week) -> Iterator[str]:
    """Give the times of each day as one line."""
    if not week.slots:
        yield f"Account {week.account} has no slots."
        return
    yield f"Account {week.account} ({week.timezone})"
    for day in dict.fromkeys(slot.day for slot in week.slots):
        times = ", ".join(f"{slot.time:%H:%M}" for slot in week.slots if slot.day == day)
        yield f"  {day.ljust(9)}  {times}"
    yield f"  Next free: {in_words(week.next[0], week.timezone)}"
