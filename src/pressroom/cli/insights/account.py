"""`pressroom insights account`, `audience`, `growth` and `definitions`: the numbers of an account as a whole.

Each reads what is kept, prints a table with its doubts as notes below, and with `--csv` the same for a
spreadsheet.
"""

from collections.abc import Sequence
from datetime import timedelta

import click
import msgspec

from pressroom.cli.insights.telling import (
    CAPTION,
    ID,
    PUBLISHED,
    csv_options,
    line,
    percent,
    published,
    write_csv,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.installation import install_extra
from pressroom.core.remedies import by_command
from pressroom.core.spelling import NONE, CsvStyle, number
from pressroom.service.insights.questions import FEWEST_FOLLOWERS, NOT_COMPARED
from pressroom.service.shapes.account_insights import (
    AccountMetricShape,
    AccountPeriodShape,
    AudienceShape,
    DefinitionShape,
    GrowthShape,
)

# The change is left out before the two numbers of which it is the difference.
_PERIOD = (
    "metric",
    Column("days", 4),
    Column("median day", 3),
    "compared by",
    "period",
    "before",
    Column("change", 2),
    Column("%", 1),
    "outside noise",
)
# None: nobody says.
_YES_NO = {True: "yes", False: "no", None: "-"}


@click.command(cls=Command)
@click.option("--period", default="28d", show_default=True, help="28d, month (the last), or FROM..TO.")
@csv_options("Print a table for a spreadsheet, a day a line.")
@account_option
@click.pass_obj
async def account(
    invocation: Invocation, *, period: str, csv: CsvStyle | None, account_name: str | None
) -> None:
    r"""Tell an account's metrics in a period, and against as many days before it. Makes no call.

    Days are Instagram's and end at midnight Pacific time. A metric is compared only where every day of both
    periods is known; an arrow stands only where the usual day differs by more than chance. reach and
    accounts_engaged count people, whose days have no sum: of them the median day is compared.

    \b
    pressroom insights account --period month
    pressroom insights account --period 2026-11-01..2026-11-14 --csv > days.csv
    """
    async with invocation.session(account_name) as pressroom:
        shape = AccountPeriodShape.of(await pressroom.insights.account(period))
    if csv:
        rows = list[Sequence[object]]()
        for days in zip(*(metric.days for metric in shape.metrics), strict=True):
            # A line for each day: it is settled when all its numbers are.
            # Of some metrics the day may not be known, and such a number says nothing about the others.
            settled = [day.is_settled for day in days if day.is_settled is not None]
            is_settled = _YES_NO[all(settled)] if settled else None
            rows.append([days[0].day, is_settled, *(day.number for day in days)])
        write_csv(invocation, csv, ["day", "is_settled", *(metric.metric for metric in shape.metrics)], rows)
        return
    if invocation.console.is_json:
        invocation.console.json(shape)
        return
    _draw_account(invocation, shape)


def _draw_account(invocation: Invocation, shape: AccountPeriodShape) -> None:
    note, now, before = invocation.console.note, shape.period, shape.before
    note(f"{now.first} to {now.last} against {before.first} to {before.last}; days of {shape.zone}.")
    with_days = [metric for metric in shape.metrics if metric.period.known or metric.before.known]
    if not with_days:
        note(f"No day of them is known. Watched since {shape.watched_since[:10]}.")
    # Off a terminal each metric has its row, as a program expects.
    if rows := with_days if invocation.console.width else shape.metrics:
        invocation.console.table(_PERIOD, [_period_row(metric) for metric in rows])
    if any(metric.unsettled for metric in shape.metrics):
        # Instagram changes the numbers of a day until 48 hours after its end.
        unsettled = {day.day for metric in shape.metrics for day in metric.days if day.is_settled is False}
        note(f"Not settled yet, and may change: {', '.join(sorted(unsettled))}.")
    for metric in shape.metrics:
        for part in metric.parts:
            numbers = ", ".join(f"{name.lower()} {number(value)}" for name, value in part.numbers.items())
            note(f"{metric.metric} by {part.breakdown}, of {part.days} days: {numbers}.")
    if with_days:
        _note_missing_days(invocation, shape)
    if not shape.is_judged:
        note(_needs_report())
    elif any(metric.against and metric.against.is_outside_noise is None for metric in shape.metrics):
        note(NOT_COMPARED)


def _note_missing_days(invocation: Invocation, shape: AccountPeriodShape) -> None:
    """Say of which metrics days are not known, those alike together."""
    partly, unknown = dict[str, list[str]](), list[str]()
    for metric in shape.metrics:
        now, before = metric.period, metric.before
        if not now.known and not before.known:
            unknown.append(metric.metric)
        elif now.missing or before.missing:
            since = f", known since {metric.known_since}" if metric.known_since else ""
            partly.setdefault(f"{now.missing} and {before.missing}{since}", []).append(metric.metric)
    if partly:
        days = "; ".join(f"{', '.join(names)} {missing}" for missing, names in partly.items())
        invocation.console.note(f"Days missing of the period, and of the one before: {days}.")
    if unknown:
        invocation.console.note(f"No day is known of {', '.join(unknown)}.")
    if partly or unknown:
        invocation.console.note(f"Watched since {shape.watched_since[:10]}.")


def _needs_report() -> str:
    return f"Telling changes from noise takes an extra: {by_command(install_extra('report'))}."


def _period_row(metric: AccountMetricShape) -> list[str]:
    # Who came on Monday and on Tuesday is in both days, so days of people have no sum.
    compares = "median day" if metric.counts_people else "total"
    now, before = (
        stretch.median_day if metric.counts_people else stretch.total
        for stretch in (metric.period, metric.before)
    )
    # A period is compared where every day of both is known; a sum with days missing would show a fall.
    earlier, change, share, verdict = NONE, NONE, NONE, "not compared"
    if against := metric.against:
        earlier, share = _exact(before), percent(against.percent)
        change = f"{'+' if against.change > 0 else ''}{_exact(against.change)}"
        if against.is_outside_noise is not None:
            # An arrow claims a change, so it stands only where chance does not explain it.
            arrow = "▲" if against.change > 0 else "▼"
            verdict = f"{arrow} yes" if against.is_outside_noise else "no"
    days = f"{metric.period.known} of {metric.period.known + metric.period.missing}"
    median = _exact(metric.period.median_day)
    return [metric.metric, days, median, compares, _exact(now), earlier, change, share, verdict]


def _exact(value: float | None) -> str:
    """Write a median of days: rounded, two of them and their difference would not agree."""
    return number(value, decimals=0 if value is None or value == round(value) else 1)


# The higher a column's rank, the sooner it is left out where the terminal is narrow.
_AUDIENCE = (
    "of",
    "by",
    Column("part", shortest=24),
    "people",
    "of those told",
    Column("28 days before", 3),
    "points",
    Column("read", 2),
)
# On a terminal, where the metric's name would take the room of two columns.
_PEOPLE = {
    "follower_demographics": "followers",
    "engaged_audience_demographics": "engaged",
    "online_followers": "online",
}
_AUDIENCE_CSV = (
    *("metric", "breakdown", "part", "number", "share", "earlier"),
    *("share_change", "read_at", "earlier_at", "is_cut"),
)
_SHOWN = 10


@click.command(cls=Command)
@click.option("--all", "is_whole", is_flag=True, help=f"Show every part, not the {_SHOWN} largest.")
@csv_options("Print a table for a spreadsheet, a part a line.")
@account_option
@click.pass_obj
async def audience(
    invocation: Invocation, *, is_whole: bool, csv: CsvStyle | None, account_name: str | None
) -> None:
    r"""Tell who the followers are, and who engaged: age, gender, country, city, as last read. Makes no call.

    Shares are of what Instagram tells: of cities and countries the 45 largest. "points" is the change of a
    share against the reading some 28 days before, in percentage points.

    \b
    pressroom insights audience
    pressroom insights audience --csv > audience.csv
    """
    async with invocation.session(account_name) as pressroom:
        shape = AudienceShape.of(await pressroom.insights.audience())
    if csv:
        lines = [
            [
                *(spread.metric, spread.breakdown, part.name, part.number, part.share, part.earlier),
                *(part.share_change, spread.read_at, spread.earlier_at, _YES_NO[spread.is_cut]),
            ]
            for spread in shape.audiences
            for part in spread.parts
        ]
        write_csv(invocation, csv, _AUDIENCE_CSV, lines)
        return
    if invocation.console.is_json:
        invocation.console.json(shape)
        return
    note, has_followers = invocation.console.note, f"{shape.account} has {shape.followers} followers"
    # Instagram's own limit: it gives no shares of so few people.
    too_few = f"below {FEWEST_FOLLOWERS} Instagram does not tell who they are."
    if not shape.audiences:
        nothing = f"Instagram told nothing of the people of {shape.account} yet; they are read weekly."
        invocation.console.data(f"{has_followers}: {too_few}" if shape.is_too_small else nothing)
        return
    rows = list[list[str]]()
    for spread in shape.audiences:
        # Ages and hours are read in their order, and are few; cut to the largest they would have gaps.
        is_ordered = spread.breakdown in ("age", "hour")
        for part in spread.parts if is_whole or is_ordered else spread.parts[:_SHOWN]:
            # Adding 0 makes a 0 of -0.0.
            moved = "-" if part.share_change is None else f"{round(part.share_change, 1) + 0:+.1f}"
            numbers = [number(part.number), percent(part.share), number(part.earlier), moved]
            people = _PEOPLE.get(spread.metric, spread.metric) if invocation.console.width else spread.metric
            rows.append([people, spread.breakdown, part.name, *numbers, spread.read_at[:10]])
    invocation.console.table(_AUDIENCE, rows)
    if shape.is_too_small:
        note(f"{has_followers} by now: {too_few}")
    if any(spread.is_cut for spread in shape.audiences):
        note("Shares are of the 45 largest parts, which is all that Instagram tells.")
    if any(spread.breakdown == "hour" for spread in shape.audiences):
        note("Whose hours those of online_followers are is not documented: they may be UTC, or Pacific time.")


_GROWTH_DAYS = ("day", "followers", "net change", "new followers")
_GROWTH_POSTS = (
    ID,
    "kind",
    PUBLISHED,
    Column("followers in 48 h after", heading="48 h after"),
    "minus the usual",
    Column("other posts", 2),
    Column("follows", 1),
    CAPTION,
)


@click.command(cls=Command)
@click.option("--since", type=Since(), help="From then on: 90d, 2026-09-01; by default 90d.")
@click.option("--posts", "is_posts", is_flag=True, help="Show posts in place of days.")
@csv_options("Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def growth(
    invocation: Invocation,
    *,
    since: When | None,
    is_posts: bool,
    csv: CsvStyle | None,
    account_name: str | None,
) -> None:
    r"""Tell how followers moved: each day, or with --posts in the 48 h after each post. Makes no call.

    The net change is the difference of two counts. New followers are Instagram's own count of who came,
    without those who left; neither replaces the other. What followed a post is an association: nobody knows
    what the post brought. Instagram's own count of follows from feed posts and stories stands beside it; of
    reels there is none.

    \b
    pressroom insights growth --since 30d
    pressroom insights growth --posts
    """
    begin = since if isinstance(since, timedelta) else moment(since, invocation.runtime.clock.now())
    async with invocation.session(account_name) as pressroom:
        shape = GrowthShape.of(await pressroom.insights.growth(since=begin))
    if csv is None:
        draw = _draw_growth_of_posts if is_posts else _draw_growth_of_days
        invocation.console.answer(shape, lambda: draw(invocation, shape))
        return
    if not is_posts:
        columns = ["day", "followers", "counted_at", "net_change", "new_followers"]
        days = [
            [day.day, day.followers, day.counted_at, day.net_change, day.new_followers] for day in shape.days
        ]
        write_csv(invocation, csv, columns, days)
        return
    columns = ["id", "kind", "published_at", "associated_change_in_48h", "more_than_usual"]
    columns += ["is_outside_noise", "other_posts", "follows", "follows_age_s", "caption"]
    posts = list[list[object]]()
    for post in shape.posts:
        associated: list[object] = [None] * 4
        if after := post.association:
            is_judged = after.is_outside_noise is not None
            judged = _YES_NO[after.is_outside_noise] if is_judged else None
            associated = [after.change_in_48h, after.more_than_usual, judged, after.other_posts]
        head, follows = [post.id, post.kind, post.published_at], [post.follows, post.follows_age_s]
        posts.append([*head, *associated, *follows, post.caption])
    write_csv(invocation, csv, columns, posts)


def _draw_growth_of_days(invocation: Invocation, shape: GrowthShape) -> None:
    note = invocation.console.note
    rows = [
        [day.day, number(day.followers), _signed(day.net_change), number(day.new_followers)]
        for day in shape.days
    ]
    if rows:
        invocation.console.table(_GROWTH_DAYS, rows)
    else:
        note("No count of followers of that time is kept.")
    if total := shape.change:
        days = f"from {total.first} to {total.last}, both included"
        note(f"Net {_signed(total.change)} followers {days}; days of {shape.zone}.")
    if shape.new.number is not None:
        of_days = f"on the {shape.new.days_known} of {shape.new.days} days that Instagram gave"
        note(f"{number(shape.new.number)} new followers {of_days}, without those who left.")
    if without := sum(day.followers is None for day in shape.days):
        note(f"Nobody counted after {without} of these {len(shape.days)} days.")
    note(f"Watched since {shape.watched_since[:10]}.")


def _draw_growth_of_posts(invocation: Invocation, shape: GrowthShape) -> None:
    note, rows = invocation.console.note, list[list[str]]()
    for post in shape.posts:
        after, beyond = post.association, "-"
        if after and after.more_than_usual is not None:
            # What followed a post is held against 48 hours without one.
            noise = " (unusual)" if after.is_outside_noise else " (within the noise)"
            beyond = f"{_signed(after.more_than_usual)}{noise}"
        change = _signed(after.change_in_48h if after else None)
        others = str(after.other_posts) if after else "-"
        head = [post.id, post.kind, published(invocation, post.published_at)]
        rows.append([*head, change, beyond, others, number(post.follows), line(post.caption)])
    if not rows:
        note("No post of that time is kept.")
        return
    # An account that posts every day has no day without a post, and so nothing that is usual.
    note(shape.says or _needs_report())
    invocation.console.table(_GROWTH_POSTS, rows)
    note("An association: what else happened in those 48 h counts as well. Stories do not count as posts.")


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+,.0f}"


