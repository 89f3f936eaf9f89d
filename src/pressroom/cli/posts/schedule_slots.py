"""`pressroom schedule slots`: the weekly times at which an account posts."""

from collections.abc import Iterator

import click

from pressroom.cli.posts.listing import in_words
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.when import Slot, parse_slots
from pressroom.service.posts.planning import Week
from pressroom.service.shapes.posts import WeekShape

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
        (line for week in weeks for line in _in_words(week)),
        none="No slots. Add some: `pressroom schedule slots add 'weekdays 18:00'`.",
    )


@slots.command()
@_slots_argument
@_account_option
@click.pass_obj
async def add(invocation: Invocation, slots: tuple[str, ...], account: str | None) -> None:
    """Give an account more slots."""
    wanted = _parsed(slots)
    async with invocation.session(account) as pressroom:
        week = await pressroom.posts.slots.add(wanted)
        invocation.console.answer(WeekShape.of(week), _in_words(week))


@slots.command()
@_slots_argument
@_account_option
@click.option("--all", "is_all", is_flag=True, help="All it has.")
@click.pass_obj
async def remove(
    invocation: Invocation, slots: tuple[str, ...], account: str | None, *, is_all: bool
) -> None:
    """Take slots from an account. Posts that are due then stay."""
    if is_all == bool(slots):
        raise click.UsageError("Give SLOT... or --all.")
    wanted = None if is_all else _parsed(slots)
    async with invocation.session(account) as pressroom:
        week = await pressroom.posts.slots.remove(wanted)
        invocation.console.answer(WeekShape.of(week), _in_words(week))


def _parsed(texts: tuple[str, ...]) -> list[Slot]:
    if not texts:
        raise click.UsageError("Give at least one SLOT, such as 'monday 18:00'.")
    return [slot for text in texts for slot in parse_slots(text)]


def _in_words(week: Week) -> Iterator[str]:
    """Give the times of each day as one line."""
    if not week.slots:
        yield f"Account {week.account} has no slots."
        return
    yield f"Account {week.account} ({week.timezone})"
    for day in dict.fromkeys(slot.day for slot in week.slots):
        times = ", ".join(f"{slot.time:%H:%M}" for slot in week.slots if slot.day == day)
        yield f"  {day.ljust(9)}  {times}"
    yield f"  Next free: {in_words(week.next[0], week.timezone)}"
