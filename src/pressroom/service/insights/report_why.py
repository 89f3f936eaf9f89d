"""Sentences for each number that moved: what posts and days show of it, which proves no cause."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.posts import kind_of, value_of
from pressroom.insights.report.movements import Movement, Of
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport, Kind


def reasons(report: InsightsReport) -> Iterator[str]:
    """Say of each number that moved what goes with it."""
    for one in report.moved:
        said = _of_posts(report, one) if one.of is Of.POSTS else _of_days(report, one)
        yield f"{words.title(one)}. {' '.join(said)}"
    if not report.moved:
        nothing = "Nothing moved beyond chance" if report.is_compared else "Nothing is compared"
        yield f"{nothing}, so there is nothing to explain."


def _of_posts(report: InsightsReport, movement: Movement) -> Iterator[str]:
    if movement.metric == report.reach and (kind := _weightiest(report.kinds)):
        yield kind
    if mix := _mix(report, movement):
        yield mix
    yield _without_the_highest(report, movement)


def _weightiest(kinds: tuple[Kind, ...]) -> str | None:
    """Name the kind that changed beyond chance, of several the one with the most change in all its posts."""
    changed = [
        (abs(one.change.difference.value) * one.posts, one.name, one.now, one.trailing)
        for one in kinds
        if one.change and one.change.is_outside_noise and one.now and one.trailing
    ]
    if not changed:
        return None
    _, name, now, before = max(changed, key=lambda found: found[0])
    medians = f"a median of {now.median:,.0f} (n {now.n}) after {before.median:,.0f} (n {before.n})"
    return f"{words.capitalised(name)}s weigh most in it, with {medians} in the 90 days before."


class _Share(NamedTuple):
    """How many of the posts of two spans are of a kind."""

    name: str
    now: int
    of_now: int
    before: int
    of_before: int

    @property
    def change(self) -> float:
        """How much more of all posts it is, as a share."""
        return self.now / self.of_now - self.before / self.of_before


def _mix(report: InsightsReport, movement: Movement) -> str | None:
    """Tell how the kinds' shares changed most: a mix that changed moves a median though no kind did."""
    posted, is_before = report.posted, movement.moved_against is movement.before
    now, before = len(posted.posts), posted.posts_before if is_before else posted.posts_trailing
    if not (now and before):
        return None
    shares = [
        _Share(one.name, one.posts, now, one.posts_before if is_before else one.posts_trailing, before)
        for one in report.kinds
    ]
    most = max(shares, key=lambda one: abs(one.change))
    if not most.change:
        return None
    span = words.against(movement, movement.before if is_before else movement.trailing)
    return f"{most.now} of {now} posts were {most.name}s, {most.before} of {before} in {span}."


def _without_the_highest(report: InsightsReport, movement: Movement) -> str:
    numbers = ((value_of(one.aged, movement.metric), one) for one in report.posted.posts if one.aged)
    known = sorted(((found, one) for found, one in numbers if found is not None), key=lambda pair: pair[0])
    highest, best = known[-1]
    rest = median(found for found, _ in known[:-1])
    named = words.post(best.media, report.timezone)
    return (
        f"The highest is {named} with {words.value(movement.metric, highest)}; "
        f"without it the median is {words.value(movement.metric, rest)}."
    )


def _of_days(report: InsightsReport, movement: Movement) -> Iterator[str]:
    found = next(one for one in report.days.metrics if one.metric == movement.metric)
    known = {one.day: one.number for one in found.days if one.number is not None}
    posted = _posted_on(report)
    highest = max(known, key=lambda day: known[day])
    kinds = (
        f", on which {', '.join(f'a {one}' for one in posted[highest])} went out" if highest in posted else ""
    )
    yield f"The highest day was {words.day(highest)} with {known[highest]:,}{kinds}."
    with_post = sum(day in posted for day in known)
    yield f"A post went out on {with_post} of Instagram's {words.counted(len(known), 'day')}."


def _posted_on(report: InsightsReport) -> Mapping[date, list[str]]:
    kinds = defaultdict[date, list[str]](list)
    for one in report.posted.on_instagrams_days:
        kinds[_day(one.published_at)].append(kind_of(one))
    return kinds


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(DAY_ZONE)).date()
