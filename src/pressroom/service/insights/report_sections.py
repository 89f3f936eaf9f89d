"""Lays a report out: its leads, its answers, and the pictures with their tables."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from pressroom.core.spelling import NONE, number
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import DAY_ZONE, DEMOGRAPHICS
from pressroom.insights.questions.posts import RATE, value_of
from pressroom.insights.report.movements import Movement, Of, PostAgainstItsKind
from pressroom.insights.report.page import AnswerOnPage, Card, Figure, Lead, Page, Section, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_answers import unread
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_figures_account import audience, days, followers
from pressroom.service.insights.report_figures_posts import kinds, movements, posts, stories
from pressroom.service.insights.report_figures_time import hours_and_weekdays
from pressroom.service.insights.timing_words import ASSOCIATION, STANDING_OUT, best_time_says, could_see

_LEADS: Final = 2
_CAPTION: Final = 140
Thumbnails: TypeAlias = Mapping[MediaId, bytes]


def page_of(report: InsightsReport, thumbnails: Thumbnails) -> Page:
    """Return the page of a report; draws its pictures, which takes a second. thumbnails: JPEG by media id."""
    return Page(
        account=report.whose,
        period=_period(report),
        read=_read(report),
        leads=leads(report),
        answers=[
            AnswerOnPage(name=one.name, question=one.question, facts=one.facts, comment=one.comment)
            for one in report.answers
        ],
        movements=movements(report),
        best=[_card(one, report, thumbnails) for one in report.best],
        weakest=[_card(one, report, thumbnails) for one in report.weakest],
        sections=list(_sections(report)),
        definitions=_definitions(report),
        foot=list(_foot(report)),
    )


def leads(report: InsightsReport) -> list[Lead]:
    """Return the two numbers that stand first: what moved most surely, else reach and followers."""
    first = sorted(report.moved, key=_strength, reverse=True)
    usual = [one for one in report.movements if one.of is Of.DAYS and one not in first]
    return [_lead(one) for one in (*first, *usual)[:_LEADS]]


def _strength(one: Movement) -> float:
    """Tell how far a change is from 0, in widths of its band."""
    assert one.moved
    found = one.moved.difference
    width = found.high - found.low
    return abs(found.value) / width if width else float("inf")


def _lead(one: Movement) -> Lead:
    typical = one.typical.median.value if one.typical else None
    against = one.moved_against or one.before
    says, counted = words.verdict(against), words.of_those(one.n, one.n + one.without)
    if against.change:
        change = f"{words.change(one.metric, against.change)} ({words.band(one.metric, against.change)})"
        says = f"{change} against {words.against(one, against)}: {words.verdict(against)}"
        counted = f"{counted} against {words.of_those(against.n, against.count)}"
    return Lead(label=words.title(one), value=words.value(one.metric, typical), says=f"{says}; {counted}")


def _sections(report: InsightsReport) -> Iterator[Section]:
    yield Section(title="Posts", figures=_drawn(report, posts, kinds))
    yield Section(title="The account", figures=_drawn(report, days, followers))
    if report.stories.stories:
        yield Section(title="Stories", says=[_stories_say(report)], figures=_drawn(report, stories))
    yield Section(title="Audience", says=[_audience_says(report)], figures=audience(report))
    yield Section(
        title="Best time",
        says=[best_time_says(report.best_time), *could_see(report.best_time), STANDING_OUT, ASSOCIATION],
        figures=hours_and_weekdays(report.best_time),
    )


def _drawn(report: InsightsReport, *draw: Callable[[InsightsReport], Figure | None]) -> list[Figure]:
    return [figure for one in draw if (figure := one(report)) is not None]


def _stories_say(report: InsightsReport) -> str:
    found = report.stories
    said = f"Read near their end: {found.read_near_end} of {words.counted(len(found.stories), 'story')}."
    return f"{said} Not read at all: {found.unread}." if found.unread else said


def _audience_says(report: InsightsReport) -> str:
    if any(one.metric in DEMOGRAPHICS for one in report.audience.audiences):
        return "Parts of those that Instagram tells of."
    if report.audience.is_too_small:
        return "Instagram tells who followers are from 100 of them on."
    return "Not read yet."


def _card(one: PostAgainstItsKind, report: InsightsReport, thumbnails: Thumbnails) -> Card:
    media = one.media
    views = one.aged.numbers.get("views") if one.aged else None
    rate = value_of(one.aged, RATE) if one.aged else None
    engaged = "" if rate is None else f", {words.value(RATE, rate)} engaged"
    return Card(
        title=words.capitalised(words.post(media, report.timezone).removeprefix("the ")),
        caption=words.short(media.caption, _CAPTION),
        numbers=[
            f"{number(one.value)} {words.label(report.reach)}, {words.times(one)}",
            f"{number(views)} views{engaged}",
        ],
        picture=thumbnails.get(media.id),
        link=media.permalink if (media.permalink or "").startswith("https://") else None,
    )


def _definitions(report: InsightsReport) -> Table:
    rows = [
        (
            one.name,
            one.level.value,
            f"{one.counts}{f'; {one.note}' if one.note else ''}",
            "estimated" if one.is_estimated else NONE,
        )
        for one in report.definitions
    ]
    rate = "(likes + comments + saves + shares) / reach, in percent"
    return Table(
        columns=("Metric", "Of", "What it counts", "Exact or not"),
        rows=[*rows, ("engagement rate", "media", rate, NONE)],
        texts=4,
    )


def _period(report: InsightsReport) -> str:
    period = report.period
    return f"{words.day(period.first)} to {words.day(period.last)}, {words.counted(period.length, 'day')}"


def _read(report: InsightsReport) -> str:
    posted = report.posted
    had = f"{posted.read} of {words.counted(len(posted.posts), 'post')} had readings at 24 h"
    if report.read_at is None:
        return f"Nothing was read yet; {had}."
    return f"Read from the API at {words.moment(report.read_at, report.timezone)} ({report.timezone}); {had}."


def _foot(report: InsightsReport) -> Iterator[str]:
    yield _read(report)
    if without := unread(report):
        yield without
    yield (
        "The usual of a post's kind is the median of the account's other posts of that kind, of this period "
        "and of up to 90 days before it, at 24 h; n says of how many."
    )
    yield f"Watched since {words.moment(report.watched_since, report.timezone)}."
    yield (
        f"Posts are those of the period in {report.timezone}, each as it stood at 24 h. The account's days "
        f"are Instagram's, which end at midnight in {DAY_ZONE}. A dash is a number that nobody knows, no 0."
    )
    yield (
        "Medians are compared, with the interval that holds the change in 95 of 100 cases: where 0 lies in "
        "it, the change is within the noise. Of so many numbers one may leave it by chance. Reach counts "
        "people, so that the posts or days of a period have no sum of it."
    )
    yield f"Made at {words.moment(report.made_at, report.timezone)}."
