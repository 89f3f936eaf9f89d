"""The tools of insights."""

from datetime import timedelta
from typing import Final

from pressroom.core.errors import Refused
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.mcp.fence import fenced
from pressroom.mcp.remedies import by_tool
from pressroom.service.insights_account import InPeriod
from pressroom.service.insights_posts import By, Compared, Group, KeptPost, kind_of
from pressroom.service.insights_timing import BestTimes, TooFew
from pressroom.service.report.facts import Answer
from pressroom.service.shapes.from_value import spelled
from pressroom.service.timing_words import ASSOCIATION, best_time_says, could_see

_HOUR_S: Final = 3600
_CAPTION: Final = 160
_FEW: Final = "Where n or `of` is under 5 it says little: tell the person so."


async def get_insights(context: ToolContext, given: inputs.GetInsights) -> views.InsightsView:
    """List kept posts with their numbers."""
    pressroom = await context.sessions.of(given.account)
    age_s = given.age_hours and given.age_hours * _HOUR_S
    if given.media_ids:
        _require_alone("media_ids", given, "kinds", "days", "age_hours", "sort")
        found = await pressroom.insights.kept(*given.media_ids)
    else:
        since = given.days and context.clock.now() - timedelta(days=given.days)
        found = await pressroom.insights.media(
            age_s=age_s, kinds=given.kinds or (), since=since or None, sort=given.sort, limit=given.limit
        )
    return views.InsightsView(
        account=found.account,
        posts=tuple(_measured(one) for one in found.posts),
        next_step="A number that is absent is not known; it is not 0. compare_posts judges posts at one age.",
    )


async def compare_posts(context: ToolContext, given: inputs.ComparePosts) -> views.ComparisonView:
    """Compare posts with their kind, or groups of posts."""
    pressroom = await context.sessions.of(given.account)
    age_s = given.age_hours * _HOUR_S
    if given.media_ids:
        _require_alone("media_ids", given, "days")
        found = await pressroom.insights.compare(given.media_ids, metric=given.metric, age_s=age_s)
    else:
        since = given.days and context.clock.now() - timedelta(days=given.days)
        found = await pressroom.insights.compare_groups(
            By(given.by), metric=given.metric, age_s=age_s, since=since or None
        )
    return views.ComparisonView(
        account=found.account,
        metric=found.metric,
        age_hours=found.age_s / _HOUR_S,
        posts=tuple(_compared(one) for one in found.posts),
        groups=tuple(_group(one) for one in found.groups),
        next_step=_FEW,
    )


async def get_best_time(context: ToolContext, given: inputs.ForAccount) -> views.BestTimeView:
    """Tell whether hours or weekdays mattered."""
    pressroom = await context.sessions.of(given.account)
    found = await pressroom.insights.best_time()
    return views.BestTimeView(
        account=found.account,
        timezone=found.timezone,
        says=best_time_says(found),
        n=found.found.n,
        stands_out=_standing_out(found),
        next_step=" ".join([*could_see(found), ASSOCIATION]),
    )


async def get_account_insights(
    context: ToolContext, given: inputs.GetAccountInsights
) -> views.AccountInsightsView:
    """Tell an account's numbers in a period."""
    pressroom = await context.sessions.of(given.account)
    found = await pressroom.insights.account(given.period)
    return views.AccountInsightsView(
        account=found.account,
        first=found.period.first.isoformat(),
        last=found.period.last.isoformat(),
        followers=(await pressroom.insights.audience()).followers,
        metrics=tuple(_metric(one) for one in found.metrics),
        next_step="A change inside the noise is none. No total means missing days, or a count of people.",
    )


async def create_report(context: ToolContext, given: inputs.CreateReport) -> views.ReportView:
    """Tell a period as five answers, and write the page where one is asked for."""
    output = context.folders.output(given.output) if given.output else None
    pressroom = await context.sessions.of(given.account)
    report = await pressroom.insights.report(given.period, comments=given.comments or {})
    written = await pressroom.insights.write_report(report, output) if output else None
    return views.ReportView(
        account=report.account,
        first=report.period.first.isoformat(),
        last=report.period.last.isoformat(),
        answers=tuple(_answer(one) for one in report.answers),
        file=str(written.file) if written else None,
        next_step="Quote facts as they are. Say what you add as your own.",
    )


async def pull_insights(context: ToolContext, given: inputs.ForAccount) -> views.PulledView:
    """Read what is due of an account's insights."""
    pressroom = await context.sessions.of(given.account)
    done = await pressroom.insights.pull()
    problem = f"A part could not be read: {done.problem.said_by(by_tool)}" if done.problem else None
    return views.PulledView(
        account=done.account,
        calls=done.calls,
        readings=done.learnt.readings,
        kept_media=done.kept.media,
        is_whole=done.is_whole,
        next_step=problem or "get_insights, compare_posts and create_report tell what is kept.",
    )


def _require_alone(name: str, given: inputs.GetInsights | inputs.ComparePosts, *others: str) -> None:
    """Raise Refused for an argument that would say nothing beside another one."""
    for other in others:
        if getattr(given, other) is not None:
            raise Refused(
                f"{other} says nothing beside {name}, which names the posts.",
                rule=other,
                value=getattr(given, other),
                fix="Leave one of them out. At one age posts are told by compare_posts.",
            )


def _measured(post: KeptPost) -> views.MeasuredPost:
    media, aged = post.media, post.aged
    rate = aged.rate if aged else None
    return views.MeasuredPost(
        media_id=media.id,
        kind=kind_of(media),
        published_at=spelled(media.published_at, "UTC"),
        untrusted_caption=fenced(media.caption, _CAPTION),
        age_hours=round(aged.age_s / _HOUR_S, 1) if aged else None,
        metrics=dict(aged.numbers) if aged else {},
        engagement_rate_percent=rate.percent if rate else None,
        permalink=media.permalink,
    )


def _compared(one: Compared) -> views.ComparedPost:
    return views.ComparedPost(
        media_id=one.media.id,
        kind=kind_of(one.media),
        value=one.value,
        place=one.standing.place if one.standing else None,
        of=one.standing.of if one.standing else None,
    )


def _group(group: Group) -> views.GroupView:
    spread = group.spread
    return views.GroupView(
        name=group.name,
        n=spread.n if spread else 0,
        median=spread.median if spread else None,
        quartiles=spread.quartiles if spread else (),
    )


def _standing_out(found: BestTimes) -> tuple[views.Cell, ...]:
    told = found.found
    if isinstance(told, TooFew):
        return ()
    effects = [one for family in (told.hours, told.weekdays) for one in family.effects if one.stands_out]
    return tuple(
        views.Cell(
            cell=one.cell,
            n=one.n,
            percent=round(one.against_others.value, 1),
            low=round(one.against_others.low, 1),
            high=round(one.against_others.high, 1),
        )
        for one in effects
    )


def _metric(one: InPeriod) -> views.AccountMetric:
    against = one.against
    return views.AccountMetric(
        metric=one.metric,
        total=one.now.total,
        median_day=one.now.median_day,
        known_days=one.now.known,
        missing_days=one.now.missing,
        change=against.change if against else None,
        change_percent=_rounded(against.percent) if against else None,
        is_outside_noise=against.is_outside_noise if against else None,
    )


def _rounded(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 1)


def _answer(answer: Answer) -> views.Answer:
    return views.Answer(question=answer.question, facts=answer.facts)
