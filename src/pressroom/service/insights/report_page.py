"""Lays a report out: as a page with its pictures, and as the letter that it is sent with.

`page_of` gives the page, `letter_of` the letter: its answers in words, since mail shows no such pictures.
A picture without anything to draw is left out, and its table stays; a figure without either is None.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.readings import Numbers
from pressroom.core.spelling import NONE, age, number, within
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import DAY_ZONE, DEMOGRAPHICS, ONLINE_FOLLOWERS
from pressroom.insights.questions.posts import RATE, Basis, kind_of, value_of
from pressroom.insights.report import charts
from pressroom.insights.report.movements import Of, PostAgainstItsKind
from pressroom.insights.report.page import AnswerOnPage, Card, Figure, Lead, Page, Section, Table
from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS
from pressroom.service.insights import report_first
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_answers import findings, unread
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.timing import (
    ASSOCIATION,
    KINDS,
    TooFew,
    best_time_says,
    certainty,
    could_see,
    interval,
)

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import Family


_LEADS: Final = 2
_CAPTION_OF_CARD: Final = 140
# Below each report, so that whoever was sent it alone can tell what its numbers say.
_USUAL: Final = (
    "The usual of a post's kind is the median of the account's other posts of that kind, of this period "
    "and of up to 90 days before it, at 24 h; n says of how many."
)
_POSTS: Final = "Posts are those of the period in {zone}, each as it stood at 24 h."
_DAYS: Final = (
    f"The account's days are Instagram's, which end at midnight in {DAY_ZONE}. "
    "A dash is a number that nobody knows, no 0."
)
_MEDIANS: Final = (
    "Medians are compared, with an interval as wide as chance makes it: posts beside all ways in which their "
    "days could have fallen, the account's days beside how its earlier days moved by themselves, which takes "
    "90 of them. Where 0 lies in it, the change is within the noise. Of ten reports of an account to which "
    "nothing happened, at most one names a change. Reach counts people, so that posts or days have no sum "
    "of it."
)
Thumbnails: TypeAlias = Mapping[MediaId, bytes]


class ReportLetter(NamedTuple):
    """A report in words."""

    title: str
    text: str
    html: str


def letter_of(report: InsightsReport, name: str) -> ReportLetter:
    """Return the letter of a report. name: the head that the report has."""
    first = [report.headline, *(f"{lead.label}: {lead.value}. {lead.says}." for lead in leads(report))]
    # Escaped here, since no template does it: names and sentences are what people wrote.
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
    read, without = _read(report), unread(report)
    return Page(
        account=report.whose,
        period=f"{words.day(first)} to {words.day(last)}, {words.counted(length, 'day')}",
        headline=report.headline,
        read=read,
        leads=leads(report),
        answers=[
            AnswerOnPage(
                name=answer.name, question=answer.question, facts=answer.facts, comment=answer.comment
            )
            for answer in report.answers
        ],
        movements=movements(report),
        best=[_card(post, report, thumbnails) for post in report.shown_best],
        weakest=[_card(post, report, thumbnails) for post in report.shown_weakest],
        sections=list(_sections(report)),
        definitions=_definitions(report),
        foot=[
            *((read, without) if without else (read,)),
            _USUAL,
            f"Watched since {words.moment(report.watched_since, report.timezone)}.",
            f"{_POSTS.format(zone=report.timezone)} {_DAYS}",
            *(("The account has no time zone: UTC was taken.",) if report.is_zone_assumed else ()),
            _MEDIANS,
            f"Made at {words.moment(report.made_at, report.timezone)}.",
        ],
    )


def leads(report: InsightsReport) -> list[Lead]:
    """Return the two numbers that stand first: what changed beyond chance, else the account's days."""
    leads = [
        Lead(
            label=finding.title,
            value=words.value(finding.metric, finding.median),
            says=f"{words.change(finding.metric, finding.change)} "
            f"({words.band(finding.metric, finding.change)}) against {finding.against}; {finding.counts}",
        )
        for finding in findings(report)
    ]
    for movement in report.movements:
        if movement.of is Of.DAYS and not movement.moved:
            counts = words.of_those(movement.n, movement.n + movement.without)
            says = f"{words.verdict(movement.before)}; {counts}"
            value = words.value(movement.metric, movement.median)
            leads.append(Lead(label=words.title(movement), value=value, says=says))
    return leads[:_LEADS]


