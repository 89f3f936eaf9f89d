"""The figures of what was posted, described and not tested, and of what it added up to."""

from collections.abc import Mapping

from pressroom.core.spelling import NONE
from pressroom.insights.read import Total
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport


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
