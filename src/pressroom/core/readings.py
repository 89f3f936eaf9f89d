"""What the store keeps of published media and accounts, and of experiments with their slots.

Readings are append-only: what was read, at which age, with which version of the API. A number that Instagram
did not give is absent, never 0.

Media, readings and days are msgspec Structs, which are made in an eighth of a dataclass's time: a question
makes thousands of them, and no garbage collector need look at what can have no cycle.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

import msgspec

from pressroom.graph.answers import MediaId

Number = int | float
# By name, and not a field for each: which metrics there are changes every year (docs/decisions/0022).
Numbers = Mapping[str, Number]
"""Numbers by the name of their metric, or by a value of a breakdown."""


class Missing(StrEnum):
    """Why a reading is missing."""

    NOT_RUNNING = "not_running"  # no worker read in time
    FOUND_LATE = "found_late"  # made outside Pressroom, and found when the age had passed
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCaption:
    """A caption that a media had. until: when another one was first read; None is a media without caption."""

    caption: str | None
    until: datetime


# Between opening and being due it waits, so that one list takes every media along whose time has come: at
# exact ages 500 media would take 150 calls a day in place of 45 (docs/decisions/0022).
@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The next reading of a media, the first one after an age. opens_at: when the media reaches the age.

    due_at: when it is read even if nothing else is.
    """

    planned_age_s: int
    opens_at: datetime
    due_at: datetime


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Numbers of a media as they were read. age_s: how old it was then, whatever was planned.

    parts: the numbers of a metric by the values of its breakdown. version: of the API; `webhook` for numbers
    that Instagram sent by itself.
    """

    media_id: MediaId
    age_s: int
    read_at: datetime
    version: str
    numbers: Numbers
    parts: Mapping[str, Numbers] = msgspec.field(default_factory=dict[str, Numbers])


class KeptMedia(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A published media as last read. Times are UTC.

    found_at: when it was first read. planned: None where no further reading is. vanished_at: since when
    Instagram does not know it. is_deleted: it was deleted by Pressroom. predates_account: posted before the
    account became a professional one, so without insights. refused: metrics that Instagram refuses for it.
    sought_at: when it was asked for by itself, since a list had left it out. pending: its last numbers, a
    reading once they prove to be the last before an age. last_age_s: how old it was when its numbers were
    last read.
    """

    id: MediaId
    product_type: str
    media_type: str
    published_at: datetime
    found_at: datetime
    caption: str | None = None
    permalink: str | None = None
    shortcode: str | None = None
    planned: Planned | None = None
    vanished_at: datetime | None = None
    is_deleted: bool = False
    predates_account: bool = False
    refused: tuple[str, ...] = ()
    earlier_captions: tuple[EarlierCaption, ...] = ()
    sought_at: datetime | None = None
    pending: Reading | None = None
    last_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedReading:
    """An age near which a media was not read, neither before nor after. text: more about why, for people."""

    media_id: MediaId
    planned_age_s: int
    why: Missing
    text: str
    noted_at: datetime