def _card(post: PostAgainstItsKind, report: InsightsReport, thumbnails: Thumbnails) -> Card:
    media = post.media
    views = post.aged.numbers.get("views") if post.aged else None
    rate = value_of(post.aged, RATE) if post.aged else None
    engaged = "" if rate is None else f", {words.value(RATE, rate)} engaged"
    return Card(
        title=words.capitalised(words.post(media, report.timezone).removeprefix("the ")),
        caption=words.short(media.caption, _CAPTION_OF_CARD),
        numbers=[
            report_first.reached(post, report)
            or f"{number(post.value)} {words.label(report.reach)}, {words.times(post)}",
            f"{number(views)} views{engaged}",
        ],
        picture=thumbnails.get(media.id),
        # A permalink that is no address of the web is not linked: it is what the API gave.
        link=media.permalink if (media.permalink or "").startswith("https://") else None,
    )


def _sections(report: InsightsReport) -> Iterator[Section]:
    of_posts, of_account = (posts(report), kinds(report)), (days(report), followers(report))
    yield Section(title="Posts", figures=[figure for figure in of_posts if figure])
    yield from report_first.sections(report)
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

    times = report.best_time
    effects = list[Figure]()
    if not isinstance(times.found, TooFew):
        effects.append(_effects(f"Hours ({times.timezone})", times.found.hours))
        effects.append(_effects("Weekdays", times.found.weekdays))
        effects.append(_effects("Kinds", times.found.kinds))
    says = [best_time_says(times), *could_see(times), ASSOCIATION]
    yield Section(title="Best time", says=says, figures=effects)


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


_MOVED_COLUMNS: Final = (
    *("Number", "n", "This period"),
    *("n before", "Against the period before", "Interval", "Verdict"),
    *("n in 90 days", "Against the 90 days before", "Interval", "Verdict"),
)


def movements(report: InsightsReport) -> Figure:
    """Draw what moved against one baseline; the table has both."""
    # The 90 days stand in where the period before was not watched.
    is_before = any(movement.before.change for movement in report.movements)
    drawn, rows = list[charts.Interval](), list[list[str]]()
    for movement in report.movements:
        metric, counts = movement.metric, words.of_those(movement.n, movement.n + movement.without)
        cells = [words.title(movement), counts, words.value(metric, movement.median)]
        for baseline in (movement.before, movement.trailing):
            moved, band = NONE, NONE
            if baseline.median is not None:
                moved = f"from {words.value(metric, baseline.median)}"
            if baseline.change:
                moved, band = words.change(metric, baseline.change), words.band(metric, baseline.change)
            cells += [words.of_those(baseline.n, baseline.count), moved, band, words.verdict(baseline)]
        rows.append(cells)
        change = (movement.before if is_before else movement.trailing).change
        if change and (percent := change.percent):
            ends = (percent.value, percent.low, percent.high)
            drawn.append(
                charts.Interval(words.short_title(movement), *ends, is_found=change.is_outside_noise)
            )
    span = "the period before" if is_before else words.TRAILING
    beyond = ", ".join(bar.label for bar in drawn if bar.is_found) or "none"
    text = f"Changes of medians against {span} with their intervals. Beyond chance: {beyond}."
    return Figure(
        title=f"This period against {span}",
        says="The dot is the change of the median in percent, the line the interval that chance leaves it.",
        table=Table(columns=_MOVED_COLUMNS, rows=rows),
        picture=charts.intervals(drawn, text) if drawn else None,
        is_wide=True,
        is_open=True,
    )


_CAPTION_OF_ROW: Final = 60
_POST_COLUMNS: Final = tuple(metric.name for metric in words.POST_METRICS if metric.is_column)


def posts(report: InsightsReport) -> Figure | None:
    """Draw each post by its day and reach."""
    if not report.posted.posts:
        return None
    zone = ZoneInfo(report.timezone)
    points = [
        charts.Point(
            post.media.published_at.astimezone(zone), post.value, kind_of(post.media), post.is_outlier
        )
        for post in report.posted.posts
        if post.value is not None
    ]
    # Quartiles of fewer than five posts say little, and are not drawn.
    usual = report.usual.quartiles if report.usual and not report.usual.is_few else None
    reach = words.label(report.reach)
    text = f"{words.counted(len(points), 'post')} by day and {reach} at 24 h."
    columns = (
        *("Published", "Kind", "Caption", f"{reach} at 24 h", "times usual", *_POST_COLUMNS, "engagement"),
        *(f"{reach} as last read", "at the age of"),
    )
    says = "No post has a reading at 24 h; the table has the last one of each, at its own age."
    if points:
        band = " The band holds half of the posts of the 90 days before." if usual else ""
        far = " A ring marks three times the usual of its kind." if report.posted.outliers else ""
        is_corrected = any(post.aged and post.aged.basis is Basis.CORRECTED for post in report.posted.posts)
        unsure = " ± is how far off a number may be that was not read near 24 h." if is_corrected else ""
        says = f"Each mark is a post.{band}{far}{unsure}"
    return Figure(
        title=f"{reach.capitalize()} of each post at 24 h",
        says=says,
        table=Table(columns=columns, rows=[_post_row(post, report) for post in report.posted.posts], texts=3),
        picture=charts.posts(points, usual, text) if points else None,
    )


