"""The five answers of a report, in sentences that say nothing but what is known.

`answer` adds them to a report that was gathered: what was tried, what happened, why, what it brought, what
next. Each sentence with a number says of how many posts or days it is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from pressroom.core.readings import Missing, Number
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.posts import kind_of, value_of
from pressroom.insights.report.movements import Movement, NotCompared, Of
from pressroom.service.insights import report_first
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import QUESTIONS, InsightsReport, Kind, NoReading, ReportAnswer
from pressroom.service.insights.timing import TooFew, best_time_says, experiment_says

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change

_UNREAD: Final[Mapping[Missing | NoReading, str]] = {
    Missing.NOT_RUNNING: "no worker ran",
    Missing.FOUND_LATE: "found when the age had passed",
    Missing.UNREACHABLE: "Instagram could not be reached",
    Missing.RATE_LIMITED: "the rate limit held",
    Missing.SIGNED_OUT: "signed out",
    Missing.REFUSED: "Instagram refused",
    NoReading.NOT_WATCHED: "older than the first pull",
    NoReading.NOT_YET: "not read yet",
}


def answer(report: InsightsReport, comments: Mapping[str, str]) -> InsightsReport:
    """Return the report with its answers. comments: a person's sentences, by the name of the answer."""
    # Sentences come from rules and no model: what each says is counted, and a test can hold it.
    facts = {
        "tried": _tried(report),
        "happened": _happened(report),
        "why": _why(report),
        "brought": _brought(report),
        "next": _next(report),
    }
    answers = (
        ReportAnswer(name=name, facts=tuple(facts[name]), comment=comments.get(name) or None)
        for name in QUESTIONS
    )
    return replace(report, answers=tuple(answers), headline=_headline(report))


class Finding(NamedTuple):
    """A number that changed beyond chance. median: in the period. counts: of how many posts or days it is."""

    title: str
    metric: str
    median: Number | None
    change: "Change"
    against: str
    counts: str


def findings(report: InsightsReport) -> list[Finding]:
    """Return what changed beyond chance, the surest first: of single kinds, then of all posts and days."""
    found = list[Finding]()
    for movement in report.moved:
        baseline = movement.moved_against
        assert baseline
        assert baseline.change
        now = words.of_those(movement.n, movement.n + movement.without)
        counts = f"{movement.of}: {now} against {words.of_those(baseline.n, baseline.count)}"
        span, title = words.against(movement, baseline), words.title(movement)
        found.append(Finding(title, movement.metric, movement.median, baseline.change, span, counts))
    compared, of_kinds = [kind for kind in report.kinds if kind.change], list[Finding]()
    for kind in compared:
        if kind.change and kind.change.is_outside_noise:
            counts = f"posts: n {kind.change.n_later} against n {kind.change.n_earlier}"
            number, title = kind.now.median if kind.now else None, _of_kind(report, kind)
            of_kinds.append(Finding(title, report.reach, number, kind.change, words.TRAILING, counts))
    found.sort(key=_sureness, reverse=True)
    of_kinds.sort(key=_sureness, reverse=True)
    # Where a kind alone changed, it moves the median of all posts, too: then it is what happened.
    return of_kinds + found if len(of_kinds) < len(compared) else found + of_kinds


def _sureness(finding: Finding) -> float:
    return finding.change.times_chance


def _of_kind(report: InsightsReport, kind: Kind) -> str:
    return words.capitalised(f"{words.label(report.reach)} of {kind.name}s at 24 h")


def _headline(report: InsightsReport) -> str:
    """Say in one sentence what changed most surely, or that nothing did."""
    if found := findings(report):
        title, metric, _, change, span, _ = found[0]
        rose = "rose" if change.difference.value > 0 else "fell"
        return f"{title} {rose} by about {words.about(metric, change)} against {span}."
    if report.is_compared:
        compared, count = sum(one.is_compared for one in report.movements), len(report.movements)
        of_those = "" if compared == count else f", of the {compared} of {count} numbers that can be compared"
        return f"Nothing changed in these {report.period.length} days beyond what chance brings{of_those}."
    if any(movement.before.not_compared is NotCompared.NOT_WATCHED for movement in report.movements):
        since = words.day(report.watched_since.astimezone(ZoneInfo(report.timezone)))
        return f"Nothing is compared yet, which takes two whole periods: watched since {since}."
    return "Nothing is compared: it takes five posts, most of them read, or 90 known days before the period."