# In the store and not in a file: some 20 kB go with the store's backups and are deleted with the rest.
@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A small picture of a media, kept since Instagram's addresses of its pictures end after some days.

    jpeg: at most 320 px on the longer side, upright, without metadata.
    """

    media_id: MediaId
    read_at: datetime
    jpeg: bytes = field(repr=False)


class AccountDay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A metric of an account on one of Instagram's days, which end at midnight Pacific time.

    number: None where only the parts are known. parts: by breakdown, then by its values. read_at: numbers may
    still change until 48 hours after the day's end.
    """

    metric: str
    ends_at: datetime
    number: Number | None
    read_at: datetime
    parts: Mapping[str, Numbers] = msgspec.field(default_factory=dict[str, Numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceReading:
    """How an account's people are spread. breakdown: `age`, `city`, `country`, `gender`, or `hour`."""

    metric: str
    breakdown: str
    read_at: datetime
    parts: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReading:
    """An account's own numbers, at most one for a day (UTC). A hidden one is None."""

    read_at: datetime
    followers_count: int | None
    follows_count: int | None = None
    media_count: int | None = None
    username: str | None = None
    name: str | None = None
    website: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectingTrouble:
    """Why nothing could be read. since: its first failure. until: the end of the wait after the last one.

    part: of the collecting, where the others went on.
    """

    why: Missing
    text: str
    since: datetime
    until: datetime
    part: str | None = None


# It begins with a person's pull: a worker that reads ten thousand media unasked would take calls from
# publishing (docs/decisions/0022).
@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """How far the collecting of an account is. Collecting begins with a person's first pull.

    after: the cursor of the first pull's next page, while it is under way. complete_at: when it had read all
    that there was. trouble: the last one; earlier_troubles: those before it, the oldest first. unshared:
    metrics left out of the reading of whole pages, each since when, as one media there refuses them. skew_s:
    this machine's clock minus Instagram's; 0 while they agree. lacks: the permission that was
    missing when numbers were last requested. calls: made for the account so far.
    """

    started_at: datetime
    stopped_at: datetime | None = None
    after: str | None = None
    complete_at: datetime | None = None
    listed_at: datetime | None = None
    stories_listed_at: datetime | None = None
    account_read_at: datetime | None = None
    audience_read_at: datetime | None = None
    held_until: datetime | None = None
    trouble: CollectingTrouble | None = None
    earlier_troubles: tuple[CollectingTrouble, ...] = ()
    # One media that refuses a metric fails its whole page, which is then read again without the metric.
    unshared: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    refused: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    skew_s: float = 0.0
    lacks: str | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one step of collecting learnt, stored in one commit.

    media are new, or replace what is kept of them. A reading, or a missed one, that is there already is left
    as it is; a thumbnail, a day, an audience and an account's reading of the same day are replaced.
    """

    media: Sequence[KeptMedia] = ()
    readings: Sequence[Reading] = ()
    missed: Sequence[MissedReading] = ()
    thumbnails: Sequence[Thumbnail] = ()
    days: Sequence[AccountDay] = ()
    audience: Sequence[AudienceReading] = ()
    account: AccountReading | None = None
    collecting: Collecting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaQuery:
    """Which kept media to list, newest first.

    products: values of `media_product_type`, types: of `media_type`; empty for all. since, before: limits of
    the publishing time, the first inclusive, the other not. text: part of the caption, whatever its case.
    """

    ids: Collection[MediaId] = ()
    products: Collection[str] = ()
    types: Collection[str] = ()
    since: datetime | None = None
    before: datetime | None = None
    text: str | None = None
    limit: int | None = None


ALL_MEDIA = MediaQuery()


class AgedReading(NamedTuple):
    """A media, and one of its readings."""

    media: KeptMedia
    reading: Reading


Streamed = TypeVar("Streamed", KeptMedia, Reading, MissedReading, AccountDay, AudienceReading, AccountReading)
"""What can be streamed page by page."""


class Kept(NamedTuple):
    """How much is kept of an account. first_at, last_at: of its readings."""

    media: int
    readings: int
    missed: int
    days: int
    first_at: datetime | None
    last_at: datetime | None


def day_of(moment: datetime) -> date:
    """Return the day (UTC) that a reading of an account is kept for."""
    return moment.date()


SETTLED_AFTER = timedelta(hours=48)
"""How long after its end a day's numbers may still change (IG User, Insights)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDifference:
    """What the second slot reached in percent more than the first one.

    low, high: the interval, which leaves out 0 exactly where the difference is found. They and is_found are
    None before all planned posts are in: until then the difference is described, and nothing is tested.
    smallest_visible_percent: what is found in eight of ten such experiments, all planned posts once in.
    posts_needed: of both slots together, to find 30 % that often.
    """

    percent: float
    low: float | None
    high: float | None
    confidence: float
    is_found: bool | None
    smallest_visible_percent: float
    posts_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTally:
    """The posts of one slot. reached: those with a reach at 24 h. awaited: those too young for it."""

    posts: int
    reached: int
    awaited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an experiment said at a moment. difference: None with too few posts, or days, to compare.

    needed: how many posts with a reach each slot takes before they are compared. beside: posts published
    meanwhile that went out at neither slot.
    """

    told_at: datetime
    first: SlotTally
    second: SlotTally
    beside: int
    needed: int
    difference: SlotDifference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptExperiment:
    """Two slots that take turns, as texts that `parse_slots` reads, in a time zone.

    posts: of both slots together, after which it is decided, once. kind: of the posts that count; None for
    photos, carousels and reels. outcome: kept when it was decided, or stopped before.
    """

    started_at: datetime
    first: str
    second: str
    timezone: str
    posts: int
    kind: str | None = None
    stopped_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricNote:
    """What a user noted of a metric, such as that Meta counts it differently from `day` on."""

    metric: str
    day: date
    text: str
    added_at: datetime
