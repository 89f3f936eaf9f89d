"""The tools of insights."""

from datetime import timedelta
from typing import Final

from pressroom.core.errors import Refused
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext, fenced
from pressroom.service.ground.shaping import spelled
from pressroom.service.insights.kept import (
    ASSUMED_ZONE,
    GROUPS_DESCRIBE,
    By,
    InZone,
    KeptPosts,
    PostComparison,
    kind_of,
)
from pressroom.service.insights.questions import NOT_COMPARED
from pressroom.service.insights.timing import ASSOCIATION, TooFew, best_time_says, could_see
from pressroom.service.insights.unwatched import first_comparison_says, last_reading_says, outlook_says

_HOUR_S: Final = 3600
# Enough to recognise a post by.
_CAPTION: Final = 160
_FEW: Final = "Where n or `of` is under 5 it says little: tell the person so."


async def get_insights(context: ToolContext, arguments: inputs.GetInsights) -> views.InsightsView:
    """List kept posts with their numbers."""
    pressroom = await context.program.sessions.of(arguments.account)
    age_s = arguments.age_hours and arguments.age_hours * _HOUR_S
    if arguments.media_ids:
        _require_alone("media_ids", arguments, "kinds", "days", "age_hours", "sort")
        listed = await pressroom.insights.kept(*arguments.media_ids)
    else:
        since = arguments.days and context.clock.now() - timedelta(days=arguments.days)
        listed = await pressroom.insights.media(
            age_s=age_s,
            kinds=arguments.kinds or (),
            since=since or None,
            sort=arguments.sort,
            limit=arguments.limit,
        )
    posts = list[views.MeasuredPost]()
    for post in listed.posts:
        media, aged = post.media, post.aged
        measured = views.MeasuredPost(
            media_id=media.id,
            kind=kind_of(media),
            published_at=spelled(media.published_at, "UTC"),
            untrusted_caption=fenced(media.caption, _CAPTION),
            age=aged.age if aged else None,
            metrics=dict(aged.numbers) if aged else {},
            engagement_rate_percent=aged.rate.percent if aged and aged.rate else None,
            permalink=media.permalink,
        )
        posts.append(measured)
    absent = "A number that is absent is not known; it is not 0. compare_posts compares at one age."
    return views.InsightsView(
        account=listed.account, posts=tuple(posts), next_step=_with_outlook(absent, listed)
    )


async def compare_posts(context: ToolContext, arguments: inputs.ComparePosts) -> views.ComparisonView:
    """Compare posts with their kind, or groups of posts."""
    pressroom = await context.program.sessions.of(arguments.account)
    age_s = arguments.age_hours * _HOUR_S
    if arguments.media_ids:
        _require_alone("media_ids", arguments, "days")
        comparison = await pressroom.insights.compare(
            arguments.media_ids, metric=arguments.metric, age_s=age_s
        )
    else:
        since = arguments.days and context.clock.now() - timedelta(days=arguments.days)
        comparison = await pressroom.insights.in_zone(arguments.timezone).compare_groups(
            By(arguments.by), metric=arguments.metric, age_s=age_s, since=since or None
        )
    step = f"{GROUPS_DESCRIBE.by(views.by_tool)} {_FEW}" if comparison.groups else _FEW
    if arguments.by != By.KIND:
        step += _zone_note(comparison)
    return views.ComparisonView(
        account=comparison.account,
        metric=comparison.metric,
        age_hours=comparison.age_s / _HOUR_S,
        posts=tuple(
            views.ComparedPost(
                media_id=post.media.id,
                kind=kind_of(post.media),
                age=post.aged.age if post.aged else None,
                value=post.value,
                place=post.standing.place if post.standing else None,
                of=post.standing.of if post.standing else None,
            )
            for post in comparison.posts
        ),
        groups=tuple(
            views.GroupView(
                name=group.name,
                n=group.spread.n if group.spread else 0,
                median=group.spread.median if group.spread else None,
                quartiles=group.spread.quartiles if group.spread else (),
            )
            for group in comparison.groups
        ),
        next_step=_with_outlook(step, comparison),
    )


def _with_outlook(step: str, answer: KeptPosts | PostComparison) -> str:
    """Add to a next step the first day's last readings, and why few posts have numbers at an age."""
    says = [step]
    if answer.first_comparison:
        says += [f"{aged.media.id} so far: {last_reading_says(aged)}." for aged in answer.last_readings[:10]]
        says.append(first_comparison_says(answer.first_comparison))
    if answer.outlook:
        says.append(outlook_says(answer.outlook))
    return " ".join(says)


