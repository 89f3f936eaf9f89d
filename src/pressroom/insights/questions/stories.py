"""Stories: how many saw each and how they left it, and what Instagram's webhook says of a story that ended.

`stories_of` answers from kept readings. `read_story_webhook` reads the webhook `story_insights`, which
Instagram sends when a story ends, under Facebook Login; what it says is kept as a reading, too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from pressroom.core.errors import Refused
from pressroom.core.readings import AgedReading, KeptMedia, MissedReading, Number, Numbers, Reading
from pressroom.graph.answers import MediaId
from pressroom.insights.ages import NEARLY_OVER_S
from pressroom.insights.questions.posts import WEBHOOK, last_story_reading, readings_of

NAVIGATION: Final = "navigation"
EXITS, FORWARD, BACK, SWIPES = "tap_exit", "tap_forward", "tap_back", "swipe_forward"
_FIELD: Final = "story_insights"
# The webhook still uses the names of the metrics before `navigation` (Webhooks, Examples).
_WEBHOOK_TAPS: Final = {"taps_forward": FORWARD, "taps_back": BACK, "exits": EXITS}
_WEBHOOK_NUMBERS: Final = ("reach", "replies", "impressions")


@dataclass(frozen=True, slots=True)
class Taps:
    """How often viewers did something, and in percent of the story's views of the same reading.

    percent: None where that reading has no views.
    """

    count: Number
    percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A kept story with its last reading; a number that was not read is None, never 0.

    reading: None for a story of which nothing was read. taps_reading: the reading that the taps come
    from. It may be an earlier one, because taps are read only where a story is nearly over. completion: 100 %
    less the exits. missed: its planned readings that were not made.
    """

    media: KeptMedia
    reading: Reading | None
    taps_reading: Reading | None
    exits: Taps | None
    forward: Taps | None
    back: Taps | None
    swipes: Taps | None
    missed: tuple[MissedReading, ...]
    is_read_near_end: bool

    def number(self, name: str) -> Number | None:
        """Return a number of the last reading."""
        return self.reading.numbers.get(name) if self.reading else None

    @property
    def completion(self) -> float | None:
        """How many percent of the views did not end in an exit."""
        if self.exits is None or self.exits.percent is None:
            return None
        return round(100 - self.exits.percent, 2)


def stories_of(
    media: Iterable[KeptMedia], aged: Iterable[AgedReading], missed: Iterable[MissedReading]
) -> list[Story]:
    """Return for each story what was read of it. aged: all readings, by age."""
    readings = readings_of(aged)
    missed_by_media = dict[str, list[MissedReading]]()
    for reading in missed:
        missed_by_media.setdefault(reading.media_id, []).append(reading)
    return [_story(story, readings.get(story.id, ()), missed_by_media.get(story.id, ())) for story in media]


def _story(media: KeptMedia, readings: Sequence[Reading], missed: Sequence[MissedReading]) -> Story:
    # The last reading with taps: a reading with views too, if there is any. A share of views needs taps
    # and views of the same age.
    with_taps = [reading for reading in readings if reading.parts.get(NAVIGATION)]
    with_views = [reading for reading in with_taps if "views" in reading.numbers]
    taps_reading = next(reversed(with_views or with_taps), None)
    taps = dict[str, Taps]()
    if taps_reading:
        parts, views = taps_reading.parts[NAVIGATION], taps_reading.numbers.get("views")
        if sum(parts.values()) == taps_reading.numbers.get(NAVIGATION):
            # The parts are all there is, so a kind of tap that is not among them did not happen.
            parts = {**dict.fromkeys((EXITS, FORWARD, BACK, SWIPES), 0), **parts}
        for name, count in parts.items():
            taps[name] = Taps(count, round(100 * count / views, 2) if views else None)
    return Story(
        media=media,
        reading=last_story_reading(readings),
        taps_reading=taps_reading,
        exits=taps.get(EXITS),
        forward=taps.get(FORWARD),
        back=taps.get(BACK),
        swipes=taps.get(SWIPES),
        missed=tuple(missed),
        is_read_near_end=any(reading.age_s >= NEARLY_OVER_S for reading in readings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStory:
    """The numbers of a story that ended. sent_at: None where the webhook does not say."""

    media_id: MediaId
    sent_at: datetime | None
    numbers: Numbers
    taps: Numbers

    def reading_of(self, media: KeptMedia, now: datetime) -> Reading:
        """Return the reading to keep of it. now: when it arrived."""
        # A webhook that Instagram sends again has the same time, so it becomes the same reading.
        at = self.sent_at if self.sent_at and media.published_at <= self.sent_at <= now else now
        return Reading(
            media_id=media.id,
            age_s=int((at - media.published_at).total_seconds()),
            read_at=at,
            version=WEBHOOK,
            numbers=self.numbers,
            parts={NAVIGATION: self.taps} if self.taps else {},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWebhook:
    """What a delivery holds. others: changes of other fields, which it does not read."""

    stories: tuple[EndedStory, ...]
    others: int


def read_story_webhook(body: bytes | Mapping[str, Any]) -> StoryWebhook:
    """Read a delivery: an object, or a list of one, with `changes` in each entry or the change itself.

    Raises Refused for what is no webhook of Instagram's.
    """
    stories, others = list[EndedStory](), 0
    for field, value, at in _changes(body):
        media_id = value.get("media_id")
        if field != _FIELD:
            others += 1
        elif isinstance(media_id, str | int):
            numbers, taps = dict[str, Number](), dict[str, Number]()
            for name in (*_WEBHOOK_NUMBERS, *_WEBHOOK_TAPS):
                count = value.get(name)
                # -1 stands for a count under 5, which Instagram does not give.
                if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
                    if name in _WEBHOOK_TAPS:
                        taps[_WEBHOOK_TAPS[name]] = count
                    else:
                        numbers[name] = count
            stories.append(
                EndedStory(media_id=MediaId(str(media_id)), sent_at=at, numbers=numbers, taps=taps)
            )
    return StoryWebhook(stories=tuple(stories), others=others)


def _changes(body: bytes | Mapping[str, Any]) -> Iterator[tuple[object, Mapping[str, Any], datetime | None]]:
    """Yield of each change its field, its value, and when it was sent."""
    try:
        content: Any = json.loads(body) if isinstance(body, bytes) else body
    except ValueError:
        raise _no_webhook() from None
    for delivery in _objects(cast("object", content)) if isinstance(content, list) else [_object(content)]:
        if delivery.get("object") != "instagram":
            raise _no_webhook()
        for entry in _objects(delivery.get("entry")):
            # Messages have a form of their own, in which there is no change.
            own = [entry] if "field" in entry else []
            changes = _objects(entry["changes"]) if "changes" in entry else own
            try:
                sent = entry.get("time")
                at = datetime.fromtimestamp(sent, UTC) if isinstance(sent, int | float) else None
            except (ValueError, OverflowError, OSError):
                at = None
            for change in changes:
                yield change.get("field"), _object(change.get("value")), at


def _objects(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple):
        raise _no_webhook()
    return [_object(item) for item in cast("Sequence[object]", value)]


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _no_webhook()
    return cast("Mapping[str, Any]", value)


def _no_webhook() -> Refused:
    return Refused(
        "This is no webhook of Instagram's.",
        rule="webhook",
        limit='{"object": "instagram", "entry": [...]}',
        fix="Give the body as Instagram sent it, after checking its signature.",
    )
