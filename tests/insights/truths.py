"""Asks the product about simulated accounts, and holds what it says against what was planted.

Each `ask_...` puts a question to one account as the product is asked, and answers with a `Verdict` for each
thing that the product may claim; `PROMISED` says how often a claim may be wrong. `bench/truths.py` and the
tests count verdicts, so that what changes in how the product is asked, or answers, is changed here alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import Final, cast

import numpy as np
from msgspec.structs import replace as replace_struct

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    Batch,
    Collecting,
    KeptExperiment,
    KeptMedia,
)
from pressroom.insights.questions.people import posts_growth
from pressroom.insights.questions.periods import end_of
from pressroom.insights.questions.timing import ExperimentPost, Turn, outcome_of
from pressroom.insights.report.language import language_of
from pressroom.insights.report.languages import available_languages
from pressroom.insights.report.movements import Of
from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.best_time import BestTime, Family, PostReach, best_time
from pressroom.service.insights.report_answers import answer
from pressroom.service.insights.report_facts import InsightsReport
from tests.insights.fronts import unsupported
from tests.insights.planted import HOUR_S, Planted, media_of, planted, reading_of
from tests.insights.statistics.simulated import (
    DAY,
    LAST,
    PERIOD,
    PLANTED_BLOCK,
    PLANTED_KIND,
    PLANTED_WEEKDAY,
    Simulated,
    draw_counts,
    draw_days,
    draw_posts,
    draw_posts_apart,
    draw_turns,
)


class Claim(StrEnum):
    """What the product may claim of an account."""

    HOURS = "hours"
    WEEKDAYS = "weekdays"
    KINDS = "kinds"
    POSTS = "posts of a period"
    DAYS = "days of a period"
    KINDS_OF_PERIOD = "kinds of a period"
    FRONT = "sentences in each language"
    REPORT = "whole report"
    FIRST_LINE = "first line"
    FOLLOWERS = "followers after a post"
    EXPERIMENT = "experiment"


# Written here and not read from the product, which would else be held against itself.
PROMISED: Final = {
    Claim.HOURS: 0.01,
    Claim.WEEKDAYS: 0.01,
    Claim.KINDS: 0.01,
    Claim.POSTS: 0.03,
    Claim.DAYS: 0.02,
    Claim.KINDS_OF_PERIOD: 0.01,
    # Whatever is read first has to stand in the results.
    Claim.FRONT: 0.0,
    Claim.REPORT: 0.10,
    Claim.FIRST_LINE: 0.10,
    Claim.FOLLOWERS: 0.02,
    Claim.EXPERIMENT: 0.02,
}
"""How often each may be claimed where nothing is planted: of accounts, and of posts for followers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the product claimed of an account, held against the truth.

    wrong: whether it claims what is not so, or the share of posts of which it does. right: whether it claims
    what was planted, None where nothing was. missed: the share of the intervals shown that leave out the
    truth, None without one; confidence: how many are stated to hold it. contradicts: whether an interval
    leaves out 0 and nothing is claimed of it, or the other way round. visible: the effect in percent that it
    says it would have seen. is_answered: it had enough to say anything.
    """

    wrong: float = 0.0
    right: float | None = None
    missed: float | None = None
    confidence: float | None = None
    contradicts: float = 0.0
    visible: float | None = None
    is_answered: bool = True


Verdicts = dict[Claim, Verdict]


def ask_best_time(account: Simulated, seed: int) -> Verdicts:
    """Ask when, and with which kind, to post."""
    answer = best_time(draw_posts(account, seed), UTC, seed=seed)
    if isinstance(answer, TooFew):
        return dict.fromkeys((Claim.HOURS, Claim.WEEKDAYS, Claim.KINDS), Verdict(is_answered=False))
    planted_cells = {
        Claim.HOURS: (PLANTED_BLOCK, account.block),
        Claim.WEEKDAYS: (PLANTED_WEEKDAY, account.weekday),
        Claim.KINDS: (PLANTED_KIND, account.kind),
    }
    return {
        claim: _verdict_of_family(family, *planted_cells[claim])
        for claim, family in families_of(answer).items()
    }


def families_of(answer: BestTime) -> dict[Claim, Family]:
    """Return the families that an answer judges."""
    names = (Claim.HOURS, Claim.WEEKDAYS, Claim.KINDS)
    families = {name: cast("Family | None", getattr(answer, name.value, None)) for name in names}
    return {name: family for name, family in families.items() if family is not None}


def _verdict_of_family(family: Family, cell: str, times: float) -> Verdict:
    is_planted = times != 1
    # Where one cell reaches more, the others are truly a little below what is not theirs.
    intervals = [effect.against_others for effect in family.effects if not is_planted or effect.cell == cell]
    truth = 100 * (times - 1)
    return Verdict(
        wrong=float(family.is_found and not (is_planted and family.best in {cell, None})),
        right=float(family.best == cell) if is_planted else None,
        missed=_share(not each.low <= truth <= each.high for each in intervals),
        confidence=min((each.confidence for each in intervals), default=None),
        contradicts=float(
            any(effect.stands_out != effect.against_others.is_outside_noise for effect in family.effects)
        ),
        visible=family.smallest_visible_percent,
    )


def _share(truths: Iterable[bool]) -> float | None:
    values = list(truths)
    return sum(values) / len(values) if values else None


async def ask_report(account: Simulated, seed: int) -> Verdicts:
    """Ask for the report of the last period, of an account that was watched all the time."""
    async with planted() as place:
        keep(place, account, seed)
        return judge(await place.insights.report(f"{PERIOD}d"), account)


def keep(place: Planted, account: Simulated, seed: int) -> None:
    """Keep what a worker would have of a simulated account: readings at 24 h, days, and followers."""
    posts, now = draw_posts(account, seed), place.clock.now()
    begin = LAST - (account.days + 1) * DAY
    media = [_media_of(str(number), post) for number, post in enumerate(posts, 1)]
    rates = np.random.default_rng(seed).lognormal(0, 0.4, (len(posts), 5)) * (1.7, 0.05, 0.004, 0.006, 0.005)
    names = ("views", "likes", "comments", "saved", "shares")
    readings = [
        reading_of(
            post,
            24 * HOUR_S,
            reach=round(drawn.reach),
            **{name: round(drawn.reach * rate) for name, rate in zip(names, of_post, strict=True)},
        )
        for post, drawn, of_post in zip(media, posts, rates, strict=True)
        if post.published_at <= now - DAY
    ]
    counts = draw_counts(account, [post.at for post in posts], seed)
    batches = [
        Batch(collecting=Collecting(started_at=min([begin, *(post.at for post in posts)]), complete_at=now)),
        Batch(media=media, readings=readings, days=list(_account_days(account, seed))),
        # A report looks at those of its period.
        *(
            Batch(account=AccountReading(read_at=at, followers_count=count))
            for at, count in counts[-2 * PERIOD :]
        ),
    ]
    for batch in batches:
        place.store.readings.keep(place.account, batch)


def _media_of(name: str, post: PostReach) -> KeptMedia:
    media = media_of(name, post.at, "REELS" if post.kind == "reel" else "FEED")
    return replace_struct(media, media_type="CAROUSEL_ALBUM") if post.kind == "carousel" else media


def _account_days(account: Simulated, seed: int) -> Iterator[AccountDay]:
    for metric, numbers in draw_days(account, seed).items():
        for back, number in enumerate(numbers[::-1]):
            ends_at = end_of((LAST - back * DAY).date())
            yield AccountDay(metric=metric, ends_at=ends_at, number=int(number), read_at=ends_at + 3 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planted:
    """What may be claimed, by the names that `_claims_of` gives. first: what the first fact has to name."""

    true: dict[Claim, frozenset[str]]
    first: str | None


def _planted_in(account: Simulated) -> _Planted:
    counts, kinds = frozenset({"reach", "views", "shares", "saved"}), frozenset({"reel", "photo", "carousel"})
    # What changed late makes a trend of its kind, of which best time may say what is so.
    if account.late_kind != 1:
        true = {
            Claim.POSTS: counts,
            Claim.KINDS_OF_PERIOD: frozenset({PLANTED_KIND}),
            Claim.KINDS: kinds,
        }
        return _Planted(true=true, first=r"\breels?\b")
    if account.late_posts != 1:
        true = {Claim.POSTS: counts, Claim.KINDS_OF_PERIOD: kinds}
        return _Planted(true=true, first=r"\b(posts?|reach(ed)?|views)\b")
    if account.late_days != 1:
        true = {Claim.DAYS: frozenset({"reach", "follower_count"})}
        return _Planted(true=true, first=r"\b(account|followers)\b")
    return _Planted(true={}, first=None)


_OF_PERIOD: Final = (Claim.POSTS, Claim.DAYS, Claim.KINDS_OF_PERIOD)


def judge(report: InsightsReport, account: Simulated) -> Verdicts:
    """Hold a report's claims against what was planted in its period."""
    planted_names, claims = _planted_in(account), _claims_of(report)
    verdicts = dict[Claim, Verdict]()
    for claim, names in claims.items():
        true = planted_names.true.get(claim, frozenset())
        verdicts[claim] = Verdict(
            wrong=float(not names <= true),
            right=float(bool(names & true)) if true and claim in _OF_PERIOD else None,
        )
    is_wrong = any(verdict.wrong for verdict in verdicts.values())
    for of, claim in ((Of.POSTS, Claim.POSTS), (Of.DAYS, Claim.DAYS)):
        if claim not in planted_names.true:
            missed, confidence = _missed_by_intervals(report, of)
            verdicts[claim] = replace(
                verdicts[claim], missed=missed, confidence=confidence, is_answered=missed is not None
            )
    first = first_fact(report)
    is_named = planted_names.first is not None and re.search(planted_names.first, first.lower()) is not None
    verdicts[Claim.REPORT] = Verdict(wrong=float(is_wrong))
    verdicts[Claim.FRONT] = Verdict(wrong=float(any(map(_claims_more, _in_each_language(report)))))
    is_quiet = ": about " not in first
    verdicts[Claim.FIRST_LINE] = Verdict(
        wrong=float(not is_quiet) if planted_names.first is None else 0.0,
        right=None if planted_names.first is None else float(is_named and not is_quiet),
    )
    return verdicts


