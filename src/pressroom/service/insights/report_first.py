"""What a first report says, of posts that nobody watched: sentences and tables of lifetime numbers.

Each says that its numbers are of no equal age, and none says that anything changed, or what would work. The
functions named as the five answers give what is added to them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.spelling import NONE, age, number
from pressroom.insights.questions.coming import Answer, Coming
from pressroom.insights.questions.posts import RATE, kind_of, value_of
from pressroom.insights.report.lifetime import Lifetime, OnlineHours
from pressroom.insights.report.movements import PostAgainstItsKind
from pressroom.insights.report.page import Figure, Section, Table
from pressroom.service.insights import report_words as words
from pressroom.service.insights.kept import DAY_S
from pressroom.service.insights.report_facts import InsightsReport

_LIFETIME: Final = "Lifetime numbers (each post at its own age; a description, no test)"
_COMING: Final[Mapping[Answer, str]] = {
    Answer.AT_A_DAY: "posts at 24 h",
    Answer.BEFORE: "such a period against the one before",
    Answer.HISTORY: "daily reach against the account's history",
    Answer.TRAILING: "posts against the 90 days before",
    Answer.FOLLOWERS: "followers after a post",
    Answer.BEST_TIME: "best time",
}
# What a date rests on, or why there is none.
_RESTS_ON: Final[Mapping[Answer, str]] = {
    Answer.AT_A_DAY: "a post a day old that was watched from its first day",
    Answer.BEFORE: "two whole periods that were watched",
    Answer.HISTORY: "90 known days, and three times its length, before a whole period; Instagram tells some",
    Answer.TRAILING: "90 watched days before a whole period",
    Answer.FOLLOWERS: "ten days without a post, none within 48 h after one, at the pace of the last 90 days",
    Answer.BEST_TIME: "posts with a reach at 24 h, at the pace of the last 90 days",
}


def happened(report: InsightsReport) -> Iterator[str]:
    """Name the posts that stand highest and lowest within a month of age."""
    lifetime = report.lifetime
    if lifetime is None:
        return
    ends = [
        f"{words.post(posts[0].media, report.timezone)} stands {place} in {words.label(lifetime.metric)}, "
        f"with {_times(posts[0])}"
        for place, posts in (("highest", lifetime.best), ("lowest", lifetime.weakest))
        if posts
    ]
    if ends:
        yield f"{_LIFETIME}: beside posts of its kind within a month of its age, {'; '.join(ends)}."
    else:
        yield f"{_LIFETIME}: no post has five others of its kind within a month of its age to stand beside."


def why(report: InsightsReport) -> Iterator[str]:
    """Describe the kinds beside each other within a month of age."""
    lifetime = report.lifetime
    if lifetime is None:
        return
    times = "; ".join(
        f"{kind.name}s have {kind.times.value:.1f} times the {words.label(lifetime.metric)} of "
        f"{kind.times.against}s at the median (n {kind.times.n} beside {kind.times.others})"
        for kind in lifetime.kinds
        if kind.times
    )
    since = words.day(lifetime.since)
    if times:
        yield f"{_LIFETIME}, of posts since {since}, within a month of age: {times}."
    rates = "; ".join(
        f"{kind.name}s {words.value(RATE, kind.rate.median)} (n {kind.rate.n})"
        for kind in lifetime.kinds
        if kind.rate
    )
    if rates:
        better = "As a ratio it compares better than counts do"
        yield f"{_LIFETIME}, of posts since {since}: median engagement rate of {rates}. {better}."


def brought(report: InsightsReport) -> Iterator[str]:
    """Tell the totals so far of what was posted."""
    if report.lifetime and report.lifetime.totals:
        totals = ", ".join(
            f"{total.sum:,} {words.label(name)} (n {total.media})"
            for name, total in report.lifetime.totals.items()
        )
        yield f"{_LIFETIME}: so far {totals}."


def coming(report: InsightsReport) -> Iterator[str]:
    """Guess from follower hours when to post, and tell from when on each answer is there."""
    if report.lifetime and report.lifetime.online:
        yield guess(report.lifetime.online, report.timezone)
    if report.coming:
        answers = "; ".join(f"{_COMING[answer.answer]} {_from(answer)}" for answer in report.coming)
        yield f"Answers that are still to come, by dates that are guesses: {answers}."


def guess(online: OnlineHours, timezone: str) -> str:
    """Say when followers are online most, which is no proof of anything."""
    hours = f"{online.first} to {(online.first + 2) % 24} h of Instagram's"
    local = online.if_utc
    if online.if_utc != online.if_pacific:
        local = f"{online.if_utc} if they are UTC, {online.if_pacific} if they are Pacific time"
    return (
        f"A guess: followers are online most at {hours}, which does not say whose hours these are: in "
        f"{timezone} {local} (no proof that posts reach more then)."
    )


def reached(post: PostAgainstItsKind, report: InsightsReport) -> str | None:
    """Write what a post on a card reached so far; None of a post with its numbers at 24 h."""
    if report.lifetime is None or post.aged is None or post.aged.age_s == DAY_S:
        return None
    reach = f"{number(post.value)} {words.label(report.lifetime.metric)}"
    times = f"{post.times_usual or 0:.1f} times the median of its kind within a month of that (n {post.n})"
    return f"{reach}; lifetime, at its own age of {age(post.aged.age_s)}; {times}"


def sections(report: InsightsReport) -> Iterator[Section]:
    """Lay out the lifetime numbers, and the dates of answers to come."""
    if lifetime := report.lifetime:
        says = [f"{_LIFETIME}: older posts have had more time."]
        reach = words.label(lifetime.metric)
        figures = [
            _posts(f"{reach.capitalize()} within a month of age, of the period", lifetime.posts, report),
            _posts(f"The highest since {words.day(lifetime.since)}", lifetime.best_of_year, report),
            _kinds(lifetime),
        ]
        yield Section(title="Lifetime numbers", says=says, figures=figures)
    if report.coming:
        rows = [
            [words.capitalised(_COMING[answer.answer]), _from(answer), _RESTS_ON[answer.answer]]
            for answer in report.coming
        ]
        table = Table(columns=("Answer", "When", "What it takes"), rows=rows, texts=3)
        says = "Dates are guesses: they hold if a worker runs, and posts go out as they did."
        figure = Figure(title="From when on each is there", says=says, table=table, is_open=True)
        yield Section(title="Answers to come", figures=[figure])


def _posts(title: str, posts: Sequence[PostAgainstItsKind], report: InsightsReport) -> Figure:
    zone = ZoneInfo(report.timezone)
    rows = [
        [
            f"{post.media.published_at.astimezone(zone):%Y-%m-%d %H:%M}",
            kind_of(post.media),
            words.short(post.media.caption, 60),
            number(post.value),
            age(post.aged.age_s if post.aged else None),
            NONE if post.times_usual is None else f"{post.times_usual:.1f}",
            f"{post.n}",
            words.value(RATE, value_of(post.aged, RATE) if post.aged else None),
        ]
        for post in posts
    ]
    columns = ("Published", "Kind", "Caption", "As last read", "at the age of", "times the median", "n")
    return Figure(
        title=title,
        says="Times the median of the n others of its kind within a month of its age, if these are five.",
        table=Table(columns=(*columns, "engagement"), rows=rows, texts=3),
        is_wide=True,
        is_open=True,
    )


def _kinds(lifetime: Lifetime) -> Figure:
    rows = list[list[str]]()
    for kind in lifetime.kinds:
        rate, times = kind.rate, kind.times
        cells = [kind.name, f"{kind.n}", words.value(RATE, rate.median if rate else None)]
        cells += [f"{rate.n}" if rate else "0", f"{times.value:.1f}" if times else NONE]
        rows.append([*cells, f"{times.n} beside {times.others} {times.against}s" if times else NONE])
    return Figure(
        title=f"Kinds since {words.day(lifetime.since)}",
        says="The engagement rate is a ratio of two lifetime numbers, which compares better than counts do.",
        table=Table(
            columns=("Kind", "Posts", "Median engagement", "n", "Times the reach", "n beside"), rows=rows
        ),
        is_open=True,
    )


def _times(post: PostAgainstItsKind) -> str:
    assert post.aged  # only a post that was read stands anywhere
    times = f"{post.times_usual or 0:.1f} times their median"
    return f"{times} at its own age of {age(post.aged.age_s)} (n {post.n})"


def _from(answer: Coming) -> str:
    return f"from {words.day(answer.on)} on" if answer.on else "not at this pace of posting"
