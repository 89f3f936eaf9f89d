"""`pressroom insights stories`: how many saw each story, and how they left it."""

from collections.abc import Sequence

import click

from pressroom.cli.insights.telling import line, percent, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.spelling import age, number
from pressroom.service.shapes.kept import StoriesShape, StoryShape, TapsShape

_NUMBERS = ("views", "reach", "replies", "shares")
_TAPS = ("exits", "taps_forward", "taps_back", "swipes")
_COLUMNS = (
    "id",
    Column("published (UTC)", rank=5),
    "age",
    *(Column(name, rank) for rank, name in enumerate(_NUMBERS)),
    *(Column(name.replace("_", " "), rank) for rank, name in enumerate(_TAPS)),
    "completion",
    Column("caption", rank=6, shortest=12),
)


@click.command(cls=Command)
@click.option("--since", type=Since(), help="Published from then on: 7d, 2026-11-01, today.")
@click.option("--until", type=Since(), help="Published before then.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a story a line.")
@account_option
@click.pass_obj
async def stories(
    invocation: Invocation,
    *,
    since: When | None,
    until: When | None,
    is_csv: bool,
    account_name: str | None,
) -> None:
    r"""List kept stories with their last reading, newest first. Makes no call.

    Exits, taps and swipes are counts, and in brackets their share of the story's views; completion is 100 %
    less the exits. They are read at 20 and 23 hours: a dash is what was not read. Stories with a reading
    that was missed follow, each with why.

    \b
    pressroom insights stories --since 7d
    pressroom insights stories --csv > stories.csv
    """
    require_one_form(invocation, is_csv=is_csv)
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        found = await pressroom.insights.stories(since=moment(since, now), until=moment(until, now))
    shape = StoriesShape.of(found)
    if is_csv:
        _write_csv(invocation, shape)
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, shape))


def _draw(invocation: Invocation, shape: StoriesShape) -> None:
    console = invocation.console
    console.table(_COLUMNS, [_row(one) for one in shape.stories])
    missed = [[one.id, age(it.age_s), line(it.text)] for one in shape.stories for it in one.missed]
    if missed:
        console.data("")
        console.table(("id", "missed at", "why"), missed)
    console.note(
        f"{shape.read_near_end} of {len(shape.stories)} stories were read near their end (20 h or later), "
        f"{shape.unread} were never read."
    )
    console.note("Instagram may give a count under 5 as 0, and replies from the EU and Japan as 0.")


def _row(one: StoryShape) -> list[str]:
    at = one.published_at[:16].replace("T", " ")
    numbers = [number(getattr(one, name)) for name in _NUMBERS]
    taps = [_taps(getattr(one, name)) for name in _TAPS]
    return [one.id, at, age(one.age_s), *numbers, *taps, percent(one.completion_percent), line(one.caption)]


def _taps(taps: TapsShape | None) -> str:
    if taps is None:
        return "-"
    return number(taps.count) if taps.percent is None else f"{number(taps.count)} ({percent(taps.percent)})"


def _write_csv(invocation: Invocation, shape: StoriesShape) -> None:
    taps = [f"{name}{end}" for name in _TAPS for end in ("", "_percent")]
    columns = ["id", "published_at", "age_s", "version", *_NUMBERS, "taps_age_s", *taps]
    columns += ["completion_percent", "missed", "caption", "permalink"]
    write_csv(invocation, columns, [_cells(one) for one in shape.stories])


def _cells(one: StoryShape) -> Sequence[object]:
    taps = [getattr(one, name) for name in _TAPS]
    missed = "; ".join(f"{age(it.age_s)}: {it.why}" for it in one.missed)
    return [
        *(one.id, one.published_at, one.age_s, one.version),
        *(getattr(one, name) for name in _NUMBERS),
        one.taps_age_s,
        *(cell for it in taps for cell in ((it.count, it.percent) if it else (None, None))),
        *(one.completion_percent, missed, one.caption, one.permalink),
    ]
