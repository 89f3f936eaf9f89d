"""What changed in a report's period beyond chance: all that its sentences may claim."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressroom.core.readings import Number
from pressroom.insights.questions.posts import RATE
from pressroom.insights.read import INTERACTIONS
from pressroom.insights.report.mix import MixChange
from pressroom.insights.report.movements import Movement, Of
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport, Kind

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A number that changed beyond chance: of all posts, of the posts of a `kind`, or of the account's days.

    title, message: how it is named, and how its change is said. now, earlier: medians, of n_now and n_earlier
    posts or days. is_before: against the period before, else against the 90 days before. mix: the changed mix
    of kinds that moved it, where posts of a kind did not change.
    """

    metric: str
    of: Of
    kind: str | None
    title: str
    message: str
    now: Number | None
    earlier: Number | None
    n_now: int
    n_earlier: int
    change: "Change"
    is_before: bool
    mix: MixChange | None = None

    @property
    def is_rise(self) -> bool:
        """Whether it rose."""
        return self.change.difference.value > 0


def findings(report: InsightsReport) -> list[Finding]:
    """Return what changed beyond chance, the surest first: of single kinds, then of all posts and days.

    What a changed mix of kinds moved comes before all else, which would be read wrongly without it.
    """
    of_all = [_of_movement(movement) for movement in report.moved]
    compared = [kind for kind in report.kinds if kind.change]
    of_kinds = [
        _of_kind(report.reach, kind, kind.change)
        for kind in compared
        if kind.change and kind.change.is_outside_noise
    ]
    of_all.sort(key=_sureness, reverse=True)
    of_kinds.sort(key=_sureness, reverse=True)
    # Where a kind alone changed, it moves the median of all posts, too: then it is what happened.
    surest = of_kinds + of_all if len(of_kinds) < len(compared) else of_all + of_kinds
    return sorted(surest, key=lambda finding: finding.mix is None)


def sayable(report: InsightsReport) -> list[Finding]:
    """Return the findings that may be said: none of posts whose metric, or its part, may be redefined."""
    redefined = {suspected.metric for suspected in report.suspected}
    if redefined & {*INTERACTIONS, "reach"}:
        redefined.add(RATE)
    return [
        finding
        for finding in findings(report)
        if finding.of is not Of.POSTS or finding.metric not in redefined
    ]


def _sureness(finding: Finding) -> float:
    return finding.change.times_chance


def _of_movement(movement: Movement) -> Finding:
    baseline = movement.moved_against
    assert baseline
    assert baseline.change
    return Finding(
        metric=movement.metric,
        of=movement.of,
        kind=None,
        title=words.title_of(movement),
        message=_said(words.says_of(movement), baseline.change),
        now=movement.median,
        earlier=baseline.median,
        n_now=movement.n,
        n_earlier=baseline.n,
        change=baseline.change,
        is_before=baseline is movement.before,
        mix=movement.mix,
    )


def _of_kind(metric: str, kind: Kind, change: "Change") -> Finding:
    row = words.KINDS[kind.name]
    return Finding(
        metric=metric,
        of=Of.POSTS,
        kind=kind.name,
        title=row.title,
        message=_said(row.says, change),
        now=kind.now.median if kind.now else None,
        earlier=kind.trailing.median if kind.trailing else None,
        n_now=change.n_later,
        n_earlier=change.n_earlier,
        change=change,
        is_before=False,
    )


def _said(says: words.Says, change: "Change") -> str:
    return says.more if change.difference.value > 0 else says.less
