"""Posts published after a report's period ended, such as today's, with their last readings.

They have no numbers at 24 hours yet, so the report lists them but does not compare them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, MediaQuery
from pressroom.insights.questions.first_comparison import FirstComparison, first_comparison
from pressroom.insights.questions.posts import AgedNumbers, value_of
from pressroom.service.insights import report_words as words
from pressroom.service.insights.kept import DAY_S, KINDS, KeptAccount, list_media, numbers_at

if TYPE_CHECKING:
    from pressroom.insights.report.language import Language

# After an older period, posts published later are of no interest to the reader.
_RECENT: Final = timedelta(days=2)
_MOST_LISTED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAfter:
    """Posts published after the period, newest first. last_readings: by media id; a post may have none.

    first_comparison: None if two posts of the account have numbers at 24 hours already.
    """

    posts: tuple[KeptMedia, ...] = ()
    last_readings: Mapping[str, AgedNumbers]
    first_comparison: FirstComparison | None = None


async def published_after(
    kept: KeptAccount, ended_at: datetime, earlier: Sequence[KeptMedia], read: Collection[str]
) -> PublishedAfter:
    """Return the posts published after a period, or none if the period ended more than two days ago.

    earlier: the posts published up to the end of the period. read: ids of posts that have numbers at 24
    hours.
    """
    if kept.now - ended_at > _RECENT:
        return PublishedAfter(last_readings={})
    posts = await list_media(kept, MediaQuery(since=ended_at), KINDS[:-1])
    return PublishedAfter(
        posts=tuple(posts),
        last_readings=await numbers_at(kept, posts, None),
        first_comparison=first_comparison([*posts, *earlier], read, kept.now, kept.zone, age_s=DAY_S),
    )


def describe_published_after(
    after: PublishedAfter, reach: str, timezone: str, language: "Language"
) -> Iterator[str]:
    """Yield a note for each post, at most five, and one for the first comparison. reach: the metric shown."""
    for media in after.posts[:_MOST_LISTED]:
        post, aged = words.post(media, timezone, language), after.last_readings.get(media.id)
        value = value_of(aged, reach) if aged else None
        if aged is None or value is None:
            yield language.gettext("Published after this period: {post}, not read yet.", post=post)
            continue
        yield language.gettext(
            "Published after this period: {post}. {label} {value}, read {age} after it was published.",
            post=post,
            label=words.label(reach, language),
            value=words.value(reach, value, language),
            age=language.age(aged.age_s),
        )
    if after.first_comparison and after.first_comparison.comparable_at:
        at = language.moment(after.first_comparison.comparable_at, ZoneInfo(timezone))
        yield language.gettext("Posts can first be compared at 24 h from {moment}.", moment=at)
    elif after.first_comparison:
        yield language.gettext("Posts can be compared at 24 h once another post is published.")
