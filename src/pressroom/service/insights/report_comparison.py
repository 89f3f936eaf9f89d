"""The first page of a report of several accounts: they stand beside each other at an equal age."""

from typing import Final

from pressroom.core.spelling import NONE
from pressroom.insights.questions.posts import RATE, spread_of
from pressroom.insights.report import charts
from pressroom.insights.report.language import Language
from pressroom.insights.report.movements import Movement
from pressroom.insights.report.page import Figure, Section, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_accounts import ReportOfAccounts

_TOTALS: Final = ("views", "likes", "comments", "shares", "saved")


def comparison(report: ReportOfAccounts, language: Language) -> Section:
    """Lay the accounts out beside each other, and say of each what changed most surely."""
    return Section(
        title=language.gettext("Accounts beside each other"),
        says=[
            language.gettext(
                "Each account is compared with itself alone: of ten to which nothing happened, at most one "
                "names a change."
            )
        ],
        lists=[(part.whose, [part.headline]) for part in report.reports],
        figures=[_table(report, language)],
    )


def _table(report: ReportOfAccounts, language: Language) -> Figure:
    drawn = list[charts.Span]()
    for part in report.reports:
        # Viewers do not compare with a reach.
        is_reach = part.reach == "reach"
        values = [post.value for post in part.posted.posts if post.value is not None and is_reach]
        if spread := spread_of(values):
            note = f"n {language.number(spread.n)}"
            drawn.append(
                charts.Span(part.whose, "", note, spread.median, *spread.quartiles, is_few=spread.is_few)
            )
    rows = list[list[str]]()
    for part, account in zip(report.reports, report.comparison, strict=True):
        totals = [account.totals.get(name) for name in _TOTALS]
        rows.append(
            [
                part.whose,
                language.number(account.posts),
                _median(account.reach, language),
                _median(account.engagement_rate, language),
                *(
                    _with_n(language.number(total.sum), total.media, language) if total else NONE
                    for total in totals
                ),
                language.number(account.followers),
                language.number(account.net_change, is_signed=True),
                language.number(account.follower_flow.won.total),
                language.number(account.follower_flow.lost.total),
            ]
        )
    title = language.gettext("Posts, reach and followers")
    heads = (
        language.gettext("Account"),
        language.gettext("Posts"),
        *(words.label(name, language) for name in ("reach", RATE)),
        *(f"{words.label(name, language)} ({language.gettext('Total')})" for name in _TOTALS),
        *(
            language.gettext("Followers"),
            language.gettext("Net change"),
            language.gettext("Won"),
            language.gettext("Lost"),
        ),
    )
    return Figure(
        name="accounts",
        title=title,
        says=language.gettext(
            "Medians of the posts of the period, and totals of what may be added. A dash is a number that "
            "nobody knows."
        ),
        table=Table(columns=heads, rows=rows),
        picture=charts.spans(drawn, title, spelling=language) if drawn else None,
    )


def _median(movement: Movement, language: Language) -> str:
    if movement.median is None:
        return NONE
    value = words.value(movement.metric, movement.median, language)
    if movement.metric not in ("reach", RATE):
        label = words.label(movement.metric, language)
        value = language.gettext("{label}: {value}", label=label, value=value)
    return _with_n(value, movement.n, language)


def _with_n(value: str, n: int, language: Language) -> str:
    return f"{value} (n {language.number(n)})"