def unread(report: InsightsReport) -> str | None:
    """Say how many posts have no reading at 24 hours, and why; None where all have."""
    posted = report.posted
    if posted.read == len(posted.posts):
        return None
    why = ", ".join(f"{_UNREAD[reason]} ({count})" for reason, count in posted.unread.items())
    without = words.counted(len(posted.posts) - posted.read, "post")
    return f"{without} without a reading at 24 h: {why}."


def _tried(report: InsightsReport) -> Iterator[str]:
    posted = report.posted
    kinds = ", ".join(words.counted(kind.posts, kind.name) for kind in report.kinds if kind.posts)
    count = f"{words.counted(len(posted.posts), 'post')} went out"
    yield f"{count}{f': {kinds}' if kinds else ''}; {posted.posts_before:,} in the period before."
    if posted.posts:
        yield f"On {posted.days} of {words.counted(report.period.length, 'day')}."
    if stories := len(report.stories.stories):
        yield f"{words.counted(stories, 'story')} besides."
    # A first pull may have been broken off: the next one goes on from there.
    if not report.is_whole:
        yield "Not all that is out has been read yet, so that there may be more."
    if report.experiment:
        experiment = report.experiment.experiment
        yield f"An experiment: {experiment.first} in turns with {experiment.second}."


_MOST_OUTLIERS: Final = 2


def _happened(report: InsightsReport) -> Iterator[str]:
    if not (found := findings(report)):
        yield _headline(report)
    for title, metric, number, change, span, counts in found:
        moved, band = words.change(metric, change), words.band(metric, change)
        yield f"{title}: {words.value(metric, number)}, {moved} against {span} ({band}; {counts})."
    still = [movement for movement in report.movements if movement.is_compared and not movement.moved]
    if still:
        posts = ", ".join(words.label(movement.metric) for movement in still if movement.of is Of.POSTS)
        days = [words.title(movement).lower() for movement in still if movement.of is Of.DAYS]
        unmoved = "; ".join((*([f"{posts} of a post at 24 h"] if posts else []), *days))
        yield f"No change that can be told from chance: {unmoved}."
    # A viral post moves no median, so that it would go unsaid.
    for post in report.posted.outliers[:_MOST_OUTLIERS]:
        named = words.capitalised(words.post(post.media, report.timezone))
        yield f"{named} reached {post.times_usual:.1f} times what is usual of its kind (n {post.n})."

    yield from report_first.happened(report)


def _why(report: InsightsReport) -> Iterator[str]:
    """Describe what goes with each number that moved: no test, and no cause."""
    for movement in report.moved:
        if movement.of is Of.POSTS:
            reasons = [text for text in (_mix(report, movement), _highest(report, movement.metric)) if text]
        else:
            reasons = list(_of_days(report, movement))
        yield f"{words.title(movement)}, described and not tested: {' '.join(reasons)}"
    for kind in report.kinds:
        if kind.change and kind.change.is_outside_noise:
            highest = _highest(report, report.reach, kind.name)
            yield f"{_of_kind(report, kind)}, described and not tested: {highest}"
    if not findings(report):
        nothing = "Nothing changed beyond chance" if report.is_compared else "Nothing is compared"
        yield f"{nothing}, so there is nothing to explain."

    yield from report_first.why(report)


def _highest(report: InsightsReport, metric: str, kind: str | None = None) -> str:
    posts = [post for post in report.posted.posts if kind in (None, kind_of(post.media))]
    values = ((value_of(post.aged, metric), post) for post in posts if post.aged)
    ordered = sorted(((value, post) for value, post in values if value is not None), key=lambda pair: pair[0])
    highest, best = ordered[-1]
    # A median that one viral post moved would say nothing of the others.
    rest = median(value for value, _ in ordered[:-1])
    named = f"The highest of {len(ordered)} is {words.post(best.media, report.timezone)}"
    return (
        f"{named} with {words.value(metric, highest)}; without it the median is {words.value(metric, rest)}."
    )


