"""The ages near which media are read, and how near is near enough.

The numbers of two media compare only at an equal age, so a media is read before and after each of these.
docs/decisions/0022-readings.md
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.readings import Planned

_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S
_MONTH_S: Final = 30 * _DAY_S
_TWO_YEARS_S: Final = 730 * _DAY_S
_FOUR_WEEKS_S: Final = 28 * _DAY_S

STORY: Final = "STORY"
STORY_LIFETIME_S: Final = _DAY_S
YOUNG: Final = (_HOUR_S, 3 * _HOUR_S, 6 * _HOUR_S, 24 * _HOUR_S, 48 * _HOUR_S, 7 * _DAY_S, _FOUR_WEEKS_S)
MONTHLY: Final = tuple(range(_FOUR_WEEKS_S + _MONTH_S, _TWO_YEARS_S + 1, _MONTH_S))
MEDIA_AGES: Final = (*YOUNG, *MONTHLY)
STORY_AGES: Final = (1 * _HOUR_S, 6 * _HOUR_S, 12 * _HOUR_S, 20 * _HOUR_S, 23 * _HOUR_S)
# Soon after these ages each media is read with a call of its own too, for the metrics that only its kind has.
WHOLE_AGES: Final = frozenset({24 * _HOUR_S, 7 * _DAY_S, _FOUR_WEEKS_S})
NEARLY_OVER_S: Final = 20 * _HOUR_S
"""From this age on a call of its own reads the taps of a story's viewers."""

LOOK_EVERY: Final = timedelta(minutes=50)
"""How often the newest page is listed. So a reading before an age and one after it cost no call."""
# A reading is near an age within a tenth of it; from a month on within three days, and in the first hours
# within half an hour, which is more than half of the time between two looks.
_NEAR: Final = 0.1
_NEAREST_S: Final = 3 * _DAY_S
# 85 minutes, so that those for 20 and for 23 hours do not overlap. A story that has ended cannot be read.
_NEAR_STORY_S: Final = 85 * 60
_STORY_END_S: Final = STORY_LIFETIME_S - 5 * 60
# Once half of the time after an age has passed, the media is read though nothing else is due. Until then it
# waits for others, since a call reads fifty. The other half leaves time for a second try.
_DUE: Final = 0.5


def ages_of(product_type: str) -> tuple[int, ...]:
    """Return the ages in seconds near which a media is read, in order."""
    return STORY_AGES if product_type == STORY else MEDIA_AGES


def tolerance_s(age_s: int, product_type: str) -> float:
    """Return how far from an age a reading may be that is near it."""
    widest = _NEAR_STORY_S if product_type == STORY else _NEAREST_S
    return min(max(age_s * _NEAR, _HOUR_S / 2), widest)


def closes_s(age_s: int, product_type: str) -> float:
    """Return until which age the first reading after an age is awaited."""
    # For an hour at least: until the next look, and a second try.
    latest = age_s + max(tolerance_s(age_s, product_type), _HOUR_S)
    return min(latest, _STORY_END_S) if product_type == STORY else latest


def planned(product_type: str, published_at: datetime, age_s: int) -> Planned:
    """Plan the first reading after an age."""
    wait = timedelta(seconds=_DUE * (closes_s(age_s, product_type) - age_s))
    if product_type != STORY:
        # The newest page is listed by then in any case.
        wait = max(wait, LOOK_EVERY)
    opens_at = published_at + timedelta(seconds=age_s)
    return Planned(planned_age_s=age_s, opens_at=opens_at, due_at=opens_at + wait)


def next_planned(product_type: str, published_at: datetime, age_s: float) -> Planned | None:
    """Plan the next reading of a media of this age; None after the last."""
    later = ages_of(product_type)[bisect_right(ages_of(product_type), age_s) :]
    return planned(product_type, published_at, later[0]) if later else None


def reached(product_type: str, since_s: float, age_s: float) -> tuple[int, ...]:
    """Return the ages that a media reached after one age and until another."""
    return tuple(age for age in ages_of(product_type) if since_s < age <= age_s)


def last_reached(product_type: str, age_s: float) -> int | None:
    """Return the age that a reading comes soon after; None where none was reached of late."""
    before = reached(product_type, 0, age_s)
    return before[-1] if before and age_s <= closes_s(before[-1], product_type) else None
