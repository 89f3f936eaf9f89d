"""The figures of a report's posts, stories and account: pictures with the tables of what they show.

A picture without anything to draw is left out, and its table stays; a figure without either is None.
`report_page` puts them in their order.
"""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Number, Numbers
from pressroom.core.spelling import NONE
from pressroom.insights.questions.posts import RATE, Basis, Spread, kind_of, value_of
from pressroom.insights.report import charts
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.movements import Baseline, Of, PostAgainstItsKind
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport, Kind

_CAPTION_OF_ROW: Final = 40
_POST_COLUMNS: Final = tuple(metric.name for metric in words.POST_METRICS if metric.is_column)


def movements(report: InsightsReport, language: Language) -> Figure | None:
    """Draw what moved against one baseline; the table has both, and the kinds of posts."""
    # The 90 days stand in where the period before was not watched.
    is_before = any(movement.before.change for movement in report.movements)
    drawn, rows = list[charts.Interval](), list[list[str]]()
    for movement in report.movements:
        head = [
            language.gettext(words.title_of(movement)),
            words.value(movement.metric, movement.median, language),
            words.of_those(movement.n, movement.n + movement.without, language),
        ]
        for span, baseline in ((words.BEFORE, movement.before), (words.TRAILING, movement.trailing)):
            # Nothing is told of a time that was not watched.
            if baseline.median is not None or baseline.change:
                rows.append([*head, language.gettext(span), *_against(movement.metric, baseline, language)])
        change = (movement.before if is_before else movement.trailing).change
        if change and (percent := change.percent):
            ends = (percent.value, percent.low, percent.high)
            # Shorter than the title: a column of 308 pixels has little room beside its lines.
            label = words.label(movement.metric, language, movement.of)
            if movement.of is Of.DAYS:
                label = language.gettext("{metric} a day", metric=label)
            drawn.append(charts.Interval(label, *ends, is_found=change.is_outside_noise))
    rows += [_row_of_kind(report, kind, language) for kind in report.kinds if kind.change]
    if not rows:
        return None
    before, trailing = _("This period against the one before"), _("This period against the 90 days before")
    title = language.gettext(before if is_before else trailing)
    text = language.gettext("Changes of medians with their intervals.")
    if found := [bar.label for bar in drawn if bar.is_found]:
        beyond = language.gettext("Beyond chance: {found}.", found=language.listed(found))
        text = f"{text} {beyond}"
    says = language.gettext("Medians are compared, and tested against chance.")
    if drawn:
        says = language.gettext(
            "The dot is the change of the median in percent, the line how far chance leaves it."
        )
    return Figure(
        name="movements",
        title=title,
        says=says,
        table=Table(columns=[language.gettext(head) for head in _MOVED_COLUMNS], rows=rows),
        picture=charts.intervals(drawn, f"{title}. {text}", spelling=language) if drawn else None,
    )


_MOVED_COLUMNS: Final = (
    *(_("Median"), _("This period"), "n", _("Against"), _("Then"), "n"),
    *(_("Change"), _("Interval"), _("Verdict")),
)


def _against(metric: str, baseline: Baseline, language: Language) -> list[str]:
    moved, interval = words.change(metric, baseline.change, language) if baseline.change else (NONE, NONE)
    return [
        words.value(metric, baseline.median, language),
        words.of_those(baseline.n, baseline.count, language),
        moved,
        interval,
        words.verdict(baseline, language),
    ]


def _row_of_kind(report: InsightsReport, kind: Kind, language: Language) -> list[str]:
    assert kind.change
    then, n = kind.trailing.median if kind.trailing else None, kind.change.n_earlier
    return [
        language.gettext(words.KINDS[kind.name].title),
        language.number(kind.now.median if kind.now else None),
        language.number(kind.change.n_later),
        language.gettext(words.TRAILING),
        *_against(report.reach, Baseline(n=n, count=n, median=then, change=kind.change), language),
    ]


def posts(report: InsightsReport, language: Language) -> Figure | None:
    """Draw each post by its day and what it reached after 24 h."""
    points = [
        _point(post.media, post.value, report, is_outlier=post.is_outlier) for post in report.posted.posts
    ]
    if not report.posted.posts or (report.lifetime and not any(points)):
        return None
    # Quartiles of fewer than five posts say little, and are not drawn.
    usual = report.usual.quartiles if report.usual and not report.usual.is_few else None
    reach = words.label(report.reach, language)
    columns = (
        *(language.gettext(head) for head in (_("Published"), _("Kind"), _("Caption"))),
        *(reach, language.gettext("Times the usual")),
        *(words.label(name, language) for name in (*_POST_COLUMNS, RATE)),
    )
    title = language.gettext("{metric} of each post", metric=reach)
    return Figure(
        name="posts",
        title=title,
        says=_posts_say(report, has_usual=usual is not None, language=language),
        table=Table(
            columns=columns,
            rows=[_post_row(post, report, language) for post in report.posted.posts],
            texts=3,
        ),
        picture=_points(points, usual, title, report, language),
        front=0 if report.lifetime else 1,
    )


