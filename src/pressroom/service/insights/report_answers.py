"""The five answers of a report, in sentences that say nothing but what is known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import Missing
from pressroom.insights.questions.periods import InPeriod
from pressroom.insights.report.movements import Movement, NotCompared, Of
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import QUESTIONS, Answer, InsightsReport, Kind, NoReading
from pressroom.service.insights.report_why import reasons
from pressroom.service.insights.timing import TooFew
from pressroom.service.insights.timing_words import best_time_says, experiment_says

# What people do on the profile, where an account's work ends up.
_BROUGHT: Final = {
    "profile_views": "Visits of the profile",
    "profile_links_taps": "Taps on the profile's buttons",
    "website_clicks": "Taps on the profile's link",
}
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
_OUTLIERS: Final = 2
# Less than that is no more than posts differ by anyway.
_WORTH_A_SECOND: Final = 1.5


def answered(report: InsightsReport, comments: Mapping[str, str]) -> InsightsReport:
    """Return the report with its answers. comments: a person's sentences, by the name of the answer."""
    facts = {
        "tried": _tried(report),
        "happened": _happened(report),
        "why": reasons(report),
        "brought": _brought(report),
        "next": _next(report),
    }
    answers = (
        Answer(name=name, facts=tuple(facts[name]), comment=comments.get(name) or None) for name in QUESTIONS
    )
    return replace(report, answers=tuple(answers))


def unread(report: InsightsReport) -> str | None:
    """Say how many posts have no reading at 24 hours, and why; None where all have."""
    posted = report.posted
    if posted.read == len(posted.posts):
        return None
    why = ", ".join(f"{_UNREAD[one]} ({count})" for one, count in posted.unread.items())
    without = words.counted(len(posted.posts) - posted.read, "post")
    return f"{without} without a reading at 24 h: {why}."


def _tried(report: InsightsReport) -> Iterator[str]:
    posted = report.posted
    kinds = ", ".join(words.counted(one.posts, one.name) for one in report.kinds if one.posts)
    made = f"{words.counted(len(posted.posts), 'post')} went out"
    yield f"{made}{f': {kinds}' if kinds else ''}; {posted.posts_before:,} in the period before."
    if posted.posts:
        yield f"On {posted.days} of {words.counted(report.period.length, 'day')}."
    if stories := len(report.stories.stories):
        yield f"{words.counted(stories, 'story')} besides."
    if not report.is_whole:
        yield "Not all that is out has been read yet, so that there may be more."
    if report.experiment:
        made_of = report.experiment.experiment
        yield f"An experiment: {made_of.first} in turns with {made_of.second}."


def _happened(report: InsightsReport) -> Iterator[str]:
    yield from (_moved(one) for one in report.moved)
    if still := _still(report):
        yield f"No change that can be told from noise: {still}."
    if not report.is_compared:
        yield _not_compared(report)
    for kind in report.kinds:
        yield from _kind_moved(kind)
    for one in report.posted.outliers[:_OUTLIERS]:
        named = words.capitalised(words.post(one.media, report.timezone))
        yield f"{named} reached {one.times_usual:.1f} times what is usual of its kind (n {one.n})."


def _still(report: InsightsReport) -> str:
    still = [one for one in report.movements if one.is_compared and not one.moved]
    posts = ", ".join(words.label(one.metric) for one in still if one.of is Of.POSTS)
    days = [words.title(one).lower() for one in still if one.of is Of.DAYS]
    return "; ".join((*([f"{posts} of a post at 24 h"] if posts else []), *days))


def _moved(one: Movement) -> str:
    against = one.moved_against
    assert against
    assert against.change
    assert one.typical
    now, then = words.of_those(one.n, one.n + one.without), words.of_those(against.n, against.count)
    change, band = words.change(one.metric, against.change), words.band(one.metric, against.change)
    median, span = words.value(one.metric, one.typical.median.value), words.against(one, against)
    each = "posts" if one.of is Of.POSTS else "days"
    return f"{words.title(one)}: {median}, {change} against {span} ({band}; {each}: {now} against {then})."


def _kind_moved(one: Kind) -> Iterator[str]:
    if one.change and one.change.is_outside_noise and one.now and one.trailing:
        change, band = words.change("reach", one.change), words.band("reach", one.change)
        counts = f"n {one.now.n} against {one.trailing.n}"
        said = f"{words.capitalised(one.name)}s alone reached {one.now.median:,.0f} at the median"
        yield f"{said}, {change} against the 90 days before ({band}; {counts})."


def _not_compared(report: InsightsReport) -> str:
    if any(one.before.not_compared is NotCompared.NOT_WATCHED for one in report.movements):
        since = words.day(report.watched_since.astimezone(ZoneInfo(report.timezone)))
        return f"Nothing is compared yet, which takes two whole periods: watched since {since}."
    return "Nothing is compared: it takes five posts, most of them read, or all days, of both periods."


def _brought(report: InsightsReport) -> Iterator[str]:
    yield _followers(report)
    metrics = {one.metric: one for one in report.days.metrics}
    known = [_total(metrics[name], text) for name, text in _BROUGHT.items() if name in metrics]
    yield from (text for text in known if text)
    follows = [one.follows for one in report.growth.posts.posts if one.follows is not None]
    if follows:
        counted = f"{sum(follows):,} (n {len(follows)})"
        yield f"Follows from feed posts and stories, as Instagram counts them: {counted}."


def _followers(report: InsightsReport) -> str:
    days = [one for one in report.growth.days if report.period.first <= one.day <= report.period.last]
    gains = [one.gain for one in days if one.gain is not None]
    length = report.period.length
    if len(gains) < length:
        missing = f"{length - len(gains)} of {words.counted(length, 'day')}"
        return f"How many followers came is not known: no count of {missing}."
    last = days[-1].followers
    return f"Followers: {words.signed(sum(gains))}{'' if last is None else f', {last:,} at the end'}."


def _total(metric: InPeriod, text: str) -> str | None:
    if metric.now.total is None:
        return None
    against = metric.against
    before = "" if against is None else f" ({metric.now.total - against.change:,} in the period before)"
    return f"{text}: {metric.now.total:,}{before}."


def _next(report: InsightsReport) -> Iterator[str]:
    yield best_time_says(report.best_time)
    if kind := _best_kind(report.kinds):
        yield kind
    best = report.best[0] if report.best else None
    if best and (best.times_usual or 0) >= _WORTH_A_SECOND:
        yield f"Worth a second one: {words.post(best.media, report.timezone)}, {words.times(best)}."
    if report.experiment:
        yield experiment_says(report.experiment)
    elif not isinstance(report.best_time.found, TooFew):
        yield "To be sure of a time takes an experiment, in which two slots take turns."
    if without := unread(report):
        yield without


def _best_kind(kinds: Sequence[Kind]) -> str | None:
    """Name the kind with the highest median where its quartiles lie above the next one's median."""
    known = [(one.name, one.now) for one in kinds if one.now and not one.now.is_few]
    ranked = sorted(known, key=lambda pair: pair[1].median, reverse=True)
    if len(ranked) < 2:  # noqa: PLR2004  # two to compare
        return None
    (first, now), (second, other) = ranked[:2]
    if now.quartiles[0] <= other.median:
        return None
    medians = f"{now.median:,.0f} (n {now.n}) against {other.median:,.0f} (n {other.n})"
    return f"{first.capitalize()}s reach more than {second}s at the median: {medians}."
