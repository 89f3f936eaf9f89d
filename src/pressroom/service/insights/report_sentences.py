"""The five answers of a report in whole sentences: what a client reads first, with one number each.

What changed is said of `findings` alone, which are tested; all else describes. Of how many posts a number is,
and how sure, `report_notes` says.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from pressroom.insights.questions.posts import RATE, kind_of
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.mix import SHARE_CHANGED, MixChange
from pressroom.insights.report.movements import NotCompared, Of
from pressroom.insights.statistics.answers import WEEKDAYS, TooFew
from pressroom.service.insights import report_followers as followers
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_findings import Finding, sayable
from pressroom.service.insights.timing import ExperimentStatus, cells_found, families_of

_MOST_FINDINGS: Final = 3
# A rise of this much is said in times.
_DOUBLED_PERCENT: Final = 100.0


def sentences_of(report: InsightsReport, language: Language) -> Mapping[str, list[str]]:
    """Return the sentences of each answer, by its name."""
    return {
        "tried": list(_tried(report, language)),
        "happened": list(_happened(report, language)),
        "why": list(_why(report, language)),
        "brought": list(_brought(report, language)),
        "next": list(_next(report, language)),
    }


def headline(report: InsightsReport, language: Language) -> str:
    """Say what changed most surely, that nothing did, or why nothing can be compared."""
    if found := sayable(report):
        mix = found[0].mix
        return _mix_changed(mix, language) if mix else _changed(found[0], language)
    if report.suspected:
        return _suspicion(report, language)
    if not report.posted.posts:
        return _no_posts(report, language)
    if report.is_compared:
        return language.gettext("A steady period: what posts reached changed by no more than chance.")
    if any(movement.before.not_compared is NotCompared.NOT_WATCHED for movement in report.movements):
        since = words.local_day(report.watched_since, report.timezone, language)
        return language.gettext("A first look: this account has been watched since {day}.", day=since)
    return language.gettext("Too little is known of this period to compare it with another.")


def _no_posts(report: InsightsReport, language: Language) -> str:
    if count := len(report.published_after.posts):
        return language.ngettext(
            "No post was published in this period, and {count} post after it.",
            "No post was published in this period, and {count} posts after it.",
            count,
        )
    return language.gettext("No post went out in this period, so there is nothing to compare.")


def _suspicion(report: InsightsReport, language: Language) -> str:
    suspected = report.suspected[0]
    return language.gettext(
        "{metric} may be counted differently since {day}: about {times} times as much, while related numbers "
        "stood still.",
        metric=words.label(suspected.metric, language),
        day=words.local_day(suspected.since, report.timezone, language),
        times=words.times_of(suspected.times, language),
    )


def _visible(report: InsightsReport, language: Language) -> str | None:
    """Say how large a change of the posts' reach would have been found in eight of ten such periods."""
    for movement in report.movements:
        if movement.of is Of.POSTS and movement.metric == report.reach:
            change = movement.before.change or movement.trailing.change
            if change and change.smallest_visible_percent is not None:
                # Up to the next five, since it is an estimate itself.
                percent = 5 * math.ceil(change.smallest_visible_percent / 5)
                return language.gettext(
                    "A change of {percent} or more would have shown.", percent=language.percent(percent)
                )
    return None


def _mix_changed(mix: MixChange, language: Language) -> str:
    return language.gettext(
        "The mix of posts changed: {kind_names} went from {earlier} to {now} of them.",
        kind_names=language.gettext(words.KINDS[mix.kind].inline),
        earlier=language.percent(mix.share_before),
        now=language.percent(mix.share),
    )


def _changed(finding: Finding, language: Language) -> str:
    if finding.mix:
        return language.gettext(
            "{title}: {change}; within each kind of post no change can be told from chance.",
            title=language.gettext(finding.title),
            change=_amount(finding, language),
        )
    what = language.gettext(finding.message)
    return language.gettext("{what}: {amount}.", what=what, amount=_amount(finding, language))


