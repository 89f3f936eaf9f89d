"""What a report says of followers: their net change, and the new ones, which are never mixed.

The net change is the difference of two counts. New followers are Instagram's `follower_count`: those who left
are not subtracted. Where only one of the two is known, only that one is said.
"""

from collections.abc import Iterator
from datetime import timedelta

from pressroom.insights.report import charts
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.page import Figure, Table, Tile
from pressroom.service.insights.report_facts import InsightsReport


def tile(report: InsightsReport, language: Language) -> Tile | None:
    """Return the net change of followers as one of the first numbers, else how many there are."""
    net, at_end, last = report.followers.net_change, report.followers.at_end, report.audience.followers
    if net is not None:
        says = language.gettext("{number} in all", number=language.number(at_end))
        return Tile(
            label=language.gettext("Followers, net"), value=language.number(net, is_signed=True), says=says
        )
    if last is None:
        return None
    return Tile(
        label=language.gettext("Followers"),
        value=language.number(last),
        says=language.gettext("as last counted"),
    )


def sentences(report: InsightsReport, language: Language) -> Iterator[str]:
    """Say the net change, who came and who left; of each only where it is known."""
    net, new = report.followers.net_change, report.followers.new
    won, lost = (stretch.total for stretch in report.follower_flow)
    if net is not None:
        yield _net_change(net, language)
    if new.number is not None:
        yield _new(int(new.number), new.days_known, new.days, language)
    elif won is not None:
        yield language.ngettext(
            "{count} person began to follow.", "{count} people began to follow.", int(won)
        )
    if lost is not None:
        yield language.ngettext(
            "{count} person stopped following.", "{count} people stopped following.", int(lost)
        )
    if net is None and new.number is None and won is None and lost is None:
        yield language.gettext("How the number of followers changed is not known: nobody counted them.")


def _net_change(net: int, language: Language) -> str:
    if net > 0:
        return language.ngettext(
            "The account gained {count} follower net.", "The account gained {count} followers net.", net
        )
    if net < 0:
        return language.ngettext(
            "The account lost {count} follower net.", "The account lost {count} followers net.", -net
        )
    return language.gettext("The account has as many followers as before.")


def _new(number: int, days_known: int, days: int, language: Language) -> str:
    if days_known == days:
        return language.ngettext("{count} new follower came.", "{count} new followers came.", number)
    # A sum of some of the days would pass for that of all.
    return language.ngettext(
        "{count} new follower came on the {known} of {days} days that are known.",
        "{count} new followers came on the {known} of {days} days that are known.",
        number,
        known=language.number(days_known),
        days=language.number(days),
    )


def notes(report: InsightsReport, language: Language) -> Iterator[str]:
    """Say which two counts the net change is of, and of how many days nothing is known."""
    followers, length = report.followers, language.number(report.period.length)
    if followers.net_change is None:
        yield language.gettext(
            "The net change of followers takes a count right before the period and one right after it."
        )
    elif followers.at_end is not None:
        yield language.gettext(
            "Followers: {before} before the first day, {after} after the last one.",
            before=language.number(followers.at_end - followers.net_change),
            after=language.number(followers.at_end),
        )
    if missing := followers.new.days - followers.new.days_known:
        yield language.gettext(
            "New followers: not known of {days} of {length} days.",
            days=language.number(missing),
            length=length,
        )


def each_day(report: InsightsReport, language: Language) -> Figure | None:
    """Draw how many new followers came each day, or the net change where only that is known."""
    period = report.period
    of_period = {day.day: day for day in report.growth.days if period.first <= day.day <= period.last}
    new = {date: day.new_followers for date, day in of_period.items() if day.new_followers is not None}
    net = {date: day.net_change for date, day in of_period.items() if day.net_change is not None}
    if not (new or net):
        return None
    title = language.gettext(_("New followers each day") if new else _("Net change of followers each day"))
    # Days without a number stay in the picture as gaps: no number is no 0.
    drawn = [charts.Day(date, new.get(date) if new else net.get(date)) for date in period.days]
    heads = (_("Day"), _("Followers"), _("Net change"), _("New followers"))
    return Figure(
        name="followers",
        title=title,
        says=language.gettext(
            "New followers are Instagram's own count, without those who left. The net change is the "
            "difference of two counts of all followers."
        ),
        table=Table(
            columns=[language.gettext(head) for head in heads],
            rows=[
                [
                    language.day(day.day),
                    language.number(day.followers),
                    language.number(day.net_change, is_signed=True),
                    language.number(day.new_followers),
                ]
                for day in of_period.values()
            ],
        ),
        picture=charts.days(drawn, (), title, names=(title, ""), spelling=language),
        front=4,
    )


def of_year(report: InsightsReport, language: Language) -> Figure | None:
    """Draw all followers over the year up to the period's end; the table has the last count of each month."""
    counted = dict(report.described.followers_of_year)
    if len(counted) < 2:  # noqa: PLR2004  # a curve takes two points
        return None
    first, last = min(counted), max(counted)
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    months = {(day.year, day.month): day for day in sorted(counted)}
    rows, before = list[list[str]](), None
    for day in months.values():
        change = None if before is None else counted[day] - before
        rows.append(
            [language.day(day), language.number(counted[day]), language.number(change, is_signed=True)]
        )
        before = counted[day]
    title = language.gettext("Followers over the year")
    says = language.gettext(
        "From {before} ({first}) to {after} ({last}). A gap is a day that nobody counted.",
        before=language.number(counted[first]),
        first=language.day(first),
        after=language.number(counted[last]),
        last=language.day(last),
    )
    heads = (_("Last count of the month"), _("Followers"), _("Net change"))
    return Figure(
        name="followers-year",
        title=title,
        says=says,
        table=Table(columns=[language.gettext(head) for head in heads], rows=rows),
        picture=charts.days(
            [charts.Day(date, counted.get(date)) for date in dates],
            (),
            f"{title}. {says}",
            names=(title, ""),
            spelling=language,
            is_from_zero=False,
        ),
    )
