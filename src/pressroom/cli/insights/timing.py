"""`pressroom insights best-time` and `experiment`: whether it matters when an account posts.

The first looks back on what was posted, and shows an association alone; the second has two slots take
turns, which is what tells an effect.
"""

import click

from pressroom.cli.insights.telling import csv_options, note_zone, write_csv, zone_option
from pressroom.cli.shell.command import Command, Group, Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.core.spelling import CsvStyle
from pressroom.service.insights.timing import (
    ASSOCIATION,
    KINDS,
    ExperimentStatus,
    TooFew,
    certainty,
    could_see,
    experiment_could_see,
    interval,
)
from pressroom.service.shapes.timing import BestTimeShape, ExperimentShape, FamilyShape

# A column for each field of a cell, and the interval's confidence, without which it says nothing.
_CELL_CSV = ("family", "cell", "n", "percent", "low", "high", "confidence", "stands_out", "not_shown")
_EXPERIMENT = "`pressroom insights experiment start 'daily 09:00' 'daily 18:00'`"


@click.command("best-time", cls=Command)
@zone_option
@csv_options("Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def best_time(
    invocation: Invocation, *, tz: str | None, csv: CsvStyle | None, account_name: str | None
) -> None:
    r"""Ask whether a post's hour, weekday or kind matters for its reach at 24 hours. Makes no call.

    Looks at the photos, carousels and reels of a year, in the account's zone; the trend is taken out, and of
    each of the three what the others explain. Says so where nothing can be seen. Takes the extra `report`.

    \b
    pressroom insights best-time --account lofoten
    """
    async with invocation.session(account_name) as pressroom:
        best = await pressroom.insights.in_zone(tz).best_time()
    shape = BestTimeShape.of(best)
    console = invocation.console
    if csv:
        lines = list[list[object]]()
        for name, family in _families(shape):
            for cell in family.cells:
                effect = cell.against_others
                numbers = (
                    [effect.percent, effect.low, effect.high, effect.confidence] if effect else [None] * 4
                )
                lines.append([name, cell.cell, cell.n, *numbers, cell.stands_out, cell.not_shown])
        write_csv(invocation, csv, _CELL_CSV, lines)
        return
    if console.is_json:
        console.json(shape)
        return
    console.data(shape.says)
    for name, family in _families(shape):
        rows = list[list[str]]()
        for cell in family.cells:
            why = cell.not_shown or ""
            # Such a cell is named, not shown: its effect could be that of another cell (docs/decisions/0023).
            if why == "entangled":
                why = "cannot be told from the rest"
            effect = cell.against_others
            against = interval(effect.percent, effect.low, effect.high) if effect else "not shown"
            rows.append([cell.cell, str(cell.n), against, "stands out" if cell.stands_out else why])
        console.data("")
        console.table((name, "posts", "against the others", ""), rows)
    if not isinstance(best.found, TooFew):
        zone = f"Hours and weekdays are those of {shape.timezone}."
        console.data("\n".join(("", zone, certainty(best.found.hours), *could_see(best))))
    # Who posts the good ones in the evening has good evenings: an experiment alone tells an effect.
    console.data(f"{ASSOCIATION}\nBegin one with {_EXPERIMENT}.")
    note_zone(invocation, is_assumed=shape.is_zone_assumed)
    console.note(f"{shape.n} of {shape.posts} posts since {shape.since[:10]} have a reach at 24 h.")
    # A viral post counts as a good one, and not as ten: the fit clips it at two standard deviations.
    if shape.far_off:
        console.note(f"{shape.far_off} lay far off, as one that goes viral does, and counted as nearer.")


def _families(shape: BestTimeShape) -> list[tuple[str, FamilyShape]]:
    families = (("hours", shape.hours), ("weekday", shape.weekdays), ("kind", shape.kinds))
    return [(name, family) for name, family in families if family]


_POST_CSV = ("id", "kind", "published_at", "slot", "reach", "is_awaited")


@click.group(cls=Group)
def experiment() -> None:
    """Let posts take turns between two slots, and compare their reach at 24 hours.

    It is a note about what you do: it makes no call, and plans no post.
    """


@experiment.command(cls=Command)
@click.argument("first")
@click.argument("second")
@click.option("--posts", type=int, default=40, show_default=True, help="Posts of both slots together.")
@click.option("--kind", type=click.Choice(KINDS), help="Only these count; else all three do.")
@zone_option
@account_option
@click.pass_obj
async def start(
    invocation: Invocation,
    *,
    first: str,
    second: str,
    posts: int,
    kind: str | None,
    tz: str | None,
    account_name: str | None,
) -> None:
    r"""Note that from now on posts take turns between FIRST and SECOND, weekly slots in the account's zone.

    A post counts if it goes out within half an hour of one of a slot's times. One experiment runs at a time.

    \b
    pressroom insights experiment start 'daily 09:00' 'daily 18:00' --posts 40 --kind reel
    pressroom insights experiment start 'mon,thu 12:30' 'mon,thu 20:00'
    """
    async with invocation.session(account_name) as pressroom:
        insights = pressroom.insights.in_zone(tz)
        status = await insights.start_experiment(first, second, posts=posts, kind=kind)
    _show_experiment(invocation, status)


@experiment.command(cls=Command)
@csv_options("Print its posts for a spreadsheet, a post a line.")
@account_option
@click.pass_obj
async def status(invocation: Invocation, *, csv: CsvStyle | None, account_name: str | None) -> None:
    """Tell which slot the next post should take, and what the posts so far say."""
    async with invocation.session(account_name) as pressroom:
        running = await pressroom.insights.experiment_status()
    if csv:
        posts = ExperimentShape.of(running).posts
        write_csv(invocation, csv, _POST_CSV, [[getattr(post, name) for name in _POST_CSV] for post in posts])
    else:
        _show_experiment(invocation, running)


@experiment.command(cls=Command)
@account_option
@click.pass_obj
async def stop(invocation: Invocation, *, account_name: str | None) -> None:
    """End the experiment, and keep what it said."""
    async with invocation.session(account_name) as pressroom:
        _show_experiment(invocation, await pressroom.insights.stop_experiment())


def _show_experiment(invocation: Invocation, status: ExperimentStatus) -> None:
    shape, console = ExperimentShape.of(status), invocation.console
    if console.is_json:
        console.json(shape)
        return
    console.data(shape.says)
    console.data("")
    slots = {"first": shape.first, "second": shape.second}
    rows = [[name, s.slot, str(s.posts), str(s.reached), str(s.awaited)] for name, s in slots.items()]
    console.table(("", f"slot ({shape.timezone})", "posts", "with reach at 24 h", "awaited"), rows)
    # What it could have found is always said: a reader has to know whether more posts would help.
    for text in experiment_could_see(status):
        console.data(text)
    if shape.stopped_at:
        console.data(f"It was stopped at {shape.stopped_at[:16].replace('T', ' ')} UTC.")
    elif shape.next_slot is None or shape.next_at is None:
        end = "`pressroom insights experiment stop`"
        console.data(f"All {shape.planned} posts are out. End it with {end}.")
    else:
        slot, at = slots[shape.next_slot].slot, shape.next_at[:16].replace("T", " ")
        left = shape.planned - shape.first.posts - shape.second.posts
        console.data(f"Next: the {shape.next_slot} slot, {slot}, which comes at {at}. {left} posts are left.")
    # A post counts for a slot within half an hour of one of its times.
    if shape.beside:
        console.note(f"{shape.beside} other posts went out meanwhile at neither slot; they do not count.")
