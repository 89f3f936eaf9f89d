"""When the first posts of an account can be compared at an equal age."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia

_NEEDED: Final = 2  # posts that a comparison takes


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstComparison:
    """When posts reach an age at which fewer than two have a number yet. Times are in the account's zone.

    first_at: when a post first reaches the age; None if one has a number there already. comparable_at: when
    the second post does; None if another post has to be published first.
    """

    age_s: int
    first_at: datetime | None
    comparable_at: datetime | None


def first_comparison(
    posts: Iterable[KeptMedia], read: Collection[str], now: datetime, zone: ZoneInfo, *, age_s: int
) -> FirstComparison | None:
    """Return when the first comparison at an age is possible.

    Returns None if two posts have a number at that age, or if no younger post will get one. read: ids of
    the posts that have a number. For a post that reached the age but is not read yet, the time of its
    planned reading counts.
    """
    missing = _NEEDED - len(read)
    awaited = sorted(at for post in posts if post.id not in read and (at := _expected_at(post, now, age_s)))
    if missing <= 0 or not awaited:
        return None
    local = [at.astimezone(zone) for at in awaited]
    return FirstComparison(
        age_s=age_s,
        first_at=local[0] if missing == _NEEDED else None,
        comparable_at=local[missing - 1] if len(local) >= missing else None,
    )


def _expected_at(post: KeptMedia, now: datetime, age_s: int) -> datetime | None:
    reached_at, planned = post.published_at + timedelta(seconds=age_s), post.planned
    # A deleted post cannot be read any more.
    if post.vanished_at is not None:
        return None
    if reached_at > now:
        return reached_at
    return planned.due_at if planned and planned.planned_age_s == age_s and planned.due_at > now else None
