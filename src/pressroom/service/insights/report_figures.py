"""The pictures of a report, each with its table: posts and stories, the account, the time of a post.

A picture without anything to draw is left out, and its table stays; a figure without either is None.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import Numbers
from pressroom.core.spelling import NONE, age, number
from pressroom.graph.metrics import DEMOGRAPHICS, ONLINE_FOLLOWERS
from pressroom.insights.questions.people import Audience, Part
from pressroom.insights.questions.posts import RATE, kind_of, value_of
from pressroom.insights.questions.stories import Story
from pressroom.insights.report import charts
from pressroom.insights.report.movements import Baseline, Movement, PostAgainstItsKind
from pressroom.insights.report.page import Figure, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport, Kind
from pressroom.service.insights.timing import BestTimes, TooFew, interval

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import CellEffect, Family, NotShown

_MOVED_COLUMNS: Final = (
    *("Number", "n", "This period"),
    *("n before", "Against the period before", "Interval", "Verdict"),
    *("n in 90 days", "Against the 90 days before", "Interval", "Verdict"),
)


def movements(report: InsightsReport) -> Figure:
    """Draw what moved against one baseline; the table has both."""
    # The 90 days stand in where the period before was not watched.
    is_before = any(movement.before.change for movement in report.movements)
    drawn = [
        charts.Interval(
            words.short_title(movement),
            percent.value,
            percent.low,
            percent.high,
            is_found=change.is_outside_noise,
        )
        for movement in report.movements
        if (change := (movement.before if is_before else movement.trailing).change)
        and (percent := change.percent)
    ]
    span = "the period before" if is_before else "the 90 days before"
    beyond = ", ".join(bar.label for bar in drawn if bar.is_found) or "none"
    text = f"Changes of medians against {span} with their intervals. Beyond chance: {beyond}."
    return Figure(
        title=f"This period against {span}",
        says="The dot is the change of the median in percent, the line the interval that chance leaves it.",
        table=Table(columns=_MOVED_COLUMNS, rows=[_movement_row(movement) for movement in report.movements]),
        picture=charts.intervals(drawn, text) if drawn else None,
        is_wide=True,
        is_open=True,
    )


def _movement_row(movement: Movement) -> Sequence[str]:
    def cells(baseline: Baseline) -> Sequence[str]:
        metric, change = movement.metric, baseline.change
        counts, verdict = words.of_those(baseline.n, baseline.count), words.verdict(baseline)
        if change is None:
            return [counts, NONE, NONE, verdict]
        return [counts, words.change(metric, change), words.band(metric, change), verdict]

    typical = movement.typical.median.value if movement.typical else None
    return [
        words.title(movement),
        words.of_those(movement.n, movement.n + movement.without),
        words.value(movement.metric, typical),
        *cells(movement.before),
        *cells(movement.trailing),
    ]


_CAPTION: Final = 60
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
        says = f"Each mark is a post.{band}{far}"
    return Figure(
        title=f"{reach.capitalize()} of each post at 24 h",
        says=says,
        table=Table(columns=columns, rows=[_post_row(post, report) for post in report.posted.posts], texts=3),
        picture=charts.posts(points, usual, text) if points else None,
    )


def _post_row(post: PostAgainstItsKind, report: InsightsReport) -> Sequence[str]:
    numbers: Numbers = post.aged.numbers if post.aged else {}
    rate = value_of(post.aged, RATE) if post.aged else None
    last = report.posted.latest.get(post.media.id)
    return [
        f"{post.media.published_at.astimezone(ZoneInfo(report.timezone)):%Y-%m-%d %H:%M}",
        kind_of(post.media),
        words.short(post.media.caption, _CAPTION),
        number(post.value),
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
    columns = ("Kind", "Posts", "n", "Median", "Half between", "n before", "Median before", "Half between")
    return Figure(
        title=f"{reach.capitalize()} by kind at 24 h",
        says="Median and quartiles; grey: the 90 days before; hatched: fewer than 5 posts, which say little.",
        table=Table(columns=columns, rows=[_kind_row(kind) for kind in report.kinds]),
        picture=charts.spans(drawn, f"Medians of {reach} by kind, with quartiles."),
    )


def _kind_row(kind: Kind) -> Sequence[str]:
    cells = [kind.name, f"{kind.posts}"]
    for spread in (kind.now, kind.trailing):
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
        charts.Point(story.media.published_at.astimezone(zone), story.completion, "story", is_outlier=False)
        for story in report.stories.stories
        if story.completion is not None
    ]
    text = f"Completion of {words.counted(len(points), 'story')}."
    columns = ("Published", "Views", "Reach", "Replies", "Exits", "Taps forward", "Taps back", "Completion")
    return Figure(
        title="Completion of each story",
        says="100 % less the views that ended in an exit. Counts under 5 may come as 0.",
        table=Table(columns=columns, rows=[_story_row(story, zone) for story in report.stories.stories]),
        picture=charts.posts(points, None, text, is_linear=True) if points else None,
    )


def _story_row(story: Story, zone: ZoneInfo) -> Sequence[str]:
    return [
        f"{story.media.published_at.astimezone(zone):%Y-%m-%d %H:%M}",
        *(number(story.number(name)) for name in ("views", "reach", "replies")),
        *(number(taps.count if taps else None) for taps in (story.exits, story.forward, story.back)),
        NONE if story.completion is None else f"{story.completion:.0f} %",
    ]


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
    return [
        _breakdown(name, list(group))
        for name, group in groupby(audiences, key=lambda people: people.breakdown)
    ]


def _breakdown(name: str, audiences: Sequence[Audience]) -> Figure:
    parts = [(_WHO[people.metric], part) for people in audiences for part in people.parts]
    # Both bars of a part stand together, so that the largest parts of the first audience are drawn of all.
    largest = {part.name for part in audiences[0].parts[:_MOST_PARTS]}
    drawn = [
        charts.Bar(part.name, who, part.share)
        for who, part in parts
        if part.name in largest and part.share is not None
    ]
    read = ", ".join(f"{_WHO[people.metric]} read on {words.day(people.read_at)}" for people in audiences)
    cut = " Instagram tells the largest 45 parts alone." if any(people.is_cut for people in audiences) else ""
    of_whom = ", ".join(_WHO[people.metric] for people in audiences)
    return Figure(
        title=f"By {name}",
        says=f"Shares of what is told; {read}.{cut}",
        table=Table(
            columns=("Part", "Of", "People", "Share", "In 28 days"),
            rows=[_part_row(who, part) for who, part in parts],
            texts=2,
        ),
        picture=charts.bars(drawn, f"Shares by {name} of {of_whom}."),
    )


def _part_row(who: str, part: Part) -> Sequence[str]:
    share = NONE if part.share is None else f"{part.share:.1f} %"
    moved = NONE if part.share_change is None else f"{words.signed(part.share_change, decimals=1)} points"
    return [part.name, who, number(part.number), share, moved]


def hours_and_weekdays(times: BestTimes) -> list[Figure]:
    """Draw the effect of each block of hours and of each weekday; nothing with too few posts."""
    if isinstance(times.found, TooFew):
        return []
    return [
        _effects(f"Hours ({times.timezone})", times.found.hours),
        _effects("Weekdays", times.found.weekdays),
    ]


def _effects(title: str, family: "Family") -> Figure:
    from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS  # noqa: PLC0415  # an extra

    order = (*BLOCKS, *WEEKDAYS)
    cells = sorted((*family.effects, *family.not_shown), key=lambda cell: order.index(cell.cell))
    drawn = [
        charts.Interval(cell.cell, effect.value, effect.low, effect.high, cell.stands_out)
        for cell in sorted(family.effects, key=lambda cell: order.index(cell.cell))
        if (effect := cell.against_others)
    ]
    text = f"Reach at 24 h by {title.lower()} against all other posts. Standing out: {family.best or 'none'}."
    return Figure(
        title=title,
        says="Reach at 24 h against the account's other posts; only what stands out is found.",
        table=Table(
            columns=("Posted", "Posts", "Against the others", "Found"),
            rows=[_effect_row(cell) for cell in cells],
        ),
        picture=charts.intervals(drawn, text) if drawn else None,
    )


def _effect_row(cell: "CellEffect | NotShown") -> Sequence[str]:
    from pressroom.insights.statistics.best_time import NotShown  # noqa: PLC0415  # an extra

    if isinstance(cell, NotShown):
        return [cell.cell, f"{cell.n}", NONE, f"not shown: {cell.why}"]
    effect = cell.against_others
    percent = interval(effect.value, effect.low, effect.high)
    return [cell.cell, f"{cell.n}", percent, "stands out" if cell.stands_out else ""]