def posts_so_far(report: InsightsReport, language: Language) -> Figure | None:
    """Draw each post by its day and what it reached when it was last read, at its own age."""
    if report.lifetime is None:
        return None
    metric, points, rows = report.lifetime.metric, list[charts.Point | None](), list[list[str]]()
    for post in report.posted.posts:
        last = report.posted.latest.get(post.media.id)
        numbers: Numbers = last.numbers if last else {}
        points.append(_point(post.media, numbers.get(metric), report, is_outlier=False))
        counts = (language.number(numbers.get(name)) for name in (metric, *_POST_COLUMNS))
        rows.append(
            [*_head(post.media, report, language), *counts, language.age(last.age_s if last else None)]
        )
    columns = (
        *(language.gettext(head) for head in (_("Published"), _("Kind"), _("Caption"))),
        *(words.label(name, language) for name in (metric, *_POST_COLUMNS)),
        language.gettext("At the age of"),
    )
    title = language.gettext("{metric} of each post so far", metric=words.label(metric, language))
    return Figure(
        name="posts-so-far",
        title=title,
        says=language.gettext("Each post as last read: older ones have had more time."),
        table=Table(columns=columns, rows=rows, texts=3),
        picture=_points(points, None, title, report, language),
        front=1,
    )


def _point(
    media: KeptMedia, value: Number | None, report: InsightsReport, *, is_outlier: bool
) -> charts.Point | None:
    if value is None:
        return None
    at = media.published_at.astimezone(ZoneInfo(report.timezone))
    return charts.Point(at, value, kind_of(media), is_outlier)


def _points(
    points: Sequence[charts.Point | None],
    usual: tuple[Number, Number] | None,
    title: str,
    report: InsightsReport,
    language: Language,
) -> charts.Picture | None:
    known = [point for point in points if point]
    if not known:
        return None
    return charts.posts(
        known,
        usual,
        title,
        period=(report.period.first, report.period.last),
        kinds={name: words.kinds(name, language) for name in words.KINDS},
        caption=language.gettext("logarithmic scale"),
        spelling=language,
    )


def _head(media: KeptMedia, report: InsightsReport, language: Language) -> list[str]:
    return [
        language.moment(media.published_at, ZoneInfo(report.timezone)),
        words.kind(kind_of(media), language),
        words.caption(media, _CAPTION_OF_ROW, language),
    ]


def _posts_say(report: InsightsReport, *, has_usual: bool, language: Language) -> str:
    says = [language.gettext("Each post as it stood after 24 h.")]
    if has_usual:
        says.append(language.gettext("The band holds half of the posts of the 90 days before."))
    if report.posted.outliers:
        says.append(language.gettext("A ring marks three times the usual of its kind."))
    if any(post.aged and post.aged.basis is Basis.CORRECTED for post in report.posted.posts):
        says.append(language.gettext("± is how far off a number may be that was not read near 24 h."))
    return " ".join(says)


def _post_row(post: PostAgainstItsKind, report: InsightsReport, language: Language) -> Sequence[str]:
    numbers: Numbers = post.aged.numbers if post.aged else {}
    unsure = post.aged.uncertainty_percent if post.aged else None
    within = "" if unsure is None else f" ± {language.percent(max(1, unsure))}"
    return [
        *_head(post.media, report, language),
        f"{language.number(post.value)}{within}",
        words.times(post, language),
        *(language.number(numbers.get(name)) for name in _POST_COLUMNS),
        words.value(RATE, value_of(post.aged, RATE) if post.aged else None, language),
    ]


