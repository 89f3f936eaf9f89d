"""What stands behind a report's sentences: of how many posts or days a number is, and how sure it is.

Notes are for those who want to check; what was not tested says so.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import Missing
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.posts import kind_of, value_of
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.movements import Of, PostAgainstItsKind
from pressroom.insights.statistics.answers import TooFew
from pressroom.service.insights import report_followers as followers
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_after import describe_published_after
from pressroom.service.insights.report_facts import InsightsReport, NoReading
from pressroom.service.insights.report_findings import Finding, findings
from pressroom.service.insights.timing import ExperimentStatus

_UNREAD: Final[Mapping[Missing | NoReading, str]] = {
    Missing.NOT_RUNNING: _("nothing ran to read it"),
    Missing.FOUND_LATE: _("found when the age had passed"),
    Missing.UNREACHABLE: _("Instagram could not be reached"),
    Missing.RATE_LIMITED: _("the rate limit held"),
    Missing.SIGNED_OUT: _("signed out"),
    Missing.REFUSED: _("Instagram refused"),
    NoReading.NOT_WATCHED: _("published before the first reading"),
    NoReading.NOT_YET: _("not read yet"),
}
_HIGHEST: Final = _(
    "Highest by lifetime numbers: {post}, {times} times the median of its kind within a month of its age "
    "({age}, n {n}); described and not tested."
)
_LOWEST: Final = _(
    "Lowest by lifetime numbers: {post}, {times} times the median of its kind within a month of its age "
    "({age}, n {n}); described and not tested."
)
_HIGHEST_AS_USUAL: Final = _(
    "Highest by lifetime numbers: {post}, about the median of its kind within a month of its age "
    "({age}, n {n}); described and not tested."
)
_LOWEST_AS_USUAL: Final = _(
    "Lowest by lifetime numbers: {post}, about the median of its kind within a month of its age "
    "({age}, n {n}); described and not tested."
)
_TIMES_THE_REACH: Final = _(
    "{kinds} beside {others}, by lifetime numbers since {day}, within a month of age: {times} "
    "times the reach at the median (n {n} beside {n_others}); described and not tested."
)
_AS_MUCH_REACH: Final = _(
    "{kinds} beside {others}, by lifetime numbers since {day}, within a month of age: about the same reach "
    "at the median (n {n} beside {n_others}); described and not tested."
)
_MOST_OUTLIERS: Final = 3


def notes_of(report: InsightsReport, language: Language) -> Mapping[str, list[str]]:
    """Return the notes of each answer, by its name."""
    return {
        "tried": list(_tried(report, language)),
        "happened": list(_happened(report, language)),
        "why": list(_why(report, language)),
        "brought": list(_brought(report, language)),
        "next": list(_next(report, language)),
    }


def _tried(report: InsightsReport, language: Language) -> Iterator[str]:
    posted = report.posted
    if posted.posts:
        yield language.gettext(
            "Posts went out on {days} of {length} days.",
            days=language.number(posted.days),
            length=language.number(report.period.length),
        )
    yield from describe_published_after(report.published_after, report.reach, report.timezone, language)
    # A first pull may have been broken off: the next one goes on from there.
    if not report.is_whole:
        yield language.gettext("Not all that is out has been read yet, so that there may be more.")
    if report.experiment:
        planned = report.experiment.experiment
        yield language.gettext(
            "Slots of the experiment: {first}; {second} ({zone}).",
            first=words.slot(planned.first, language),
            second=words.slot(planned.second, language),
            zone=planned.timezone,
        )


def _happened(report: InsightsReport, language: Language) -> Iterator[str]:
    for note in report.metric_notes:
        yield words.noted(note, language)
    for finding in findings(report):
        yield _finding(finding, language)
    still = [
        language.gettext(words.title_of(movement))
        for movement in report.movements
        if movement.is_compared and not movement.moved
    ]
    if still:
        titles = language.semicolons(still)
        yield language.gettext("No change that can be told from chance: {titles}.", titles=titles)
    for post in report.posted.outliers[:_MOST_OUTLIERS]:
        yield language.gettext(
            "{post}: {times} times the usual of its kind (n {n}), described and not tested.",
            post=words.post(post.media, report.timezone, language),
            times=words.times(post, language),
            n=language.number(post.n),
        )
    if report.lifetime:
        for says, as_usual, posts in (
            (_HIGHEST, _HIGHEST_AS_USUAL, report.lifetime.best),
            (_LOWEST, _LOWEST_AS_USUAL, report.lifetime.weakest),
        ):
            if posts:
                is_as_usual = words.is_as_usual(posts[0].times_usual)
                yield _standing(as_usual if is_as_usual else says, posts[0], report, language)


def _finding(finding: Finding, language: Language) -> str:
    change, interval = words.change(finding.metric, finding.change, language)
    return language.gettext(
        "{title}: {now} (n {n}); {span}: {earlier} (n {n_earlier}); {change} ({interval}), tested.",
        title=language.gettext(finding.title),
        now=words.value(finding.metric, finding.now, language),
        n=language.number(finding.n_now),
        span=language.gettext(words.BEFORE if finding.is_before else words.TRAILING),
        earlier=words.value(finding.metric, finding.earlier, language),
        n_earlier=language.number(finding.n_earlier),
        change=change,
        interval=interval,
    )


def _standing(says: str, post: PostAgainstItsKind, report: InsightsReport, language: Language) -> str:
    assert post.aged  # only a post that was read stands anywhere
    return language.gettext(
        says,
        post=words.post(post.media, report.timezone, language),
        times=words.times(post, language),
        age=language.age(post.aged.age_s),
        n=language.number(post.n),
    )


def _why(report: InsightsReport, language: Language) -> Iterator[str]:
    """Describe what goes with each number that moved: no test, and no cause."""
    for finding in findings(report):
        if finding.of is Of.POSTS:
            yield _without_the_highest(report, finding, language)
        else:
            yield from _days(report, finding, language)
    lifetime = report.lifetime
    for kind in lifetime.kinds if lifetime else ():
        if lifetime and kind.times:
            yield language.gettext(
                _AS_MUCH_REACH if words.is_as_usual(kind.times.value) else _TIMES_THE_REACH,
                kinds=words.kinds(kind.name, language),
                others=language.gettext(words.KINDS[kind.times.against].inline),
                day=language.day(lifetime.since),
                times=language.number(kind.times.value, 1),
                n=language.number(kind.times.n),
                n_others=language.number(kind.times.others),
            )


def _without_the_highest(report: InsightsReport, finding: Finding, language: Language) -> str:
    posts = [post for post in report.posted.posts if finding.kind in (None, kind_of(post.media))]
    values = ((value_of(post.aged, finding.metric), post) for post in posts if post.aged)
    ordered = sorted(((value, post) for value, post in values if value is not None), key=lambda pair: pair[0])
    highest, best = ordered[-1]
    # A median that one viral post moved would say nothing of the others.
    rest = median(value for value, _post in ordered[:-1])
    return language.gettext(
        "{title}: the highest of {n} is {value} ({post}); without it the median is {rest}.",
        title=language.gettext(finding.title),
        n=language.number(len(ordered)),
        value=words.value(finding.metric, highest, language),
        post=words.post(best.media, report.timezone, language),
        rest=words.value(finding.metric, rest, language),
    )


def _days(report: InsightsReport, finding: Finding, language: Language) -> Iterator[str]:
    metric = next(metric for metric in report.days.metrics if metric.metric == finding.metric)
    numbers = {day.day: day.number for day in metric.days if day.number is not None}
    # The numbers are of Instagram's days, which end at another midnight than the account's.
    posted = defaultdict[date, list[str]](list)
    for post in report.posted.on_instagrams_days:
        posted[post.published_at.astimezone(ZoneInfo(DAY_ZONE)).date()].append(kind_of(post))
    highest = max(numbers, key=lambda day: numbers[day])
    yield language.gettext(
        "{title}: the highest of {n} days is {value} ({day}).",
        title=language.gettext(finding.title),
        n=language.number(len(numbers)),
        value=language.number(numbers[highest]),
        day=language.day(highest),
    )
    yield language.gettext(
        "Posts went out on {days} of Instagram's {length} days.",
        days=language.number(sum(day in posted for day in numbers)),
        length=language.number(len(numbers)),
    )


def _brought(report: InsightsReport, language: Language) -> Iterator[str]:
    yield from followers.notes(report, language)
    follows = [post.follows for post in report.growth.posts.posts if post.follows is not None]
    if follows:
        yield language.gettext(
            "Follows from feed posts and stories, as Instagram counts them: {count} (n {n}).",
            count=language.number(sum(follows)),
            n=language.number(len(follows)),
        )


def _next(report: InsightsReport, language: Language) -> Iterator[str]:
    times = report.best_time
    if isinstance(times.found, TooFew):
        yield language.gettext(
            "Best time: {n} of {posts} posts of the last year have a reach at 24 h, and it takes {needed}.",
            n=language.number(times.found.n),
            posts=language.number(times.posts),
            needed=language.number(times.found.needed),
        )
    else:
        yield language.gettext(
            "Best time is an association among posts that went out, no proof; an experiment can decide."
        )
    # Lifetime numbers name their own best, of posts within a month of age.
    if report.best and report.lifetime is None:
        yield _best(report, report.best[0], language)
    if report.experiment:
        yield _experiment(report.experiment, language)
    if without := unread(report, language):
        yield without
    if report.lifetime and (online := report.lifetime.online):
        yield language.gettext(
            "The two hours with the most followers online are {utc} if Instagram's hours are UTC, {pacific} "
            "if they are Pacific time (in {zone}): a guess, and no proof that posts reach more then.",
            utc=online.if_utc,
            pacific=online.if_pacific,
            zone=report.timezone,
        )
    if report.coming:
        answers = language.semicolons(
            f"{language.gettext(words.COMING[coming.answer][0])} "
            f"({words.comes(coming, report.made_at, language)})"
            for coming in report.coming
        )
        yield language.gettext("Still to come, by dates that are guesses: {answers}.", answers=answers)


def _best(report: InsightsReport, best: PostAgainstItsKind, language: Language) -> str:
    """Say what a second such post is likely to reach: the best of many is luck for the most part."""
    times_usual, as_usual = (
        _("The best of {count}: {post}, {times} times the usual of its kind (n {n})."),
        _("The best of {count}: {post}, about as usual for its kind (n {n})."),
    )
    first = language.gettext(
        as_usual if words.is_as_usual(best.times_usual) else times_usual,
        count=language.number(sum(post.times_usual is not None for post in report.posted.posts)),
        post=words.post(best.media, report.timezone, language),
        times=words.times(best, language),
        n=language.number(best.n),
    )
    share = report.posted.share_kept
    if share is None:
        second = language.gettext("The best of many is luck for a part.")
    elif words.is_as_usual(again := (best.times_usual or 1) ** share):
        second = language.gettext("A second one is likely to reach about as much as usual.")
    else:
        second = language.gettext(
            "A second one is likely to reach some {times} times the usual.", times=language.number(again, 1)
        )
    return f"{first} {second}"


def _experiment(status: ExperimentStatus, language: Language) -> str:
    outcome, difference = status.outcome, status.outcome.difference
    counts = language.gettext(
        "Experiment: {first} and {second} of {planned} posts have a reach at 24 h.",
        first=language.number(outcome.first.reached),
        second=language.number(outcome.second.reached),
        planned=language.number(status.experiment.posts),
    )
    if difference is None or difference.low is None or difference.high is None or not status.is_complete:
        return counts
    ends = (difference.percent, difference.low, difference.high)
    decimals = words.decimals_that_tell(*ends)
    change, low, high = (language.percent(end, decimals, is_signed=True) for end in ends)
    stands = language.gettext(
        "The second slot against the first: {change} ({low} to {high}), tested.",
        change=change,
        low=low,
        high=high,
    )
    return f"{counts} {stands}"


def unread(report: InsightsReport, language: Language) -> str | None:
    """Say how many posts have no reading at 24 hours, and why; None where all have."""
    posted = report.posted
    if posted.read == len(posted.posts):
        return None
    reasons = language.listed(
        [
            f"{language.gettext(_UNREAD[why])} ({language.number(count)})"
            for why, count in posted.unread.items()
        ]
    )
    return language.ngettext(
        "{count} post has no reading at 24 h: {reasons}.",
        "{count} posts have no reading at 24 h: {reasons}.",
        len(posted.posts) - posted.read,
        reasons=reasons,
    )
