"""An account's experiment with two slots that take turns, as the store keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the second slot reached in percent more than the first one, and the interval of that.

    smallest_visible_percent: what would have been found in eight of ten such experiments. posts_needed: of
    both slots together, to find 30 % that often.
    """

    percent: float
    low: float
    high: float
    confidence: float
    is_found: bool
    smallest_visible_percent: float
    posts_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The posts of one slot. reached: those with a reach at 24 h. awaited: those still too young for one."""

    posts: int
    reached: int
    awaited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an experiment said at a moment. difference: None with too few posts to compare.

    needed: how many posts with a reach each slot takes before they are compared. beside: posts published
    meanwhile that went out at neither slot.
    """

    told_at: datetime
    first: Tally
    second: Tally
    beside: int
    needed: int
    difference: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExperiment:
    """Two slots that take turns, as texts that `parse_slots` reads, in a time zone.

    posts: of both slots together, after which it is decided. kind: of the posts that count; None for photos,
    carousels and reels. outcome: kept when it was stopped.
    """

    started_at: datetime
    first: str
    second: str
    timezone: str
    posts: int
    kind: str | None = None
    stopped_at: datetime | None = None
    outcome: Outcome | None = None