def _in_each_language(report: InsightsReport) -> Iterator[InsightsReport]:
    for code in available_languages():
        yield answer(replace(report, language=code), {})


def _claims_more(report: InsightsReport) -> bool:
    """Tell whether a sentence that is read first is not in the report's results."""
    return bool(unsupported(report, language_of(report.language)))


def first_fact(report: InsightsReport) -> str:
    """Return the first sentence of "What happened?"."""
    return next(answer for answer in report.answers if answer.name == "happened").sentences[0]


def _claims_of(report: InsightsReport) -> dict[Claim, set[str]]:
    """Return what a report claims, by the metrics, kinds or cells that it names."""
    times = report.best_time.found
    families = {} if isinstance(times, TooFew) else families_of(times)
    return {
        Claim.POSTS: {movement.metric for movement in report.moved if movement.of is Of.POSTS},
        Claim.DAYS: {movement.metric for movement in report.moved if movement.of is Of.DAYS},
        Claim.KINDS_OF_PERIOD: {
            kind.name for kind in report.kinds if kind.change and kind.change.is_outside_noise
        },
        **{
            claim: {cell for cell in (family.best, family.worst) if cell is not None}
            for claim, family in families.items()
        },
    }


def _missed_by_intervals(report: InsightsReport, of: Of) -> tuple[float | None, float | None]:
    """Return the share of the intervals shown that leave out 0, and how many are stated to hold it."""
    changes = [
        baseline.change.difference
        for movement in report.movements
        for baseline in (movement.before, movement.trailing)
        if movement.of is of and baseline.change
    ]
    missed = _share(not change.low <= 0 <= change.high for change in changes)
    return missed, min((change.confidence for change in changes), default=None)