def _post_row(post: PostAgainstItsKind, report: InsightsReport) -> Sequence[str]:
    numbers: Numbers = post.aged.numbers if post.aged else {}
    rate = value_of(post.aged, RATE) if post.aged else None
    unsure = post.aged.uncertainty_percent if post.aged else None
    last = report.posted.latest.get(post.media.id)
    return [
        f"{post.media.published_at.astimezone(ZoneInfo(report.timezone)):%Y-%m-%d %H:%M}",
        kind_of(post.media),
        words.short(post.media.caption, _CAPTION_OF_ROW),
        f"{number(post.value)}{'' if unsure is None else f' {within(unsure)}'}",
        NONE if post.times_usual is None else f"{post.times_usual:.1f}",
        *(number(numbers.get(name)) for name in _POST_COLUMNS),
        words.value(RATE, rate),
        number(last.numbers.get(report.reach) if last else None),
        age(last.age_s if last else None),
    ]


def kinds(report: InsightsReport) -> Figure | None:
    """Draw what each kind reached, beside the 90 days before."""
    drawn = [
        charts.Span(kind.name, group, spread.n, spread.median, *spread.quartiles, spread.is_few)
        for kind in report.kinds
        for group, spread in (("this period", kind.now), ("90 days before", kind.trailing))
        if spread
    ]
    if not drawn:
        return None
    reach = words.label(report.reach)
    rows = list[list[str]]()
    for kind in report.kinds:
        cells = [kind.name, f"{kind.posts}"]
        for spread in (kind.now, kind.trailing):
            if spread is None:
                cells += ["0", NONE, NONE]
            else:
                low, high = spread.quartiles
                cells += [f"{spread.n}", number(spread.median), f"{low:,.0f} to {high:,.0f}"]
        rows.append(cells)
    columns = ("Kind", "Posts", "n", "Median", "Half between", "n before", "Median before", "Half between")
    return Figure(
        title=f"{reach.capitalize()} by kind at 24 h",
        says="Median and quartiles; grey: the 90 days before; hatched: fewer than 5 posts, which say little.",
        table=Table(columns=columns, rows=rows),
        picture=charts.spans(drawn, f"Medians of {reach} by kind, with quartiles."),
    )


def stories(report: InsightsReport) -> Figure:
    """Draw of each story how many of its views did not end in an exit."""
    zone = ZoneInfo(report.timezone)
    points = [
        charts.Point(story.media.published_at.astimezone(zone), story.completion, "story", is_outlier=False)
        for story in report.stories.stories
        if story.completion is not None
    ]
    rows = [
        [
            f"{story.media.published_at.astimezone(zone):%Y-%m-%d %H:%M}",
            *(number(story.number(name)) for name in ("views", "reach", "replies")),
            *(number(taps.count if taps else None) for taps in (story.exits, story.forward, story.back)),
            NONE if story.completion is None else f"{story.completion:.0f} %",
        ]
        for story in report.stories.stories
    ]
    text = f"Completion of {words.counted(len(points), 'story')}."
    columns = ("Published", "Views", "Reach", "Replies", "Exits", "Taps forward", "Taps back", "Completion")
    return Figure(
        title="Completion of each story",
        says="100 % less the views that ended in an exit. Counts under 5 may come as 0.",
        table=Table(columns=columns, rows=rows),
        picture=charts.posts(points, None, text, is_linear=True) if points else None,
    )


def days(report: InsightsReport) -> Figure | None:
    """Draw the people reached each day over the period before; the table has each day's other numbers."""
    metrics = [metric for metric in report.days.metrics if metric.now.known]
    reach = next((metric for metric in metrics if metric.metric == report.day_reach), None)
    if reach is None:
        return None
    rows = [
        [words.day(cells[0].day), *(number(cell.number) for cell in cells)]
        # All metrics of a period have the same days.
        for cells in zip(*(metric.days for metric in metrics), strict=True)
    ]
    now = [charts.Day(day.day, day.number) for day in reach.days]
    before = [charts.Day(day, report.reach_before.get(day)) for day in report.period.before.days]
    return Figure(
        title="People reached each day",
        says="People are counted once a day, so that days have no sum. A gap is a day that nobody knows.",
        table=Table(columns=("Day", *(words.label(metric.metric) for metric in metrics)), rows=rows),
        picture=charts.days(now, before, f"People reached on {reach.now.known} days."),
    )


