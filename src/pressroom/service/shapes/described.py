"""The shapes of what a report describes and does not test, what it suspects, and what users noted."""

from typing import Self

from pressroom.core.readings import MetricNote, Number
from pressroom.insights.report.posted import PostsAtHours
from pressroom.insights.report.redefined import SuspectedChange
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.insights.metric_notes import MetricNotes
from pressroom.service.insights.report_described import CountedDay, Described, TopPost, TopPosts


class CountedDayShape(Shape[CountedDay], frozen=True, kw_only=True):
    """How many followers an account had after a day."""

    day: str
    followers: int


class PostsAtHoursShape(Shape[PostsAtHours], frozen=True, kw_only=True):
    """Posts on a weekday (0 for Monday) within a block of hours, such as `16-20`, in `timezone`.

    n: those with a reach at 24 h, of `posts`. median: of these, however few; null without one.
    """

    weekday: int
    hours: str
    posts: int
    n: int
    median: Number | None


class TopPostShape(Shape[TopPost], frozen=True, kw_only=True):
    """A post with its number at an age."""

    id: str
    value: Number
    age_s: int

    @classmethod
    def of(cls, post: TopPost) -> Self:
        """Build the shape of a post."""
        return shape_of(cls, post, post.media)


class TopPostsShape(Shape[TopPosts], frozen=True, kw_only=True):
    """The five posts of the period with the highest numbers of a metric: at 24 h, else as last read."""

    metric: str
    posts: tuple[TopPostShape, ...]


class DescribedShape(Shape[Described], frozen=True, kw_only=True):
    """What is described and not tested. hours: of the posts of the period and the 90 days before it.

    followers_of_year: the counted days of the year up to the period's end.
    """

    followers_of_year: tuple[CountedDayShape, ...]
    hours: tuple[PostsAtHoursShape, ...]
    top: TopPostsShape


class MetricNoteShape(Shape[MetricNote], frozen=True, kw_only=True):
    """What a user noted of a metric on a day, such as that Meta counts it differently from then on."""

    metric: str
    day: str
    text: str
    added_at: InUtc


class MetricNotesShape(Shape[MetricNotes], frozen=True, kw_only=True):
    """The notes of an account, in the order of their days."""

    account: str
    notes: tuple[MetricNoteShape, ...]


class SuspectedChangeShape(Shape[SuspectedChange], frozen=True, kw_only=True):
    """A metric that jumped while all related ones stood still: Meta may count something else.

    since: when the first post after the jump was published. times: the factor of the jump, such as 2.0.
    """

    metric: str
    since: InUtc
    times: float