def ask_followers(account: Simulated, seed: int, *, every: float) -> Verdicts:
    """Ask which posts had followers after them, of an account with a post every so many days."""
    posts = draw_posts_apart(account, every, seed)
    counts = [
        AccountReading(read_at=at, followers_count=count) for at, count in draw_counts(account, posts, seed)
    ]
    media = [media_of(str(number), at) for number, at in enumerate(posts, 1)]
    rows = posts_growth(media, (), counts).posts
    judged = [row.after for row in rows if row.after and row.after.is_outside_noise is not None]
    marked = _share(bool(after.is_outside_noise) for after in judged)
    if marked is None:
        return {Claim.FOLLOWERS: Verdict(right=0.0 if account.after_post else None, is_answered=False)}
    if not account.after_post:
        return {Claim.FOLLOWERS: Verdict(wrong=marked)}
    more = _share(bool(after.is_outside_noise) and (after.more_than_usual or 0) > 0 for after in judged)
    return {Claim.FOLLOWERS: Verdict(right=more)}


def ask_experiment(account: Simulated, seed: int, *, pairs: int, same_day: bool) -> Verdicts:
    """Ask an experiment after each pair of posts: whichever look calls a difference found, counts."""
    posts = [
        ExperimentPost(
            media=media_of(str(place), at), turn=list(Turn)[place % 2], reach=reach, is_awaited=False
        )
        for place, (at, reach) in enumerate(draw_turns(account, pairs, seed, same_day=same_day))
    ]
    planned = KeptExperiment(
        started_at=posts[0].media.published_at,
        first="daily 09:00",
        second="daily 18:00",
        timezone="UTC",
        posts=len(posts),
    )
    looks = [
        outcome_of(planned, posts[:n], 0, posts[n - 1].media.published_at + 2 * DAY)
        for n in _even(len(posts))
    ]
    differences = [look.difference for look in looks if look.difference]
    if not differences:
        return {Claim.EXPERIMENT: Verdict(is_answered=False)}
    last, truth, is_planted = differences[-1], 100 * (account.block - 1), account.block != 1
    if last.low is None or last.high is None:
        return {Claim.EXPERIMENT: Verdict(is_answered=False)}
    return {
        Claim.EXPERIMENT: Verdict(
            wrong=float(any(each.is_found and not (is_planted and each.percent > 0) for each in differences)),
            right=float(bool(last.is_found and last.percent > 0)) if is_planted else None,
            missed=float(not last.low <= truth <= last.high),
            confidence=last.confidence,
            contradicts=float(bool(last.is_found) != (last.low > 0 or last.high < 0)),
            visible=last.smallest_visible_percent,
        )
    }


def _even(n: int) -> range:
    return range(2, n + 1, 2)
