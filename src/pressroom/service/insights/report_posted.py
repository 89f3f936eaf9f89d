"""The figures of what was posted, described and not tested, and of what it added up to."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.spelling import NONE
from pressroom.insights.questions.posts import kind_of
from pressroom.insights.read import Total
from pressroom.insights.report import charts
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.page import Figure, Table
from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport

_CAPTION_OF_ROW: Final = 40


def totals_of_posts(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out sums of the posts: at 24 h, or so far where nearly none has numbers of then."""
    totals: Mapping[str, Total] = report.totals_so_far if report.lifetime else report.totals
    if not totals:
        return None
    rows = [
        [words.label(name, language), language.number(total.sum), language.number(total.media)]
        for name, total in totals.items()
    ]
    says = language.gettext("Of the posts as they stood after 24 h; n says of how many.")
    if report.lifetime:
        says = language.gettext("Of the posts as last read, each at its own age; n says of how many.")
    return Figure(
        name="post-totals",
        title=language.gettext("Totals of the posts"),
        says=says,
        table=Table(columns=[language.gettext(head) for head in (_("Number"), _("Total"), "n")], rows=rows),
    )


def hashtags(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out the hashtags that most posts carry."""
    rows = [
        [
            f"#{hashtag.name}",
            language.number(hashtag.posts),
            language.number(hashtag.median),
            language.number(hashtag.n),
        ]
        for hashtag in report.posted.hashtags
    ]
    if not rows:
        return None
    reach = words.label(report.reach, language)
    heads = (
        language.gettext("Hashtag"),
        language.gettext("Posts"),
        f"{reach} ({language.gettext('Median')})",
    )
    return Figure(
        name="hashtags",
        title=language.gettext("Hashtags"),
        says=language.gettext("Described and not tested: whoever uses a hashtag chose the posts for it."),
        table=Table(columns=[*heads, "n"], rows=rows),
    )


def weekdays(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out how many posts went out on each weekday."""
    if not report.posted.posts:
        return None
    rows = [
        [language.weekday(number), language.number(count)]
        for number, count in enumerate(report.posted.weekdays)
    ]
    return Figure(
        name="weekdays",
        title=language.gettext("Posts by weekday"),
        says=language.gettext("In the zone of the account."),
        table=Table(columns=[language.gettext(head) for head in (_("Weekday"), _("Posts"))], rows=rows),
    )


def follower_flow(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out followers won and lost, where Instagram tells each day."""
    flow = report.follower_flow
    if not (flow.won.known or flow.lost.known):
        return None
    rows = [
        [
            language.gettext(name),
            language.number(stretch.total),
            language.number(stretch.missing) if stretch.missing else NONE,
        ]
        for name, stretch in ((_("Followers won"), flow.won), (_("Followers lost"), flow.lost))
    ]
    return Figure(
        name="follower-flow",
        title=language.gettext("Followers won and lost"),
        says=language.gettext(
            "As Instagram counts them, some two days late. A total needs each day of the period."
        ),
        table=Table(
            columns=[language.gettext(head) for head in (_("Number"), _("Total"), _("Days missing"))],
            rows=rows,
        ),
    )


def hours(report: InsightsReport, language: Language) -> Figure | None:
    """Draw the reach of posts by weekday and hours, a description; the table has the same cells."""
    cells = {(cell.weekday, cell.hours): cell for cell in report.described.hours}
    if not any(cell.n for cell in cells.values()):
        return None
    reach = words.label(report.reach, language)
    title = language.gettext("{metric} by weekday and hour", metric=reach)
    drawn = [
        charts.Cell(language.short_weekday(day), block, cell.median, language.number(cell.n))
        for (day, block), cell in cells.items()
        if cell.median is not None
    ]
    texts = {
        place: f"{language.number(cell.median)} (n {language.number(cell.n)})"
        for place, cell in cells.items()
        if cell.median is not None
    }
    rows = [
        [language.weekday(day), *(texts.get((day, block), NONE) for block in BLOCKS)]
        for day in range(len(WEEKDAYS))
    ]
    return Figure(
        name="hours",
        title=title,
        says=language.gettext(
            "Median reach at 24 h of the posts of this period and the 90 days before; n in each cell. "
            "Described and not tested: a cell of few posts is mostly chance. What was tested is in Best time."
        ),
        table=Table(columns=[language.gettext(_("Weekday")), *BLOCKS], rows=rows),
        picture=charts.heat(
            [language.short_weekday(day) for day in range(len(WEEKDAYS))],
            BLOCKS,
            drawn,
            f"{title}. {_darkest(report, language)}",
        ),
    )


def _darkest(report: InsightsReport, language: Language) -> str:
    highest = max(
        (cell for cell in report.described.hours if cell.median is not None),
        key=lambda cell: cell.median or 0,
    )
    return language.gettext(
        "The highest: {day}, {cell}: {value} (n {n}). Described and not tested.",
        day=language.weekday(highest.weekday),
        cell=highest.hours,
        value=language.number(highest.median),
        n=language.number(highest.n),
    )


def top(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out the posts with the highest numbers of the chosen metric."""
    metric, posts = report.described.top.metric, report.described.top.posts
    if not posts:
        return None
    label = words.label(metric, language)
    columns = [language.gettext(head) for head in (_("Published"), _("Kind"), _("Caption"))]
    rows = [
        [
            language.moment(post.media.published_at, ZoneInfo(report.timezone)),
            words.kind(kind_of(post.media), language),
            words.caption(post.media, _CAPTION_OF_ROW, language),
            words.value(metric, post.value, language),
            language.age(post.age_s),
        ]
        for post in posts
    ]
    return Figure(
        name="top-posts",
        title=language.gettext("Top posts by {metric}", metric=label),
        says=language.gettext("The highest numbers of the period, of all kinds together; not tested."),
        table=Table(columns=[*columns, label, language.gettext("At the age of")], rows=rows, texts=3),
    )
