"""The pictures about the time of a post: hours and weekdays against all others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pressroom.core.spelling import NONE
from pressroom.insights.report import charts
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights.timing import BestTimes, TooFew
from pressroom.service.insights.timing_words import interval

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import CellEffect, Family, NotShown


def hours_and_weekdays(times: BestTimes) -> list[Figure]:
    """Draw the effect of each block of hours and of each weekday; nothing with too few posts."""
    if isinstance(times.found, TooFew):
        return []
    return [
        _figure(f"Hours ({times.timezone})", times.found.hours),
        _figure("Weekdays", times.found.weekdays),
    ]


def _figure(title: str, family: "Family") -> Figure:
    cells = sorted((*family.effects, *family.not_shown), key=lambda one: _place(one.cell))
    drawn = [
        charts.Interval(one.cell, found.value, found.low, found.high, one.stands_out)
        for one in family.effects
        if (found := one.against_others)
    ]
    text = f"Reach at 24 h by {title.lower()} against all other posts. Standing out: {family.best or 'none'}."
    return Figure(
        title=title,
        says="Reach at 24 h against the account's other posts; only what stands out is found.",
        table=Table(
            columns=("Posted", "Posts", "Against the others", "Found"), rows=[_row(one) for one in cells]
        ),
        picture=charts.intervals(sorted(drawn, key=lambda one: _place(one.label)), text) if drawn else None,
    )


def _place(cell: str) -> int:
    from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS  # noqa: PLC0415  # an extra

    return (*BLOCKS, *WEEKDAYS).index(cell)


def _row(one: "CellEffect | NotShown") -> Sequence[str]:
    from pressroom.insights.statistics.best_time import NotShown  # noqa: PLC0415  # an extra

    if isinstance(one, NotShown):
        return [one.cell, f"{one.n}", NONE, f"not shown: {one.why}"]
    found = one.against_others
    told = interval(found.value, found.low, found.high)
    return [one.cell, f"{one.n}", told, "stands out" if one.stands_out else ""]
