"""Lays a report out: as a page, and as the letter that it is sent with.

First what a client reads: numbers, five answers, pictures, the best posts. Behind it the notes: how sure each
number is, and all tables. `letter_of` gives the answers in words, since mail shows no such pictures.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.readings import Number
from pressroom.core.spelling import NONE
from pressroom.graph.answers import MediaId
from pressroom.graph.definitions import Level
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.posts import RATE, value_of
from pressroom.insights.report.language import Language, language_of
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.movements import Of, PostAgainstItsKind
from pressroom.insights.report.page import (
    DEFAULT_NAME,
    AnswerOnPage,
    Card,
    Figure,
    Page,
    Part,
    Section,
    Table,
    Tile,
)
from pressroom.service.insights import report_followers as followers
from pressroom.service.insights import report_people as people
from pressroom.service.insights import report_posted as posted
from pressroom.service.insights import report_tables as tables
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_accounts import ReportOfAccounts
from pressroom.service.insights.report_comparison import comparison
from pressroom.service.insights.report_facts import InsightsReport

_CAPTION_OF_CARD: Final = 90
# At the end of each report, so that whoever was sent it alone can tell what its numbers say.
_FOOT: Final = (
    _(
        "Medians are compared, with an interval as wide as chance makes it: posts beside all ways in which "
        "their days could have fallen, the account's days beside how its earlier days moved by themselves, "
        "which takes 90 of them. Where 0 lies in it, the change is within the noise. Of ten reports of an "
        "account to which nothing happened, at most one names a change."
    ),
    _(
        "Reach counts people, so that posts or days have no sum of it. A dash is a number that nobody "
        "knows, no 0."
    ),
    _(
        "The usual of a post's kind is the median of the account's other posts of that kind, of this period "
        "and of up to 90 days before it, at 24 h; n says of how many."
    ),
)
# Of advertisements and boosted posts, as Meta documents it.
_PAID: Final[Mapping[bool | None, str]] = {
    True: _("included"),
    False: _("not included"),
    None: _("Meta does not say"),
}
Thumbnails: TypeAlias = Mapping[MediaId, bytes]


class ReportLetter(NamedTuple):
    """A report in words."""

    title: str
    text: str
    html: str


def letter_of(report: InsightsReport | ReportOfAccounts, name: str | None) -> ReportLetter:
    """Return the letter of a report. name: the head that the report has; None for the usual one."""
    language = language_of(report.reports[0].language)
    name = name or language.gettext(DEFAULT_NAME)
    title = language.gettext("{label}: {value}", label=name, value=_title(report, language))
    # Escaped here, since no template does it: names and sentences are what people wrote.
    text, html = list[str](), [f"<h1>{escape(title)}</h1>"]
    for part in report.reports:
        head = part.headline if len(report.reports) == 1 else f"{part.whose}: {part.headline}"
        text.append(head)
        html.append(f"<p>{escape(head)}</p>")
        for answer in part.answers:
            sentences = [*answer.sentences, *([answer.comment] if answer.comment else [])]
            text.append("\n".join((answer.question, *(f"- {sentence}" for sentence in sentences))))
            items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
            html.append(f"<h2>{escape(answer.question)}</h2><ul>{items}</ul>")
    return ReportLetter(title=title, text="\n\n".join(text), html="\n".join(html))


def page_of(report: InsightsReport | ReportOfAccounts, thumbnails: Thumbnails) -> Page:
    """Return the page of a report; draws its pictures, which takes a second. thumbnails: JPEG by media id."""
    language = language_of(report.reports[0].language)
    return Page(
        language=language,
        title=_title(report, language),
        comparison=None if isinstance(report, InsightsReport) else comparison(report, language),
        parts=[_part(part, thumbnails, language) for part in report.reports],
    )


def _title(report: InsightsReport | ReportOfAccounts, language: Language) -> str:
    first, count = report.reports[0], len(report.reports)
    whose = first.whose
    if count > 1:
        whose = language.ngettext("{count} account", "{count} accounts", count)
    return f"{whose}, {language.days(first.period.first, first.period.last)}"


def _part(report: InsightsReport, thumbnails: Thumbnails, language: Language) -> Part:
    return Part(
        account=report.whose,
        period=language.days(report.period.first, report.period.last),
        headline=report.headline,
        tiles=tiles(report, language),
        answers=[
            AnswerOnPage(
                name=answer.name,
                question=answer.question,
                sentences=answer.sentences,
                comment=answer.comment,
            )
            for answer in report.answers
        ],
        best=[_card(post, report, thumbnails, language) for post in report.shown_best],
        notes=[section for section in _notes(report, thumbnails, language) if not section.is_empty],
    )


def tiles(report: InsightsReport, language: Language) -> list[Tile]:
    """Return the numbers that stand first."""
    reach, _views, rate = report.movements[:3]
    posted, lifetime = report.posted, report.lifetime
    before = language.ngettext(
        "{count} in the period before", "{count} in the period before", posted.posts_before
    )
    found = [Tile(label=language.gettext("Posts"), value=language.number(len(posted.posts)), says=before)]
    if reach.median is None and lifetime:
        for name in ("views", "likes"):
            if total := report.totals_so_far.get(name):
                label, says = (
                    words.label(name, language),
                    language.gettext("so far, each post at its own age"),
                )
                found.append(Tile(label=label, value=language.number(total.sum), says=says))
    for movement in (reach, rate):
        if movement.median is not None:
            label = language.gettext(words.title_of(movement))
            value = words.value(movement.metric, movement.median, language)
            says = words.moved(movement, language)
            if any(suspected.metric == movement.metric for suspected in report.suspected):
                says = language.gettext("may be counted differently")
            found.append(Tile(label=label, value=value, says=says))
    of_followers = followers.tile(report, language)
    return [*found, of_followers] if of_followers else found


def _card(
    post: PostAgainstItsKind, report: InsightsReport, thumbnails: Thumbnails, language: Language
) -> Card:
    media, is_lifetime = post.media, report.lifetime is not None and post in report.lifetime.posts
    metric = report.lifetime.metric if is_lifetime and report.lifetime else report.reach
    numbers = [_labelled(metric, post.value, language)]
    if post.times_usual is not None:
        usual = _("{times} times the median of its age") if is_lifetime else _("{times} times the usual")
        if words.is_as_usual(post.times_usual):
            usual = _("about the median of its age") if is_lifetime else _("about as usual")
        numbers.append(language.gettext(usual, times=words.times(post, language)))
    if is_lifetime and post.aged:
        numbers.append(language.gettext("so far, after {age}", age=language.age(post.aged.age_s)))
    elif post.aged and (rate := value_of(post.aged, RATE)) is not None:
        numbers.append(_labelled(RATE, rate, language))
    # A permalink that is no address of the web is not linked: it is what the API gave.
    is_linked = (media.permalink or "").startswith("https://") and not media.is_deleted
    return Card(
        title=words.post(media, report.timezone, language),
        caption=words.caption(media, _CAPTION_OF_CARD, language),
        numbers=numbers,
        picture=thumbnails.get(media.id),
        link=media.permalink if is_linked else None,
    )


def _labelled(metric: str, value: Number | None, language: Language) -> str:
    label = words.label(metric, language)
    return language.gettext("{label}: {value}", label=label, value=words.value(metric, value, language))


def _notes(report: InsightsReport, thumbnails: Thumbnails, language: Language) -> Iterator[Section]:
    yield Section(
        title=language.gettext("How sure these numbers are"),
        lists=[(answer.question, answer.notes) for answer in report.answers if answer.notes],
        figures=_there(tables.movements(report, language)),
    )
    if lifetime := people.lifetime(report, language):
        yield lifetime
    of_account = (tables.days, followers.each_day, followers.of_year, posted.follower_flow, tables.totals)
    figures = _there(*(figure(report, language) for figure in of_account))
    yield Section(title=language.gettext("The account"), figures=figures)
    yield Section(
        title=language.gettext("Posts"),
        says=[
            language.gettext(
                "Paid results are not included: views, likes and comments are those without advertisements."
            )
        ],
        cards=[_card(post, report, thumbnails, language) for post in report.shown_weakest],
        figures=_there(
            *(
                figure(report, language)
                for figure in (
                    *(posted.top, tables.posts_so_far, tables.posts, tables.kinds),
                    *(posted.totals_of_posts, posted.weekdays, posted.hours, posted.hashtags),
                )
            )
        ),
    )
    if kept := report.stories.stories:
        says = language.gettext(
            "Read near their end: {read} of {stories}; never read: {unread}.",
            read=language.number(report.stories.read_near_end),
            stories=language.number(len(kept)),
            unread=language.number(report.stories.unread),
        )
        yield Section(
            title=language.gettext("Stories"), says=[says], figures=[tables.stories(report, language)]
        )
    yield people.audience(report, language)
    yield people.best_time(report, language)
    if coming := people.coming(report, language):
        yield coming
    yield _meaning(report, language)


def _there(*figures: Figure | None) -> list[Figure]:
    return [figure for figure in figures if figure]


def _meaning(report: InsightsReport, language: Language) -> Section:
    """Lay out what metrics count, and when and how the report was made."""
    rows = [
        (
            words.label(definition.name, language, Of.POSTS if definition.level is Level.MEDIA else Of.DAYS),
            language.gettext("post") if definition.level is Level.MEDIA else language.gettext("account"),
            # Names of the API are marked for other faces, and would be riddles to a client.
            language.semicolons(
                language.gettext(text) for text in (definition.counts, definition.note) if text
            ).replace("`", ""),
            language.gettext("estimated") if definition.is_estimated else NONE,
            language.gettext(_PAID[definition.counts_ads]),
        )
        for definition in report.definitions
    ]
    # No metric of Instagram's, so that it has no definition of its own.
    counts = language.gettext("(likes + comments + saves + shares) / reach, in percent")
    rate = (
        words.label(RATE, language),
        language.gettext("post"),
        counts,
        NONE,
        language.gettext(_PAID[None]),
    )
    heads = (_("Number"), _("Level"), _("What it counts"), _("Exact or not"), _("Paid results"))
    table = Table(columns=[language.gettext(head) for head in heads], rows=[*rows, rate], texts=5)
    title = language.gettext("What the numbers mean")
    figure = Figure(name="definitions", title=language.gettext("What it counts"), says="", table=table)
    return Section(title=title, says=list(_foot(report, language)), figures=[figure])


def _foot(report: InsightsReport, language: Language) -> Iterator[str]:
    zone, posted = ZoneInfo(report.timezone), report.posted
    if report.read_at is not None:
        yield language.gettext(
            "Read from Instagram at {moment}; {read} of {posts} posts had readings at 24 h.",
            moment=language.moment(report.read_at, zone),
            read=language.number(posted.read),
            posts=language.number(len(posted.posts)),
        )
    yield language.gettext(
        "Posts are those of the days of {zone}, each as it stood at 24 h; the account's days are "
        "Instagram's, which end at midnight in {day_zone}.",
        zone=report.timezone,
        day_zone=DAY_ZONE,
    )
    if report.is_zone_assumed:
        yield language.gettext("The account has no time zone: UTC was taken.")
    for text in _FOOT:
        yield language.gettext(text)
    yield language.gettext(
        "Watched since {since}. Made at {made}.",
        since=language.moment(report.watched_since, zone),
        made=language.moment(report.made_at, zone),
    )
