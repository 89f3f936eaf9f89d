"""Stories: how many saw each, and how they left it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pressroom.core.readings import Aged, KeptMedia, MissedReading, Number, Numbers, Reading
from pressroom.insights.ages import LAST_STORY_AGES
from pressroom.insights.questions.posts import readings_of

WEBHOOK: Final = "webhook"
"""The version of numbers that Instagram sent by itself."""
NAVIGATION: Final = "navigation"
EXITS, FORWARD, BACK, SWIPES = "tap_exit", "tap_forward", "tap_back", "swipe_forward"
_NEAR_END_S: Final = min(LAST_STORY_AGES)


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

    reading: None for a story of which nothing was read. taps_reading: the one that the taps are of, which
    may be an earlier one: they are read where a story is nearly over. completion: 100 % less the exits'.
    missed: its planned readings that were not made.
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
    media: Iterable[KeptMedia], aged: Iterable[Aged], missed: Iterable[MissedReading]
) -> list[Story]:
    """Tell of each story what was read of it. aged: all readings, by age."""
    readings = readings_of(aged)
    passed = dict[str, list[MissedReading]]()
    for one in missed:
        passed.setdefault(one.media_id, []).append(one)
    return [_story(one, readings.get(one.id, ()), passed.get(one.id, ())) for one in media]


def _story(media: KeptMedia, readings: Sequence[Reading], missed: Sequence[MissedReading]) -> Story:
    # What Instagram sends by itself lacks views and shares: it is told where nothing else is there.
    asked = [one for one in readings if one.version != WEBHOOK]
    taps = _with_taps(readings)
    parts = _parts_of(taps)
    views = taps.numbers.get("views") if taps else None
    told = {name: _taps(parts.get(name), views) for name in (EXITS, FORWARD, BACK, SWIPES)}
    return Story(
        media=media,
        reading=next(reversed(asked or readings), None),
        taps_reading=taps,
        exits=told[EXITS],
        forward=told[FORWARD],
        back=told[BACK],
        swipes=told[SWIPES],
        missed=tuple(missed),
        is_read_near_end=any(_is_near_end(one) for one in readings),
    )


def _with_taps(readings: Sequence[Reading]) -> Reading | None:
    """Return the last reading with taps: one with views if any has both, as a rate takes the same age."""
    tapped = [one for one in readings if one.parts.get(NAVIGATION)]
    whole = [one for one in tapped if "views" in one.numbers]
    return next(reversed(whole or tapped), None)


def _parts_of(reading: Reading | None) -> Numbers:
    if reading is None:
        return {}
    parts = reading.parts[NAVIGATION]
    if sum(parts.values()) != reading.numbers.get(NAVIGATION):
        return parts
    # The parts are all there is, so that a kind of tap which is not among them did not happen.
    return {**dict.fromkeys((EXITS, FORWARD, BACK, SWIPES), 0), **parts}


def _taps(count: Number | None, views: Number | None) -> Taps | None:
    if count is None:
        return None
    return Taps(count, round(100 * count / views, 2) if views else None)


def _is_near_end(reading: Reading) -> bool:
    return reading.planned_age_s in LAST_STORY_AGES or reading.age_s >= _NEAR_END_S
