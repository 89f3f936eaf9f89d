"""The ages at which media are read, and the readings that count for them.

The numbers of two media compare only at an equal age. docs/decisions/0022-readings.md
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.readings import KeptMedia, Planned

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
# At these ages each media is read with a call of its own too, for the metrics that only its kind has.
WHOLE_AGES: Final = frozenset({24 * _HOUR_S, 7 * _DAY_S, _FOUR_WEEKS_S})
# At these ages of a story, when it is nearly over, a call of its own reads the taps of its viewers.
LAST_STORY_AGES: Final = frozenset(STORY_AGES[-2:])

# A reading counts for an age if it is within a tenth of it, and from a month on within three days.
_NEAR: Final = 0.1
_NEAREST_S: Final = 3 * _DAY_S
# Once half of the time after an age has passed, the media is read though nothing else is due. Until then it
# waits for others, since a call reads fifty. The other half leaves time for a second try.
_DUE: Final = 0.5
# 85 minutes, so that the readings for 20 and for 23 hours do not overlap. A story that has ended cannot be
# read.
_NEAR_STORY_S: Final = 85 * 60
_STORY_END_S: Final = STORY_LIFETIME_S - 5 * 60


def ages_of(product_type: str) -> tuple[int, ...]:
    """Return the ages in seconds at which a media is read, in order."""
    return STORY_AGES if product_type == STORY else MEDIA_AGES


def tolerance_s(age_s: int, product_type: str) -> float:
    """Return how far from an age a reading may be that counts for it."""
    return min(age_s * _NEAR, _NEAR_STORY_S if product_type == STORY else _NEAREST_S)


def closes_s(age_s: int, product_type: str) -> float:
    """Return the highest age of a reading that counts for an age."""
    latest = age_s + tolerance_s(age_s, product_type)
    return min(latest, _STORY_END_S) if product_type == STORY else latest


def age_for(age_s: float, product_type: str) -> int | None:
    """Return the age that a reading counts for; None between two of them."""
    ages = ages_of(product_type)
    place = bisect_left(ages, age_s)
    for age in ages[max(0, place - 1) : place + 1]:
        if age - tolerance_s(age, product_type) <= age_s <= closes_s(age, product_type):
            return age
    return None


def planned(product_type: str, published_at: datetime, age_s: int) -> Planned:
    """Plan the reading at an age."""
    near_s = tolerance_s(age_s, product_type)
    return Planned(
        planned_age_s=age_s,
        opens_at=published_at + timedelta(seconds=age_s - near_s),
        due_at=published_at + timedelta(seconds=age_s + _DUE * (closes_s(age_s, product_type) - age_s)),
    )


def first_planned(product_type: str, published_at: datetime, age_s: float) -> Planned | None:
    """Plan the next reading of a media of this age, which has no reading for it yet; None after the last."""
    for age in ages_of(product_type):
        if age_s <= closes_s(age, product_type):
            return planned(product_type, published_at, age)
    return None


def next_planned(media: KeptMedia, after_s: int) -> Planned | None:
    """Plan the reading after that at an age; None after the last."""
    for age in ages_of(media.product_type):
        if age > after_s:
            return planned(media.product_type, media.published_at, age)
    return None


def passed(product_type: str, age_s: float) -> tuple[int, ...]:
    """Return the ages for which a media is too old now."""
    return tuple(age for age in ages_of(product_type) if closes_s(age, product_type) < age_s)