def followers(report: InsightsReport) -> Figure | None:
    """Draw how many followers came each day."""
    period = report.period
    in_period = [day for day in report.growth.days if period.first <= day.day <= period.last]
    gains = {day.day: day.gain for day in in_period}
    if not any(gain is not None for gain in gains.values()):
        return None
    rows = [
        [
            words.day(day.day),
            number(day.followers),
            NONE if day.gain is None else words.signed(day.gain),
        ]
        for day in in_period
    ]
    # Days without a count stay in the picture as gaps: no count is no 0.
    drawn = [charts.Day(day, gains.get(day)) for day in period.days]
    return Figure(
        title="Followers gained each day",
        says="Instagram's own count where it is known, else the difference of two counts.",
        table=Table(columns=("Day", "Followers", "Gained"), rows=rows),
        picture=charts.days(drawn, (), "Followers gained each day."),
    )


_MOST_PARTS: Final = 8
_WHO: Final = {DEMOGRAPHICS[0]: "followers", DEMOGRAPHICS[1]: "engaged this month"}


def audience(report: InsightsReport) -> list[Figure]:
    """Draw who followers are, and who engaged: a picture for each breakdown."""
    # A follower may be online in several hours, so that hours have no shares to draw.
    audiences = [people for people in report.audience.audiences if people.metric != ONLINE_FOLLOWERS]
    audiences.sort(key=lambda people: (people.breakdown, list(_WHO).index(people.metric)))
    figures = list[Figure]()
    for name, group in groupby(audiences, key=lambda people: people.breakdown):
        both = list(group)
        # Both bars of a part stand together, so that the largest parts of the first are drawn of all.
        largest = {part.name for part in both[0].parts[:_MOST_PARTS]}
        drawn, rows = list[charts.Bar](), list[list[str]]()
        for who, part in ((_WHO[people.metric], part) for people in both for part in people.parts):
            if part.name in largest and part.share is not None:
                drawn.append(charts.Bar(part.name, who, part.share))
            change = part.share_change
            share = NONE if part.share is None else f"{part.share:.1f} %"
            moved = NONE if change is None else f"{words.signed(change, decimals=1)} points"
            rows.append([part.name, who, number(part.number), share, moved])
        read = ", ".join(f"{_WHO[people.metric]} read on {words.day(people.read_at)}" for people in both)
        cut = " Instagram tells the largest 45 parts alone." if any(people.is_cut for people in both) else ""
        of_whom = ", ".join(_WHO[people.metric] for people in both)
        figures.append(
            Figure(
                title=f"By {name}",
                says=f"Shares of what is told; {read}.{cut}",
                table=Table(columns=("Part", "Of", "People", "Share", "In 28 days"), rows=rows, texts=2),
                picture=charts.bars(drawn, f"Shares by {name} of {of_whom}."),
            )
        )
    return figures


def _effects(title: str, family: "Family") -> Figure:
    from pressroom.insights.statistics.best_time import NotShown  # noqa: PLC0415  # an extra

    order = (*BLOCKS, *WEEKDAYS, *KINDS)
    drawn, rows = list[charts.Interval](), list[list[str]]()
    for cell in sorted((*family.effects, *family.not_shown), key=lambda cell: order.index(cell.cell)):
        if isinstance(cell, NotShown):
            rows.append([cell.cell, f"{cell.n}", NONE, f"not shown: {cell.why}"])
            continue
        effect = cell.against_others
        drawn.append(charts.Interval(cell.cell, effect.value, effect.low, effect.high, cell.stands_out))
        percent = interval(effect.value, effect.low, effect.high)
        rows.append([cell.cell, f"{cell.n}", percent, "stands out" if cell.stands_out else ""])
    text = f"Reach at 24 h by {title.lower()} against all other posts. Standing out: {family.best or 'none'}."
    return Figure(
        title=title,
        says=f"Reach at 24 h against the account's other posts. {certainty(family)}",
        table=Table(columns=("Posted", "Posts", "Against the others", "Found"), rows=rows),
        picture=charts.intervals(drawn, text) if drawn else None,
    )