async def get_best_time(context: ToolContext, arguments: inputs.GetBestTime) -> views.BestTimeView:
    """Tell whether hours, weekdays or kinds mattered."""
    pressroom = await context.program.sessions.of(arguments.account)
    times = await pressroom.insights.in_zone(arguments.timezone).best_time()
    timing = times.found
    families = () if isinstance(timing, TooFew) else (timing.hours, timing.weekdays, timing.kinds)
    return views.BestTimeView(
        account=times.account,
        timezone=times.timezone,
        says=best_time_says(times),
        n=timing.n,
        stands_out=tuple(
            views.Cell(
                cell=effect.cell,
                n=effect.n,
                percent=round(effect.against_others.value, 1),
                low=round(effect.against_others.low, 1),
                high=round(effect.against_others.high, 1),
                confidence=effect.against_others.confidence,
            )
            for family in families
            for effect in family.effects
            if effect.stands_out
        ),
        next_step=" ".join([*could_see(times), ASSOCIATION]) + _zone_note(times),
    )


async def get_account_insights(
    context: ToolContext, arguments: inputs.GetAccountInsights
) -> views.AccountInsightsView:
    """Tell an account's numbers in a period."""
    pressroom = await context.program.sessions.of(arguments.account)
    read = await pressroom.insights.account(arguments.period)
    metrics = list[views.AccountMetric]()
    for metric in read.metrics:
        against = metric.against
        percent = against.percent if against else None
        row = views.AccountMetric(
            metric=metric.metric,
            total=metric.now.total,
            median_day=metric.now.median_day,
            known_days=metric.now.known,
            missing_days=metric.now.missing,
            change=against.change if against else None,
            change_percent=None if percent is None else round(percent, 1),
            is_outside_noise=against.is_outside_noise if against else None,
        )
        metrics.append(row)
    return views.AccountInsightsView(
        account=read.account,
        first=read.period.first.isoformat(),
        last=read.period.last.isoformat(),
        followers=(await pressroom.insights.audience()).followers,
        metrics=tuple(metrics),
        next_step="A change inside the noise may be chance. No total: missing days, or a count of people. "
        + NOT_COMPARED,
    )


async def create_report(context: ToolContext, arguments: inputs.CreateReport) -> views.ReportView:
    """Return a period's report as five answers, and write its page if a file is named."""
    # First, so that nothing is read for a page that may not be written.
    output = context.folders.output(arguments.output) if arguments.output else None
    pressroom = await context.program.sessions.of(arguments.account)
    insights = pressroom.insights.in_zone(arguments.timezone)
    report = await insights.report(
        arguments.period,
        comments=arguments.comments or {},
        language=arguments.language,
        top_by=arguments.top_by,
    )
    written = await pressroom.insights.write_report(report, output) if output else None
    return views.ReportView(
        account=report.account,
        first=report.period.first.isoformat(),
        last=report.period.last.isoformat(),
        answers=tuple(
            views.ReportAnswerView(question=answer.question, sentences=answer.sentences, notes=answer.notes)
            for answer in report.answers
        ),
        file=str(written.file) if written else None,
        next_step=f"Quote sentences as they are. Say what you add as your own.{_zone_note(report)}",
    )


async def pull_insights(context: ToolContext, arguments: inputs.ForAccount) -> views.PulledView:
    """Read what is due of an account's insights."""
    pressroom = await context.program.sessions.of(arguments.account)
    done = await pressroom.insights.pull()
    problem = f"A part could not be read: {done.problem.said_by(views.by_tool)}" if done.problem else None
    return views.PulledView(
        account=done.account,
        calls=done.calls,
        readings=done.learnt.readings,
        kept_media=done.kept.media,
        is_whole=done.is_whole,
        next_step=f"{problem or 'get_insights, compare_posts and create_report tell what is kept.'} "
        f"{done.clock_says}".strip(),
    )


def _zone_note(answer: InZone) -> str:
    return f" {ASSUMED_ZONE.by(views.by_tool)}" if answer.is_zone_assumed else ""


def _require_alone(name: str, arguments: inputs.GetInsights | inputs.ComparePosts, *others: str) -> None:
    """Raise Refused for an argument that would say nothing beside another one."""
    for other in others:
        if getattr(arguments, other) is not None:
            raise Refused(
                f"{other} says nothing beside {name}, which names the posts.",
                rule=other,
                value=getattr(arguments, other),
                fix="Leave one of them out. At one age posts are told by compare_posts.",
            )
