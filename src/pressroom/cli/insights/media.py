"""`pressroom insights media`: what is kept of posts."""

from collections.abc import Sequence

import click

from pressroom.cli.insights.telling import Age, line, percent, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.spelling import age, number
from pressroom.service.insights.kept import KINDS, KeptPosts
from pressroom.service.shapes.kept import KeptPostShape, KeptPostsShape

_NUMBERS = ("views", "reach", "likes", "comments", "saved", "shares")
KEPT_COLUMNS = (
    "id",
    Column("kind", rank=5),
    Column("published (UTC)", rank=4),
    Column("age", rank=3),
    *(Column(name, rank) for rank, name in enumerate(_NUMBERS)),
    Column("engagement", 1),
    Column("caption", rank=6, shortest=12),
)


@click.command(cls=Command)
@click.option("--age", "age_s", type=Age(), help="The age of all numbers: 24h, 7d. Else the last reading's.")
@click.option("--sort", metavar="METRIC", help="The highest first: reach, views, engagement_rate ...")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; repeatable.")
@click.option("--since", type=Since(), help="Published from then on: 30d, 2026-11-01, today.")
@click.option("--until", type=Since(), help="Published before then.")
@click.option("--text", help="Only those whose caption has this in it.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a media a line.")
@account_option
@click.pass_obj
async def media(
    invocation: Invocation,
    *,
    age_s: int | None,
    sort: str | None,
    kinds: tuple[str, ...],
    since: When | None,
    until: When | None,
    text: str | None,
    limit: int | None,
    is_csv: bool,
    account_name: str | None,
) -> None:
    r"""List what is kept of media with their numbers, newest first. Makes no call.

    With --age all numbers are of that age, from readings within a quarter of it, so that old and new posts
    compare. A dash is a number that Instagram did not give, or an age without a reading.

    \b
    pressroom insights media --age 24h --sort reach --kind reel
    pressroom insights media --since 90d --text "#harbour" --csv > harbour.csv
    """
    require_one_form(invocation, is_csv=is_csv)
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        found = await pressroom.insights.media(
            age_s=age_s,
            kinds=kinds,
            since=moment(since, now),
            until=moment(until, now),
            text=text,
            sort=sort,
            limit=limit,
        )
    shape = KeptPostsShape.of(found)
    if is_csv:
        _write_csv(invocation, shape)
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, found, shape))


def _draw(invocation: Invocation, kept: KeptPosts, shape: KeptPostsShape) -> None:
    invocation.console.table(KEPT_COLUMNS, [kept_row(post) for post in shape.media])
    _say_missing(invocation, kept)


def kept_row(one: KeptPostShape) -> list[str]:
    """Return the cells of a kept media."""
    at = one.published_at[:16].replace("T", " ")
    numbers = [number(one.metrics.get(name)) for name in _NUMBERS]
    gone = "(gone) " if one.vanished_at else ""
    rate = percent(one.engagement_rate)
    return [one.id, one.kind, at, age(one.age_s), *numbers, rate, f"{gone}{line(one.caption)}"]


def _write_csv(invocation: Invocation, shape: KeptPostsShape) -> None:
    names = sorted({name for one in shape.media for name in one.metrics})
    columns = [
        "id",
        "kind",
        "published_at",
        "age_s",
        *names,
        "engagement_rate",
        "rate_by",
        "caption",
        "permalink",
    ]
    rows: list[Sequence[object]] = [
        [
            *(one.id, one.kind, one.published_at, one.age_s),
            *(one.metrics.get(name) for name in names),
            *(one.engagement_rate, one.rate_by, one.caption, one.permalink),
        ]
        for one in shape.media
    ]
    write_csv(invocation, columns, rows)


def _say_missing(invocation: Invocation, found: KeptPosts) -> None:
    without = sum(one.aged is None for one in found.posts)
    if found.age_s is not None and without:
        invocation.console.note(
            f"{without} of {len(found.posts)} have no reading within a quarter of {age(found.age_s)}."
        )
