"""`pressroom insights growth`: how followers moved."""

import click

from pressroom.cli.insights.account import NEEDS_REPORT
from pressroom.cli.insights.telling import line, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.spelling import number
from pressroom.service.shapes.account_insights import (
    AssociatedShape,
    FollowerDayShape,
    GrowthShape,
    PostGrowthShape,
)

_DAYS = ("day", "followers", "gain", Column("gain by", 1))
_POSTS = (
    "id",
    Column("kind", 2),
    Column("published (UTC)", 3),
    "followers in 48 h after",
    "minus the usual",
    Column("other posts", 4),
    Column("follows", 1),
    Column("caption", 5, shortest=12),
)


@click.command(cls=Command)
@click.option("--since", type=Since(), help="From then on: 90d, 2026-09-01; by default 90d.")
@click.option("--posts", "is_posts", is_flag=True, help="Show posts in place of days.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def growth(
    invocation: Invocation, *, since: When | None, is_posts: bool, is_csv: bool, account_name: str | None
) -> None:
    r"""Tell how followers moved: each day, or with --posts in the 48 h after each post. Makes no call.

    A day's gain is Instagram's own where it is known, else the difference of two counts. What followed a post
    is an association: nobody knows what the post brought. Instagram's own count of follows from feed posts
    and stories stands beside it; of reels there is none.

    \b
    pressroom insights growth --since 30d
    pressroom insights growth --posts
    """
    require_one_form(invocation, is_csv=is_csv)
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        shape = GrowthShape.of(await pressroom.insights.growth(since=moment(since, now)))
    if is_csv:
        _write(invocation, shape, is_posts=is_posts)
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, shape, is_posts=is_posts))


def _draw(invocation: Invocation, shape: GrowthShape, *, is_posts: bool) -> None:
    if is_posts:
        invocation.console.table(_POSTS, [_post(post) for post in shape.posts])
        _say_usual(invocation, shape)
    else:
        invocation.console.table(_DAYS, [_day(day) for day in shape.days])
        _say_days(invocation, shape)


def _day(one: FollowerDayShape) -> list[str]:
    return [one.day, number(one.followers), _signed(one.gain), one.gain_by or "-"]


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+,.0f}"


def _post(one: PostGrowthShape) -> list[str]:
    after = one.association
    return [
        *(one.id, one.kind, one.published_at[:16].replace("T", " ")),
        _signed(after.change_in_48h if after else None),
        _beyond(after),
        str(after.other_posts) if after else "-",
        number(one.follows),
        line(one.caption),
    ]


def _beyond(after: AssociatedShape | None) -> str:
    if after is None or after.more_than_usual is None:
        return "-"
    return f"{_signed(after.more_than_usual)}{'' if after.is_outside_noise else ' (within the noise)'}"


def _say_days(invocation: Invocation, shape: GrowthShape) -> None:
    note = invocation.console.note
    counted = [(one.day, one.followers) for one in shape.days if one.followers is not None]
    if len(counted) > 1:
        (first, before), (last, now) = counted[0], counted[-1]
        note(f"{_signed(now - before)} followers from {first} to {last}; days of {shape.zone}.")
    without = sum(one.gain is None for one in shape.days)
    if without:
        note(f"Of {without} of {len(shape.days)} days no gain is known.")
    note(f"Watched since {shape.watched_since[:10]}.")


def _say_usual(invocation: Invocation, shape: GrowthShape) -> None:
    note = invocation.console.note
    if not shape.is_judged:
        note(NEEDS_REPORT)
    elif shape.usual_48h is None:
        note("There are too few 48 h without a post to say what is usual.")
    else:
        usual = shape.usual_48h
        note(f"Usual in 48 h without a post: {_signed(usual.change)}, the median of {usual.n} of them.")
    note("An association: what else happened in those 48 h counts as well. Stories do not count as posts.")


def _write(invocation: Invocation, shape: GrowthShape, *, is_posts: bool) -> None:
    if not is_posts:
        columns = ["day", "followers", "counted_at", "gain", "gain_by"]
        days = [[one.day, one.followers, one.counted_at, one.gain, one.gain_by] for one in shape.days]
        write_csv(invocation, columns, days)
        return
    columns = ["id", "kind", "published_at", "associated_change_in_48h", "more_than_usual"]
    columns += ["is_outside_noise", "other_posts", "follows", "follows_age_s", "caption"]
    write_csv(invocation, columns, [_line(one) for one in shape.posts])


def _line(one: PostGrowthShape) -> list[object]:
    after = one.association
    judged = after.is_outside_noise if after else None
    associated = [after.change_in_48h, after.more_than_usual] if after else [None, None]
    return [
        *(one.id, one.kind, one.published_at, *associated),
        None if judged is None else {True: "yes", False: "no"}[judged],
        after.other_posts if after else None,
        *(one.follows, one.follows_age_s, one.caption),
    ]