def _mix(report: InsightsReport, movement: Movement) -> str | None:
    """Tell how the kinds' shares changed most: a mix that changed moves a median though no kind did."""
    posted, is_before = report.posted, movement.moved_against is movement.before
    now, before = len(posted.posts), posted.posts_before if is_before else posted.posts_trailing
    if not (now and before):
        return None
    counts = [
        (kind.name, kind.posts, kind.posts_before if is_before else kind.posts_trailing)
        for kind in report.kinds
    ]
    changes = [
        (of_now / now - of_before / before, name, of_now, of_before) for name, of_now, of_before in counts
    ]
    change, name, of_now, of_before = max(changes, key=lambda kind: abs(kind[0]))
    if not change:
        return None
    span = words.against(movement, movement.before if is_before else movement.trailing)
    return f"{of_now} of {now} posts were {name}s, {of_before} of {before} in {span}."


def _of_days(report: InsightsReport, movement: Movement) -> Iterator[str]:
    metric = next(metric for metric in report.days.metrics if metric.metric == movement.metric)
    numbers = {day.day: day.number for day in metric.days if day.number is not None}
    # The numbers are of Instagram's days, which end at another midnight than the account's.
    posted = defaultdict[date, list[str]](list)
    for post in report.posted.on_instagrams_days:
        posted[post.published_at.astimezone(ZoneInfo(DAY_ZONE)).date()].append(kind_of(post))
    highest = max(numbers, key=lambda day: numbers[day])
    kinds = (
        f", on which {', '.join(f'a {kind}' for kind in posted[highest])} went out"
        if highest in posted
        else ""
    )
    count, with_post = words.counted(len(numbers), "day"), sum(day in posted for day in numbers)
    yield f"The highest of {count} was {words.day(highest)} with {numbers[highest]:,}{kinds}."
    yield f"A post went out on {with_post} of Instagram's {count}."


def _brought(report: InsightsReport) -> Iterator[str]:
    days = [day for day in report.growth.days if report.period.first <= day.day <= report.period.last]
    gains = [day.gain for day in days if day.gain is not None]
    length = report.period.length
    # A sum of some of the days would pass for that of all.
    if len(gains) < length:
        missing = f"{length - len(gains)} of {words.counted(length, 'day')}"
        yield f"How many followers came is not known: no count of {missing}."
    else:
        last = days[-1].followers
        yield f"Followers: {words.signed(sum(gains))}{'' if last is None else f', {last:,} at the end'}."

    metrics = {metric.metric: metric for metric in report.days.metrics}
    # Totals stand here and are not judged: only medians have an interval.
    for row in words.ACCOUNT_METRICS:
        metric = metrics.get(row.name) if row.outcome else None
        if metric and metric.now.total is not None:
            total, against = metric.now.total, metric.against
            before = "" if against is None else f" ({total - against.change:,} in the period before)"
            yield f"{row.outcome}: {total:,}{before}."

    follows = [post.follows for post in report.growth.posts.posts if post.follows is not None]
    if follows:
        count = f"{sum(follows):,} (n {len(follows)})"
        yield f"Follows from feed posts and stories, as Instagram counts them: {count}."

    yield from report_first.brought(report)


def _next(report: InsightsReport) -> Iterator[str]:
    yield best_time_says(report.best_time)
    # Lifetime numbers name their own best, of posts within a month of age.
    best = report.best[0] if report.best and report.lifetime is None else None
    if best and best.times_usual:
        ranked = sum(post.times_usual is not None for post in report.posted.posts)
        named = f"The best of {ranked}: {words.post(best.media, report.timezone)}"
        yield f"{named}, {words.times(best)}.{_falls_back(report, best.times_usual)}"
    if report.experiment:
        yield f"The experiment: {experiment_says(report.experiment)}"
    elif not isinstance(report.best_time.found, TooFew):
        # What looking back finds is no cause: who posts the good ones in the evening has good evenings.
        yield "To be sure of a time takes an experiment, in which two slots take turns."
    if without := unread(report):
        yield without

    yield from report_first.coming(report)


def _falls_back(report: InsightsReport, times: float) -> str:
    """Say what a second such post is likely to reach: the best of many is luck for the most part."""
    share = report.posted.share_kept
    if share is None:
        return " The best of many is luck for a part."
    return f" A second one is likely to reach some {times**share:.1f} times the usual."