def _amount(finding: Finding, language: Language) -> str:
    """Say by about how much a number changed."""
    difference, percent = finding.change.difference.value, finding.change.percent
    amount = words.MORE if finding.is_rise else words.LESS
    if finding.metric == RATE:
        amount = words.MORE_POINTS if finding.is_rise else words.LESS_POINTS
        number = language.number(abs(difference), words.decimals_that_tell(difference, least=1))
    elif percent is None:
        number = language.number(abs(difference), words.decimals_that_tell(difference))
    elif percent.value < _DOUBLED_PERCENT:
        number = language.percent(abs(percent.value), words.decimals_that_tell(percent.value))
    else:
        amount, number = words.TIMES, words.times_of(1 + percent.value / 100, language)
    return language.gettext(amount.before if finding.is_before else amount.trailing, number=number)


def _tried(report: InsightsReport, language: Language) -> Iterator[str]:
    count, before = len(report.posted.posts), report.posted.posts_before
    if count:
        yield language.ngettext("{count} post went out.", "{count} posts went out.", count)
    else:
        yield language.gettext("No post went out.")
    most = next((kind.name for kind in report.kinds if kind.posts < count < 2 * kind.posts), None)
    if most:
        yield language.gettext(words.KINDS[most].most)
    if stories := len(report.stories.stories):
        yield language.ngettext(
            "{count} story went out as well.", "{count} stories went out as well.", stories
        )
    if before:
        yield language.ngettext(
            "The period before had {count} post.", "The period before had {count} posts.", before
        )
    if report.experiment:
        yield language.gettext("Two times of posting took turns in an experiment.")


def _happened(report: InsightsReport, language: Language) -> Iterator[str]:
    found = sayable(report)
    yield headline(report, language)
    if found and report.suspected:
        yield _suspicion(report, language)
    # A user's note about the suspected metric follows the suspicion.
    suspected = {suspicion.metric for suspicion in report.suspected}
    yield from (words.noted(note, language) for note in report.metric_notes if note.metric in suspected)
    if not (found or report.suspected) and report.is_compared and (visible := _visible(report, language)):
        yield visible
    # The headline says the first finding, or the mix that moved it.
    rest = found if found and found[0].mix else found[1:]
    for finding in rest[: _MOST_FINDINGS - 1]:
        yield _changed(finding, language)
    if len(rest) >= _MOST_FINDINGS:
        yield language.gettext("More numbers changed: the notes have them.")
    elif found and any(movement.is_compared and not movement.moved for movement in report.movements):
        yield language.gettext("Nothing else changed clearly.")
    # A viral post moves no median, so that it would go unsaid.
    if outlier := next(iter(report.posted.outliers), None):
        day = words.local_day(outlier.media.published_at, report.timezone, language)
        says = words.KINDS[kind_of(outlier.media)].stood_out
        yield language.gettext(says, day=day, times=words.times(outlier, language))
    if report.lifetime and report.lifetime.best:
        best = report.lifetime.best[0]
        leads, as_usual = (
            _("{post} leads its kind so far, with {times} times what is usual at its age."),
            _("{post} leads its kind so far, with about what is usual at its age."),
        )
        yield language.gettext(
            as_usual if words.is_as_usual(best.times_usual) else leads,
            post=words.post(best.media, report.timezone, language),
            times=words.times(best, language),
        )


def _why(report: InsightsReport, language: Language) -> Iterator[str]:
    found = sayable(report)
    if found:
        yield language.gettext("Numbers alone do not tell why.")
        of_posts = [finding for finding in found if finding.of is Of.POSTS]
        # A mix that moved a number is said first.
        if of_posts and not any(finding.mix for finding in of_posts) and (mix := _mix(report)):
            yield language.gettext(mix)
    elif report.suspected:
        yield language.gettext("A metric that jumps alone was more likely redefined by Meta than earned.")
    elif report.is_compared:
        yield language.gettext("No compared number of posts changed clearly, so there is nothing to explain.")
    else:
        yield language.gettext("Nothing is compared yet, so there is nothing to explain.")
    if report.lifetime:
        for kind in report.lifetime.kinds:
            if kind.times:
                times_the_reach, as_much = (
                    _("{kinds} beside {others} of their age: about {times} times the reach so far."),
                    _("{kinds} beside {others} of their age: about the same reach so far."),
                )
                yield language.gettext(
                    as_much if words.is_as_usual(kind.times.value) else times_the_reach,
                    kinds=words.kinds(kind.name, language),
                    times=words.times_of(kind.times.value, language),
                    others=language.gettext(words.KINDS[kind.times.against].inline),
                )


