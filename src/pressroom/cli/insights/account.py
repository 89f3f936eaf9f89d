"""`pressroom insights account`: an account's days, and a period against the one before."""

from collections.abc import Sequence

import click

from pressroom.cli.insights.telling import percent, require_one_form, write_csv
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.core.spelling import number
from pressroom.service.shapes.account_insights import AccountMetricShape, AccountPeriodShape, AgainstShape

NEEDS_REPORT = "Telling changes from noise takes an extra: pip install 'pressroom[report]'."
_COLUMNS = (
    "metric",
    "days",
    "total",
    "median day",
    Column("before", 1),
    "change",
    "%",
    Column("outside noise", 2),
)
_JUDGED = {True: "yes", False: "no", None: "-"}


@click.command(cls=Command)
@click.option("--period", default="28d", show_default=True, help="28d, month (the last), or FROM..TO.")
@click.option("--csv", "is_csv", is_flag=True, help="Print a table for a spreadsheet, a day a line.")
@account_option
@click.pass_obj
async def account(invocation: Invocation, *, period: str, is_csv: bool, account_name: str | None) -> None:
    r"""Tell an account's metrics in a period, and against as many days before it. Makes no call.

    Days are Instagram's and end at midnight Pacific time. A metric is compared only where every day of both
    periods is known; an arrow stands only where the usual day differs by more than chance. reach and
    accounts_engaged count people, whose days have no sum: of them the median day is compared.

    \b
    pressroom insights account --period month
    pressroom insights account --period 2026-11-01..2026-11-14 --csv > days.csv
    """
    require_one_form(invocation, is_csv=is_csv)
    async with invocation.session(account_name) as pressroom:
        shape = AccountPeriodShape.of(await pressroom.insights.account(period))
    if is_csv:
        _write(invocation, shape)
    else:
        invocation.console.answer(shape, lambda: _draw(invocation, shape))


def _draw(invocation: Invocation, shape: AccountPeriodShape) -> None:
    invocation.console.table(_COLUMNS, [_row(metric) for metric in shape.metrics])
    _say(invocation, shape)


def _row(one: AccountMetricShape) -> list[str]:
    now, before, against = one.period, one.before, one.against
    earlier = before.median_day if one.counts_people else before.total
    return [
        one.metric,
        f"{now.known} of {now.known + now.missing}",
        "people: no sum" if one.counts_people else number(now.total),
        number(now.median_day),
        number(earlier) if against else "-",
        *_change(against),
    ]


def _change(against: AgainstShape | None) -> list[str]:
    if against is None:
        return ["not compared", "-", "-"]
    arrow = ("▲ " if against.change > 0 else "▼ ") if against.is_outside_noise else ""
    sign = "+" if against.change > 0 else ""
    change = f"{arrow}{sign}{number(against.change)}"
    return [change, percent(against.percent), _JUDGED[against.is_outside_noise]]


def _say(invocation: Invocation, shape: AccountPeriodShape) -> None:
    note = invocation.console.note
    period, before = shape.period, shape.before
    note(f"{period.first} to {period.last} against {before.first} to {before.last}; days of {shape.zone}.")
    if any(one.unsettled for one in shape.metrics):
        unsettled = sorted({day.day for one in shape.metrics for day in one.days if day.is_settled is False})
        note(f"Not settled yet, and may change: {', '.join(unsettled)}.")
    for one in shape.metrics:
        for part in one.parts:
            note(f"{one.metric} by {part.breakdown}, of {part.days} days: {_told(part.numbers)}.")
    missing = [_missing(one) for one in shape.metrics if one.period.missing or one.before.missing]
    if missing:
        note(f"Watched since {shape.watched_since[:10]}. Days missing of the period, and of the one before:")
        note(f"{'; '.join(missing)}.")
    if not shape.is_judged:
        note(NEEDS_REPORT)


def _told(numbers: dict[str, int | float]) -> str:
    return ", ".join(f"{name.lower()} {number(value)}" for name, value in numbers.items())


def _missing(one: AccountMetricShape) -> str:
    since = f", known since {one.known_since}" if one.known_since else ""
    return f"{one.metric} {one.period.missing} and {one.before.missing}{since}"


def _write(invocation: Invocation, shape: AccountPeriodShape) -> None:
    """Write a line for each day. is_settled: of all numbers of that day."""
    columns = ["day", "is_settled", *(one.metric for one in shape.metrics)]
    days = zip(*(one.days for one in shape.metrics), strict=True)
    rows: list[Sequence[object]] = []
    for day in days:
        known = [one.is_settled for one in day if one.is_settled is not None]
        settled = ("yes" if all(known) else "no") if known else None
        rows.append([day[0].day, settled, *(one.number for one in day)])
    write_csv(invocation, columns, rows)
