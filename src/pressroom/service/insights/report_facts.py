"""What a report says, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pressroom.core.readings import KeptMedia, Missing, Number, Reading
from pressroom.graph.definitions import Definition
from pressroom.insights.questions.periods import Period
from pressroom.insights.questions.posts import Spread
from pressroom.insights.report.movements import Movement, PostAgainstItsKind
from pressroom.service.insights.account import AccountAudience, AccountPeriod, Growth
from pressroom.service.insights.stories import KeptStories
from pressroom.service.insights.timing import BestTimes, ExperimentStatus

if TYPE_CHECKING:
    from pressroom.insights.statistics.comparisons import Change

QUESTIONS: Final[Mapping[str, str]] = {
    "tried": "What was tried?",
    "happened": "What happened?",
    "why": "Why?",
    "brought": "What did it bring?",
    "next": "What next?",
}
"""The five answers of a report by their names, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the five answers: facts as sentences, and the sentence that a person adds."""

    name: str
    facts: tuple[str, ...]
    comment: str | None = None

    @property
    def question(self) -> str:
        """The question that it answers."""
        return QUESTIONS[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of post.

    posts, posts_before, posts_trailing: how many went out in the period, in the one before, and in the 90
    days before. now, trailing: the reach at 24 h in the period and in the 90 days before it; None without a
    value, and of 90 days that were not watched. change: between the two; None with too few posts.
    """

    name: str
    posts: int
    posts_before: int
    posts_trailing: int
    now: Spread | None
    trailing: Spread | None
    change: "Change | None"


class NoReading(StrEnum):
    """Why a post has no reading at 24 hours, though none was missed."""

    NOT_WATCHED = "not_watched"  # a day old before collecting began
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The posts of a period, newest first. read: how many have a reading at 24 hours.

    latest: the last reading of each, at its own age, by media id: what there is in the first days. days: on
    how many days one went out. on_instagrams_days: the posts of the period by the days of Instagram's, which
    the account's numbers are of. unread: why there is no reading at 24 hours, and how often.
    """

    posts: tuple[PostAgainstItsKind, ...]
    posts_before: int
    posts_trailing: int
    latest: Mapping[str, Reading]
    days: int
    on_instagrams_days: tuple[KeptMedia, ...]
    unread: Mapping[Missing | NoReading, int]

    @property
    def read(self) -> int:
        """How many have a reading at 24 hours."""
        return sum(one.aged is not None for one in self.posts)

    @property
    def outliers(self) -> list[PostAgainstItsKind]:
        """Those with three times what is usual of their kind, the furthest first."""
        found = [one for one in self.posts if one.is_outlier]
        return sorted(found, key=lambda one: one.times_usual or 0, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightsReport:
    """An account in a period of whole days.

    account: the name of its login. is_whole: all media that there were are read. read_at: the last reading of
    a post of the period, None without one. reach, day_reach: the metrics that count people, of a post and of
    a day. reach_before: of the days of the period before that are known. usual: the reach at 24 h in the 90
    days before; None where these were not watched. best, weakest: posts by how far they are from what is
    usual of their kind. experiment: the one that ran in the period.
    """

    account: str
    username: str | None
    timezone: str
    period: Period
    made_at: datetime
    watched_since: datetime
    is_whole: bool
    read_at: datetime | None
    reach: str
    day_reach: str
    reach_before: Mapping[date, Number]
    posted: Posted
    movements: tuple[Movement, ...]
    kinds: tuple[Kind, ...]
    usual: Spread | None
    best: tuple[PostAgainstItsKind, ...]
    weakest: tuple[PostAgainstItsKind, ...]
    days: AccountPeriod
    growth: Growth
    stories: KeptStories
    audience: AccountAudience
    best_time: BestTimes
    experiment: ExperimentStatus | None
    definitions: tuple[Definition, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def moved(self) -> Sequence[Movement]:
        """The movements beyond chance."""
        return [one for one in self.movements if one.moved]

    @property
    def is_compared(self) -> bool:
        """Whether any number is held against anything."""
        return any(one.is_compared for one in self.movements)

    @property
    def title(self) -> str:
        """Whose report of when it is."""
        return f"{self.whose}, {self.period.first} to {self.period.last}"

    @property
    def whose(self) -> str:
        """The account as its readers know it: by its name on Instagram, where that was read."""
        return f"@{self.username}" if self.username else self.account