def _mix(report: InsightsReport) -> str | None:
    """Return how the mix of kinds changed, which moves a median though no kind did; None where it did not."""
    now, before = len(report.posted.posts), report.posted.posts_before
    if not (now and before):
        return None
    changes = {kind.name: kind.posts / now - kind.posts_before / before for kind in report.kinds}
    name = max(changes, key=lambda kind: abs(changes[kind]))
    if abs(changes[name]) < SHARE_CHANGED:
        return None
    row = words.KINDS[name]
    return row.more_of_them if changes[name] > 0 else row.fewer_of_them


def _brought(report: InsightsReport, language: Language) -> Iterator[str]:
    yield from followers.sentences(report, language)
    metrics = {metric.metric: metric for metric in report.days.metrics}
    for row in words.ACCOUNT_METRICS:
        metric = metrics.get(row.name)
        if row.outcome and metric and metric.now.total is not None:
            yield language.ngettext(*row.outcome, int(metric.now.total))
    if report.lifetime and (views := report.totals_so_far.get("views")):
        yield language.ngettext(
            "So far the posts were viewed {count} time.",
            "So far the posts were viewed {count} times.",
            int(views.sum),
        )


def _next(report: InsightsReport, language: Language) -> Iterator[str]:
    if report.experiment:
        yield _experiment(report.experiment, language)
    decided = report.experiment is not None and report.experiment.is_complete
    yield from _best_time(report, language, is_decided=decided)
    if any(words.is_near(coming.on, report.made_at) for coming in report.coming):
        yield language.gettext("More answers come with time: the notes say which, and when.")


def _best_time(report: InsightsReport, language: Language, *, is_decided: bool) -> Iterator[str]:
    times = report.best_time
    if isinstance(times.found, TooFew):
        if times.outlook is None or not words.is_near(times.outlook.expected_on, report.made_at):
            yield language.gettext("There are too few posts yet to say when it is best to post.")
        else:
            yield language.gettext(
                "When it is best to post can be told from about {day} on.",
                day=language.day(times.outlook.expected_on),
            )
        return
    found = list(cells_found(times.found))
    for family, cell, effect in found:
        says = words.BEST if effect.value > 0 else words.WEAKEST
        amount = language.percent(abs(effect.value), words.decimals_that_tell(effect.value))
        yield language.gettext(says[family], cell=cell_name(family, cell, language), amount=amount)
    if not any(family.effects for _name, family in families_of(times.found)):
        yield language.gettext("There are too few posts yet to say when it is best to post.")
    # An experiment is the better answer.
    elif not found and not is_decided:
        yield language.gettext("No time and no kind of post stands out: post when it suits you.")


def cell_name(family: str, cell: str, language: Language) -> str:
    """Name a block of hours, a weekday or a kind."""
    if family == "weekdays":
        return language.weekday(WEEKDAYS.index(cell))
    if family == "kinds":
        return words.kinds(cell, language)
    start, end = cell.split("-")
    return f"{start}:00-{end}:00"


def _experiment(status: ExperimentStatus, language: Language) -> str:
    difference = status.outcome.difference
    if not status.is_complete:
        if status.experiment.stopped_at:
            return language.gettext("The experiment was stopped before it could be decided.")
        return language.gettext("The experiment is decided once all of its posts are in.")
    if difference is None:
        return language.gettext("The experiment ended with too few posts to decide anything.")
    if not difference.is_found:
        return language.gettext("The experiment found no difference between its two times.")
    # The effect is that of the second slot against the first.
    first, second = status.experiment.first, status.experiment.second
    better = words.slot(second if difference.percent > 0 else first, language)
    return language.gettext("The experiment is decided: {slot} reaches more people.", slot=better)