def kinds(report: InsightsReport, language: Language) -> Figure | None:
    """Draw what each kind reached, beside the 90 days before."""
    drawn = [
        charts.Span(
            words.kinds(kind.name, language),
            language.gettext(group),
            f"n {language.number(spread.n)}",
            spread.median,
            *spread.quartiles,
            is_few=spread.is_few,
        )
        for kind in report.kinds
        for group, spread in ((words.NOW, kind.now), (words.TRAILING, kind.trailing))
        if spread
    ]
    if not drawn:
        return None
    reach = words.label(report.reach, language)
    rows = [
        [
            words.kinds(kind.name, language),
            language.number(kind.posts),
            language.number(kind.posts_before),
            *_spread(kind.now, language),
            *_spread(kind.trailing, language),
        ]
        for kind in report.kinds
    ]
    now, before, trailing = (language.gettext(span) for span in (words.NOW, words.BEFORE, words.TRAILING))
    posts, median, half = (language.gettext(head) for head in (_("Posts"), _("Median"), _("Middle half")))
    columns = (language.gettext("Kind"), posts, f"{posts}, {before}")
    return Figure(
        name="kinds",
        title=language.gettext("{metric} by kind", metric=reach),
        says=language.gettext(
            "The line is the median, the bar holds half of the posts; grey: the 90 days before. Hatched "
            "bars are of fewer than five posts, which say little."
        ),
        table=Table(
            columns=(*columns, "n", f"{median}, {now}", half, "n", f"{median}, {trailing}", half), rows=rows
        ),
        picture=charts.spans(
            drawn,
            language.gettext("Medians of {metric} by kind, with quartiles.", metric=reach),
            spelling=language,
        ),
        front=0 if report.lifetime else 2,
    )


def _spread(spread: Spread | None, language: Language) -> list[str]:
    if spread is None:
        return [language.number(0), NONE, NONE]
    low, high = (language.number(quartile) for quartile in spread.quartiles)
    between = language.gettext("{low} to {high}", low=low, high=high)
    return [language.number(spread.n), language.number(spread.median), between]


def stories(report: InsightsReport, language: Language) -> Figure:
    """Draw which share of a story's views did not end in an exit; the table has its other numbers."""
    zone = ZoneInfo(report.timezone)
    points = [
        charts.Point(story.media.published_at.astimezone(zone), story.completion, "story", is_outlier=False)
        for story in report.stories.stories
        if story.completion is not None
    ]
    rows = [
        [
            language.moment(story.media.published_at, zone),
            *(language.number(story.number(name)) for name in ("views", "reach", "replies")),
            *(
                language.number(taps.count if taps else None)
                for taps in (story.exits, story.forward, story.back)
            ),
            language.percent(story.completion),
            language.age(story.reading.age_s if story.reading else None),
        ]
        for story in report.stories.stories
    ]
    heads = (
        _("Published"),
        _("Views"),
        _("Reach"),
        _("Replies"),
        _("Exits"),
        _("Taps forward"),
        _("Taps back"),
        _("Watched to the end"),
        _("Age"),
    )
    title = language.gettext("Stories watched to the end")
    return Figure(
        name="stories",
        title=title,
        says=language.gettext(
            "Of the views those that did not end in an exit. Counts under 5 may come as 0."
        ),
        table=Table(columns=[language.gettext(head) for head in heads], rows=rows),
        picture=charts.stories(
            points, title, period=(report.period.first, report.period.last), spelling=language
        )
        if points
        else None,
    )


def days(report: InsightsReport, language: Language) -> Figure | None:
    """Draw the people reached each day over the period before; the table has each day's other numbers."""
    metrics = [metric for metric in report.days.metrics if metric.now.known]
    reach = next((metric for metric in metrics if metric.metric == report.day_reach), None)
    if reach is None:
        return None
    rows = [
        [language.day(cells[0].day), *(language.number(cell.number) for cell in cells)]
        # All metrics of a period have the same days.
        for cells in zip(*(metric.days for metric in metrics), strict=True)
    ]
    now = [charts.Day(day.day, day.number) for day in reach.days]
    before = [charts.Day(day, report.reach_before.get(day)) for day in report.period.before.days]
    title = language.gettext("People reached each day")
    return Figure(
        name="days",
        title=title,
        says=language.gettext(
            "People count once a day, so that days have no sum. A gap is a day that nobody knows."
        ),
        table=Table(
            columns=(
                language.gettext("Day"),
                *(words.label(metric.metric, language, Of.DAYS) for metric in metrics),
            ),
            rows=rows,
        ),
        picture=charts.days(
            now,
            before,
            title,
            names=(language.gettext(words.NOW), language.gettext(words.BEFORE)),
            spelling=language,
        ),
        front=3,
    )


def totals(report: InsightsReport, language: Language) -> Figure | None:
    """Lay out what may be added of the account's days, beside the period before."""
    rows = list[list[str]]()
    for metric in report.days.metrics:
        total, against = metric.now.total, metric.against
        if total is not None:
            before: Number | None = None if against is None else total - against.change
            rows.append(
                [
                    words.label(metric.metric, language, Of.DAYS),
                    language.number(total),
                    language.number(before),
                ]
            )
    if not rows:
        return None
    heads = (language.gettext(_("Number")), language.gettext("This period"), language.gettext(words.BEFORE))
    return Figure(
        name="totals",
        title=language.gettext("Totals of the account"),
        says=language.gettext("Only where each day is known. Totals are not tested."),
        table=Table(columns=heads, rows=rows),
    )
