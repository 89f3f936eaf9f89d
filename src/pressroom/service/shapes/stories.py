"""The shapes of stories: how many saw each, how they left it, and what was missed."""

import msgspec

from pressroom.core.readings import MissedReading, Number
from pressroom.service.insights_stories import KeptStories, Story
from pressroom.service.shapes.moments import InUtc, spelled


class TapsShape(msgspec.Struct, frozen=True, kw_only=True):
    """How often viewers did something. percent: of the story's views; null where those were not read."""

    count: Number
    percent: float | None


class MissedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A planned reading that was not made. age_s: the age that it was for."""

    age_s: int
    why: str
    text: str


class StoryShape(msgspec.Struct, frozen=True, kw_only=True):
    """A kept story with its last reading; what was not read is null, never 0.

    version: of the API, or `webhook` for numbers that Instagram sent by itself. exits, taps_forward,
    taps_back, swipes: of the reading at taps_age_s. completion_percent: 100 less the percentage of exits.
    """

    id: str
    caption: str | None
    published_at: InUtc
    permalink: str | None
    age_s: int | None
    read_at: InUtc | None
    version: str | None
    views: Number | None
    reach: Number | None
    replies: Number | None
    shares: Number | None
    taps_age_s: int | None
    exits: TapsShape | None
    taps_forward: TapsShape | None
    taps_back: TapsShape | None
    swipes: TapsShape | None
    completion_percent: float | None
    read_near_end: bool
    missed: tuple[MissedShape, ...]

    @classmethod
    def of(cls, story: Story) -> "StoryShape":
        """Build the shape of a story."""
        media, reading, taps = story.media, story.reading, story.taps_reading
        told = {"exits": story.exits, "taps_forward": story.forward, "taps_back": story.back}
        shown = {**told, "swipes": story.swipes}
        return cls(
            id=media.id,
            caption=media.caption,
            published_at=spelled(media.published_at, "UTC"),
            permalink=media.permalink,
            age_s=reading.age_s if reading else None,
            read_at=spelled(reading.read_at, "UTC") if reading else None,
            version=reading.version if reading else None,
            views=story.number("views"),
            reach=story.number("reach"),
            replies=story.number("replies"),
            shares=story.number("shares"),
            taps_age_s=taps.age_s if taps else None,
            **{
                name: TapsShape(count=one.count, percent=one.percent) if one else None
                for name, one in shown.items()
            },
            completion_percent=story.completion,
            read_near_end=story.is_read_near_end,
            missed=tuple(_missed(one) for one in story.missed),
        )


class StoriesShape(msgspec.Struct, frozen=True, kw_only=True):
    """Kept stories, newest first. read_near_end: how many at 20 h or later. unread: without any reading."""

    account: str
    read_near_end: int
    unread: int
    stories: tuple[StoryShape, ...]

    @classmethod
    def of(cls, found: KeptStories) -> "StoriesShape":
        """Build the shape of a list."""
        return cls(
            account=found.account,
            read_near_end=found.read_near_end,
            unread=found.unread,
            stories=tuple(StoryShape.of(one) for one in found.stories),
        )


def _missed(one: MissedReading) -> MissedShape:
    return MissedShape(age_s=one.planned_age_s, why=one.why.value, text=one.text)
