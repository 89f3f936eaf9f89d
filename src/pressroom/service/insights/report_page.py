"""Lays a report out: as a page with its pictures, and as the letter that it is sent with.

`page_of` gives the page, `letter_of` the letter: its answers in words, since mail shows no such pictures.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final, NamedTuple, TypeAlias

from pressroom.core.spelling import NONE, number
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import DAY_ZONE, DEMOGRAPHICS
from pressroom.insights.questions.posts import RATE, value_of
from pressroom.insights.report.movements import Movement, Of, PostAgainstItsKind
from pressroom.insights.report.page import AnswerOnPage, Card, Lead, Page, Section, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_answers import unread
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_figures import (
    audience,
    days,
    followers,
    hours_and_weekdays,
    kinds,
    movements,
    posts,
    stories,
)
from pressroom.service.insights.timing import ASSOCIATION, STANDING_OUT, best_time_says, could_see

_LEADS: Final = 2
_CAPTION: Final = 140
Thumbnails: TypeAlias = Mapping[MediaId, bytes]


class ReportLetter(NamedTuple):
    """A report in words."""

    title: str
    text: str
    html: str


def letter_of(report: InsightsReport, name: str) -> ReportLetter:
    """Return the letter of a report. name: the head that the report has."""
    first = [f"{lead.label}: {lead.value}. {lead.says}." for lead in leads(report)]
    text = ["\n".join(first)]
    html = [f"<h1>{escape(name)}: {escape(report.title)}</h1>", *(f"<p>{escape(line)}</p>" for line in first)]
    for answer in report.answers:
        sentences = [*answer.facts, *([answer.comment] if answer.comment else [])]
        text.append("\n".join((answer.question, *(f"- {sentence}" for sentence in sentences))))
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        html.append(f"<h2>{escape(answer.question)}</h2><ul>{items}</ul>")
    return ReportLetter(title=f"{name}: {report.title}", text="\n\n".join(text), html="\n".join(html))


def page_of(report: InsightsReport, thumbnails: Thumbnails) -> Page:
    """Return the page of a report; draws its pictures, which takes a second. thumbnails: JPEG by media id."""
    first, last, length = report.period.first, report.period.last, report.period.length
    return Page(
        account=report.whose,
        period=f"{words.day(first)} to {words.day(last)}, {words.counted(length, 'day')}",
        read=_read(report),
        leads=leads(report),
        answers=[
            AnswerOnPage(
                name=answer.name, question=answer.question, facts=answer.facts, comment=answer.comment
            )
            for answer in report.answers
        ],
        movements=movements(report),
        best=[_card(post, report, thumbnails) for post in report.best],
        weakest=[_card(post, report, thumbnails) for post in report.weakest],
        sections=list(_sections(report)),
        definitions=_definitions(report),
        foot=list(_foot(report)),
    )


def leads(report: InsightsReport) -> list[Lead]:
    """Return the two numbers that stand first: what moved most surely, else reach and followers."""

    def strength(movement: Movement) -> float:
        # How far the change is from 0, in widths of its interval.
        assert movement.moved
        difference = movement.moved.difference
        width = difference.high - difference.low
        return abs(difference.value) / width if width else float("inf")

    first = sorted(report.moved, key=strength, reverse=True)
    usual = [movement for movement in report.movements if movement.of is Of.DAYS and movement not in first]
    return [_lead(movement) for movement in (*first, *usual)[:_LEADS]]


def _lead(movement: Movement) -> Lead:
    metric, typical = movement.metric, movement.typical.median.value if movement.typical else None
    baseline = movement.moved_against or movement.before
    says, counts = words.verdict(baseline), words.of_those(movement.n, movement.n + movement.without)
    if baseline.change:
        change = f"{words.change(metric, baseline.change)} ({words.band(metric, baseline.change)})"
        says = f"{change} against {words.against(movement, baseline)}: {says}"
        counts = f"{counts} against {words.of_those(baseline.n, baseline.count)}"
    return Lead(label=words.title(movement), value=words.value(metric, typical), says=f"{says}; {counts}")


def _card(post: PostAgainstItsKind, report: InsightsReport, thumbnails: Thumbnails) -> Card:
    media = post.media
    views = post.aged.numbers.get("views") if post.aged else None
    rate = value_of(post.aged, RATE) if post.aged else None
    engaged = "" if rate is None else f", {words.value(RATE, rate)} engaged"
    return Card(
        title=words.capitalised(words.post(media, report.timezone).removeprefix("the ")),
        caption=words.short(media.caption, _CAPTION),
        numbers=[
            f"{number(post.value)} {words.label(report.reach)}, {words.times(post)}",
            f"{number(views)} views{engaged}",
        ],
        picture=thumbnails.get(media.id),
        # A permalink that is no address of the web is not linked: it is what the API gave.
        link=media.permalink if (media.permalink or "").startswith("https://") else None,
    )


def _sections(report: InsightsReport) -> Iterator[Section]:
    of_posts, of_account = (posts(report), kinds(report)), (days(report), followers(report))
    yield Section(title="Posts", figures=[figure for figure in of_posts if figure])
    yield Section(title="The account", figures=[figure for figure in of_account if figure])

    kept = report.stories
    if kept.stories:
        read = f"Read near their end: {kept.read_near_end} of {words.counted(len(kept.stories), 'story')}."
        says = f"{read} Not read at all: {kept.unread}." if kept.unread else read
        yield Section(title="Stories", says=[says], figures=[stories(report)])

    # Instagram tells shares of the followers that it knows of, and of fewer than 100 none.
    if any(people.metric in DEMOGRAPHICS for people in report.audience.audiences):
        says = "Parts of those that Instagram tells of."
    elif report.audience.is_too_small:
        says = "Instagram tells who followers are from 100 of them on."
    else:
        says = "Not read yet."
    yield Section(title="Audience", says=[says], figures=audience(report))

    yield Section(
        title="Best time",
        says=[best_time_says(report.best_time), *could_see(report.best_time), STANDING_OUT, ASSOCIATION],
        figures=hours_and_weekdays(report.best_time),
    )


def _definitions(report: InsightsReport) -> Table:
    rows = [
        (
            definition.name,
            definition.level.value,
            f"{definition.counts}{f'; {definition.note}' if definition.note else ''}",
            "estimated" if definition.is_estimated else NONE,
        )
        for definition in report.definitions
    ]
    # No metric of Instagram's, so that it has no definition of its own.
    rate = "(likes + comments + saves + shares) / reach, in percent"
    return Table(
        columns=("Metric", "Of", "What it counts", "Exact or not"),
        rows=[*rows, ("engagement rate", "media", rate, NONE)],
        texts=4,
    )


def _read(report: InsightsReport) -> str:
    posted = report.posted
    readings = f"{posted.read} of {words.counted(len(posted.posts), 'post')} had readings at 24 h"
    if report.read_at is None:
        return f"Nothing was read yet; {readings}."
    at = words.moment(report.read_at, report.timezone)
    return f"Read from the API at {at} ({report.timezone}); {readings}."


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
