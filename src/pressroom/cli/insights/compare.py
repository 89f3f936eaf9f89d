"""`pressroom insights compare`: posts, or groups of them, at an equal age."""

import click

from pressroom.cli.insights.telling import FEW, Age, line, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.readings import Number
from pressroom.core.spelling import age, number
from pressroom.service.insights.kept import KINDS, By
from pressroom.service.shapes.kept import ComparedShape, ComparisonShape, GroupShape

_DAY_S = 24 * 3600


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--by", type=click.Choice([one.value for one in By]), help="Groups of posts in place of posts.")
@click.option("--metric", default="reach", show_default=True, help="A metric, or engagement_rate.")
@click.option("--age", "age_s", type=Age(), default=_DAY_S, help="The age of all numbers; by default 24h.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="With --by: only these.")
@click.option("--since", type=Since(), help="With --by: published from then on; by default 90d.")
@click.option("--until", type=Since(), help="With --by: published before then.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def compare(
    invocation: Invocation,
    *,
    ids: tuple[str, ...],
    by: str | None,
    metric: str,
    age_s: int,
    kinds: tuple[str, ...],
    since: When | None,
    until: When | None,
    is_csv: bool,
    account_name: str | None,
) -> None:
    r"""Compare posts at an equal age: each with its place among its own kind of the last 90 days.

    With --by groups are compared: how many, median, and the quartiles between which half of them lie. A
    group of fewer than 5 is marked with a dot: it says little. Makes no call.

    \b
    pressroom insights compare 17901234567890123 17907654321098765
    pressroom insights compare --by kind --metric engagement_rate --age 7d
    pressroom insights compare --by weekday --kind reel --since 180d
    """
    require_one_form(invocation, is_csv=is_csv)
    if bool(ids) == (by is not None):
        raise click.UsageError("Name posts by their ids, or give --by.")
    if ids and (kinds or since is not None or until is not None):
        raise click.UsageError("--kind, --since and --until go with --by.")
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        if by is None:
            found = await pressroom.insights.compare(ids, metric=metric, age_s=age_s)
        else:
            found = await pressroom.insights.compare_groups(
                By(by),
                metric=metric,
                age_s=age_s,
                kinds=kinds,
                since=moment(since, now),
                until=moment(until, now),
            )
    _show(invocation, ComparisonShape.of(found), is_csv=is_csv)


def _show(invocation: Invocation, shape: ComparisonShape, *, is_csv: bool) -> None:
    if is_csv:
        _write(invocation, shape)
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, shape))


def _draw(invocation: Invocation, shape: ComparisonShape) -> None:
    if shape.groups:
        columns = ("group", "n", "without", f"median {shape.metric}", "half of them between")
        invocation.console.table(columns, [_group(group) for group in shape.groups])
    else:
        value = f"{shape.metric} at {age(shape.age_s)}"
        columns = ("id", Column("kind", 2), value, "place", Column("caption", rank=3, shortest=12))
        invocation.console.table(columns, [_post(post) for post in shape.posts])


def _group(one: GroupShape) -> list[str]:
    few = f" {FEW}" if one.is_few else ""
    between = f"{_shown(one.quartiles[0])} - {_shown(one.quartiles[1])}" if one.quartiles else "-"
    return [one.name, f"{one.n}{few}", str(one.without), _shown(one.median), between]


def _post(one: ComparedShape) -> list[str]:
    place = one.among_its_kind
    few = f" {FEW}" if place and place.is_few else ""
    told = f"{place.place} of {place.of} {one.kind}s{few}" if place else "-"
    return [one.id, one.kind, _shown(one.value), told, line(one.caption)]


def _shown(value: Number | None) -> str:
    return number(value, decimals=0 if value is None or value == round(value) else 2)


def _write(invocation: Invocation, shape: ComparisonShape) -> None:
    if shape.groups:
        columns = ["group", "n", "without", "median", "first_quartile", "third_quartile"]
        rows = [
            [one.name, one.n, one.without, one.median, *(one.quartiles or (None, None))]
            for one in shape.groups
        ]
        write_csv(invocation, columns, rows)
        return
    columns = ["id", "kind", "published_at", shape.metric, "place", "of", "caption"]
    posts = [
        [
            *(one.id, one.kind, one.published_at, one.value),
            *((place.place, place.of) if (place := one.among_its_kind) else (None, None)),
            one.caption,
        ]
        for one in shape.posts
    ]
    write_csv(invocation, columns, posts)
