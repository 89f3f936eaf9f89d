"""The pictures about posts and stories, each with its table."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pressroom.core.readings import Numbers
from pressroom.core.spelling import NONE, age, number
from pressroom.insights.questions.posts import RATE, kind_of, value_of
from pressroom.insights.questions.stories import Story
from pressroom.insights.report import charts
from pressroom.insights.report.movements import Baseline, Movement, PostAgainstItsKind
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport, Kind

_CAPTION = 60
_MOVED_COLUMNS = (
    *("Number", "n", "This period"),
    *("n before", "Against the period before", "Interval", "Verdict"),
    *("n in 90 days", "Against the 90 days before", "Interval", "Verdict"),
)
_POST_METRICS = ("views", "likes", "comments", "shares", "saved")


def movements(report: InsightsReport) -> Figure:
    """Draw what moved against one baseline; the table has both."""
    is_before = any(one.before.change for one in report.movements)
    drawn = [
        charts.Interval(
            words.short_title(one), found.value, found.low, found.high, is_found=change.is_outside_noise
        )
        for one in report.movements
        if (change := (one.before if is_before else one.trailing).change) and (found := change.percent)
    ]
    span = "the period before" if is_before else "the 90 days before"
    found_words = ", ".join(one.label for one in drawn if one.is_found) or "none"
    text = f"Changes of medians against {span} with their intervals. Beyond chance: {found_words}."
    return Figure(
        title=f"This period against {span}",
        says="The dot is the change of the median in percent, the line the interval that chance leaves it.",
        table=Table(columns=_MOVED_COLUMNS, rows=[_moved(one) for one in report.movements]),
        picture=charts.intervals(drawn, text) if drawn else None,
        is_wide=True,
        is_open=True,
    )


def _moved(one: Movement) -> Sequence[str]:
    now = words.value(one.metric, one.typical.median.value if one.typical else None)
    counted = words.of_those(one.n, one.n + one.without)
    return [words.title(one), counted, now, *_against(one, one.before), *_against(one, one.trailing)]


def _against(one: Movement, baseline: Baseline) -> Sequence[str]:
    found, counted = baseline.change, words.of_those(baseline.n, baseline.count)
    if found is None:
        return [counted, NONE, NONE, words.verdict(baseline)]
    return [counted, words.change(one.metric, found), words.band(one.metric, found), words.verdict(baseline)]


def posts(report: InsightsReport) -> Figure | None:
    """Draw each post by its day and reach."""
    if not report.posted.posts:
        return None
    zone = ZoneInfo(report.timezone)
    points = [
        charts.Point(one.media.published_at.astimezone(zone), one.value, kind_of(one.media), one.is_outlier)
        for one in report.posted.posts
        if one.value is not None
    ]
    usual = report.usual.quartiles if report.usual and not report.usual.is_few else None
    reach = words.label(report.reach)
    text = f"{words.counted(len(points), 'post')} by day and {reach} at 24 h."
    columns = (
        *("Published", "Kind", "Caption", f"{reach} at 24 h", "times usual", *_POST_METRICS, "engagement"),
        *(f"{reach} as last read", "at the age of"),
    )
    return Figure(
        title=f"{reach.capitalize()} of each post at 24 h",
        says=_posts_say(report, points, has_band=usual is not None),
        table=Table(columns=columns, rows=[_post(one, report) for one in report.posted.posts], texts=3),
        picture=charts.posts(points, usual, text) if points else None,
    )


def _posts_say(report: InsightsReport, points: Sequence[charts.Point], *, has_band: bool) -> str:
    if not points:
        return "No post has a reading at 24 h; the table has the last one of each, at its own age."
    band = " The band holds half of the posts of the 90 days before." if has_band else ""
    far = " A ring marks three times the usual of its kind." if report.posted.outliers else ""
    return f"Each mark is a post.{band}{far}"


def _post(one: PostAgainstItsKind, report: InsightsReport) -> Sequence[str]:
    numbers: Numbers = one.aged.numbers if one.aged else {}
    rate = value_of(one.aged, RATE) if one.aged else None
    last = report.posted.latest.get(one.media.id)
    return [
        f"{one.media.published_at.astimezone(ZoneInfo(report.timezone)):%Y-%m-%d %H:%M}",
        kind_of(one.media),
        words.short(one.media.caption, _CAPTION),
        number(one.value),
        NONE if one.times_usual is None else f"{one.times_usual:.1f}",
        *(number(numbers.get(name)) for name in _POST_METRICS),
        words.value(RATE, rate),
        number(last.numbers.get(report.reach) if last else None),
        age(last.age_s if last else None),
    ]


def kinds(report: InsightsReport) -> Figure | None:
    """Draw what each kind reached, beside the 90 days before."""
    drawn = [
        charts.Span(one.name, group, spread.n, spread.median, *spread.quartiles, spread.is_few)
        for one in report.kinds
        for group, spread in (("this period", one.now), ("90 days before", one.trailing))
        if spread
    ]
    if not drawn:
        return None
    reach = words.label(report.reach)
    columns = ("Kind", "Posts", "n", "Median", "Half between", "n before", "Median before", "Half between")
    return Figure(
        title=f"{reach.capitalize()} by kind at 24 h",
        says="Median and quartiles; grey: the 90 days before; hatched: fewer than 5 posts, which say little.",
        table=Table(columns=columns, rows=[_kind(one) for one in report.kinds]),
        picture=charts.spans(drawn, f"Medians of {reach} by kind, with quartiles."),
    )


def _kind(one: Kind) -> Sequence[str]:
    cells = [one.name, f"{one.posts}"]
    for spread in (one.now, one.trailing):
        if spread is None:
            cells += ["0", NONE, NONE]
        else:
            low, high = spread.quartiles
            cells += [f"{spread.n}", number(spread.median), f"{low:,.0f} to {high:,.0f}"]
    return cells


def stories(report: InsightsReport) -> Figure:
    """Draw of each story how many of its views did not end in an exit."""
    zone = ZoneInfo(report.timezone)
    points = [
        charts.Point(one.media.published_at.astimezone(zone), one.completion, "story", is_outlier=False)
        for one in report.stories.stories
        if one.completion is not None
    ]
    text = f"Completion of {words.counted(len(points), 'story')}."
    columns = ("Published", "Views", "Reach", "Replies", "Exits", "Taps forward", "Taps back", "Completion")
    return Figure(
        title="Completion of each story",
        says="100 % less the views that ended in an exit. Counts under 5 may come as 0.",
        table=Table(columns=columns, rows=[_story(one, zone) for one in report.stories.stories]),
        picture=charts.posts(points, None, text, is_linear=True) if points else None,
    )


def _story(one: Story, zone: ZoneInfo) -> Sequence[str]:
    taps = (one.exits, one.forward, one.back)
    return [
        f"{one.media.published_at.astimezone(zone):%Y-%m-%d %H:%M}",
        *(number(one.number(name)) for name in ("views", "reach", "replies")),
        *(number(found.count if found else None) for found in taps),
        NONE if one.completion is None else f"{one.completion:.0f} %",
    ]