_DEFINITION = (
    "metric",
    "of",
    Column("counts", shortest=36),
    Column("adds up", 1),
    Column("estimated", 3),
    Column("ads", 4),
    Column("media", 2),
    Column("since", 5),
    Column("note", 6, shortest=24),
)


@click.command(cls=Command)
@click.argument("metrics", nargs=-1, metavar="[METRIC...]")
@csv_options("Print a table for a spreadsheet, a metric a line.")
@click.pass_obj
async def definitions(invocation: Invocation, *, metrics: tuple[str, ...], csv: CsvStyle | None) -> None:
    r"""Tell what metrics count, and what may be done with them: all, or those named. Makes no call.

    "adds up" says whether numbers of several posts, or of an account's days, have a sum that means
    something. A dash is something that nobody says.

    \b
    pressroom insights definitions reach views
    pressroom insights definitions --csv > metrics.csv
    """
    async with invocation.session() as pressroom:
        definitions = await pressroom.insights.definitions(*metrics)
    shapes = [DefinitionShape.of(definition) for definition in definitions]
    if csv:
        lines = [
            [_YES_NO[value] if isinstance(value, bool) else value for value in msgspec.structs.astuple(shape)]
            for shape in shapes
        ]
        write_csv(invocation, csv, DefinitionShape.__struct_fields__, lines)
        return
    rows = list[list[str]]()
    for shape in shapes:
        marks = [_YES_NO[mark] for mark in (shape.adds_up, shape.is_estimated, shape.counts_ads)]
        kinds = " ".join(kind.lower() for kind in shape.kinds) or "-"
        ends = [kinds, shape.since or "-", shape.note or "-"]
        rows.append([shape.name, shape.level, shape.counts, *marks, *ends])
    invocation.console.answer(shapes, lambda: invocation.console.table(_DEFINITION, rows))
