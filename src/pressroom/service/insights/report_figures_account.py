"""The pictures about the account: its days, its followers, its audience."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from pressroom.core.spelling import NONE, number
from pressroom.graph.metrics import DEMOGRAPHICS, ONLINE_FOLLOWERS
from pressroom.insights.questions.people import Audience, FollowerDay, Part
from pressroom.insights.report import charts
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport

_SHOWN: Final = 8
_WHO: Final = {DEMOGRAPHICS[0]: "followers", DEMOGRAPHICS[1]: "engaged this month"}


def days(report: InsightsReport) -> Figure | None:
    """Draw the people reached each day over the period before; the table has each day's other numbers."""
    known = [one for one in report.days.metrics if one.now.known]
    reach = next((one for one in known if one.metric == report.day_reach), None)
    if reach is None:
        return None
    rows = [
        [words.day(cells[0].day), *(number(cell.number) for cell in cells)]
        for cells in zip(*(one.days for one in known), strict=True)
    ]
    now = [charts.Day(one.day, one.number) for one in reach.days]
    before = [charts.Day(day, report.reach_before.get(day)) for day in report.period.before.days]
    return Figure(
        title="People reached each day",
        says="People are counted once a day, so that days have no sum. A gap is a day that nobody knows.",
        table=Table(columns=("Day", *(words.label(one.metric) for one in known)), rows=rows),
        picture=charts.days(now, before, f"People reached on {reach.now.known} days."),
    )


def followers(report: InsightsReport) -> Figure | None:
    """Draw how many followers came each day."""
    found = [one for one in report.growth.days if report.period.first <= one.day <= report.period.last]
    if not any(one.gain is not None for one in found):
        return None
    known = {one.day: one.gain for one in found}
    drawn = [charts.Day(day, known.get(day)) for day in report.period.days]
    return Figure(
        title="Followers gained each day",
        says="Instagram's own count where it is known, else the difference of two counts.",
        table=Table(columns=("Day", "Followers", "Gained"), rows=[_follower_day(one) for one in found]),
        picture=charts.days(drawn, (), "Followers gained each day."),
    )


def _follower_day(one: FollowerDay) -> Sequence[str]:
    gained = NONE if one.gain is None else words.signed(one.gain)
    return [words.day(one.day), number(one.followers), gained]


def audience(report: InsightsReport) -> list[Figure]:
    """Draw who followers are, and who engaged: a picture for each breakdown."""
    found = [one for one in report.audience.audiences if one.metric != ONLINE_FOLLOWERS]
    ordered = sorted(found, key=lambda one: (one.breakdown, list(_WHO).index(one.metric)))
    return [_spread(name, list(group)) for name, group in groupby(ordered, key=lambda one: one.breakdown)]


def _spread(breakdown: str, found: Sequence[Audience]) -> Figure:
    rows = [(_WHO[one.metric], part) for one in found for part in one.parts]
    largest = dict.fromkeys(part.name for part in found[0].parts[:_SHOWN])
    drawn = [
        charts.Bar(part.name, who, part.share)
        for who, part in rows
        if part.name in largest and part.share is not None
    ]
    return Figure(
        title=f"By {breakdown}",
        says=_says(found),
        table=Table(
            columns=("Part", "Of", "People", "Share", "In 28 days"),
            rows=[_part(*one) for one in rows],
            texts=2,
        ),
        picture=charts.bars(
            drawn, f"Shares by {breakdown} of {', '.join(_WHO[one.metric] for one in found)}."
        ),
    )


def _says(found: Sequence[Audience]) -> str:
    cut = " Instagram tells the largest 45 parts alone." if any(one.is_cut for one in found) else ""
    read = ", ".join(f"{_WHO[one.metric]} read on {words.day(one.read_at)}" for one in found)
    return f"Shares of what is told; {read}.{cut}"


def _part(who: str, part: Part) -> Sequence[str]:
    share = NONE if part.share is None else f"{part.share:.1f} %"
    moved = NONE if part.share_change is None else f"{words.signed(part.share_change, decimals=1)} points"
    return [part.name, who, number(part.number), share, moved]
