"""What the store keeps of published media and accounts, and the protocol of the repository that keeps it.

Readings are append-only: what was read, at which age, with which version of the API. A number that Instagram
did not give is absent, never 0.

Media, readings and days are msgspec Structs, which are made in an eighth of a dataclass's time: a question
makes thousands of them, and no garbage collector need look at what can have no cycle.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from pressroom.core.experiments import KeptExperiment
from pressroom.graph.ids import MediaId

Number = int | float
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The next reading of a media, for an age. opens_at: from when on a reading counts for it.

    due_at: when it is read though nothing else is.
    """

    planned_age_s: int
    opens_at: datetime
    due_at: datetime


class KeptMedia(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A published media as last read. Times are UTC.

    found_at: when it was first read. planned: None where no further reading is. vanished_at: since when
    Instagram does not know it. predates_account: posted before the account became a professional one, so
    without insights. refused: metrics that Instagram refuses for it.
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
    predates_account: bool = False
    refused: tuple[str, ...] = ()
    earlier_captions: tuple[EarlierCaption, ...] = ()


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Numbers of a media at an age. planned_age_s: the age it is for; None for one beside the plan.

    parts: the numbers of a metric by the values of its breakdown. version: of the API; `webhook` for numbers
    that Instagram sent by itself.
    """

    media_id: MediaId
    age_s: int
    read_at: datetime
    planned_age_s: int | None
    version: str
    numbers: Numbers
    parts: Mapping[str, Numbers] = msgspec.field(default_factory=dict[str, Numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedReading:
    """A planned reading that was not made. text: more about why, for people."""

    media_id: MediaId
    planned_age_s: int
    why: Missing
    text: str
    noted_at: datetime


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
class Trouble:
    """Why collecting fails. since, until: the first and the last failure of it."""

    why: Missing
    text: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """How far the collecting of an account is. Collecting begins with a person's first pull.

    after: the cursor of the first pull's next page, while it is under way. complete_at: when it had read all
    that there was. unshared: metrics left out of the reading of whole pages, each since when, as one media
    there refuses them. calls: made for the account so far.
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
    trouble: Trouble | None = None
    unshared: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    refused: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
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


class Aged(NamedTuple):
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


class Readings(Protocol):
    """Media, their readings, and the account's own numbers. `account` is a `core.account.AccountId`."""

    def collecting(self, account: str) -> Collecting | None:
        """Return how far collecting is; None where nobody has begun it."""
        ...

    def stop(self, account: str, at: datetime | None) -> None:
        """Note since when an account is not collected; None: it is collected again."""
        ...

    def collected(self) -> Sequence[str]:
        """Return the accounts that are collected and not stopped."""
        ...

    def keep(self, account: str, batch: Batch) -> None:
        """Store a batch, all of it or none.

        When collecting was stopped stays as it is: whoever collects meanwhile knows nothing of it.
        """
        ...

    def media(self, account: str, query: MediaQuery) -> Sequence[KeptMedia]:
        """Return the kept media that a query names, newest first."""
        ...

    def open(self, account: str, now: datetime, *, product: str | None = None) -> Sequence[KeptMedia]:
        """Return the media whose next reading would count now, newest first.

        product: STORY, or all others.
        """
        ...

    def next_due(self, account: str, *, stories: bool) -> datetime | None:
        """Return when the next planned reading is due; None when none is planned."""
        ...

    def newest(self, account: str, count: int) -> Sequence[KeptMedia]:
        """Return the newest media that are no stories, and have not vanished."""
        ...

    def aged(
        self,
        account: str,
        of: MediaQuery | Sequence[KeptMedia],
        youngest_s: int = 0,
        oldest_s: int | None = None,
    ) -> Sequence[Aged]:
        """Return media with their readings between two ages, both inclusive.

        of: media that the caller has read, which are not read again, or a query. In their order, then by age.
        """
        ...

    def latest(self, account: str, of: MediaQuery | Sequence[KeptMedia]) -> Sequence[Aged]:
        """Return media, each with its reading at the highest age, if it has one. of: as of `aged`."""
        ...

    def missed(self, account: str, query: MediaQuery) -> Sequence[MissedReading]:
        """Return the missed readings of the media of a query."""
        ...

    def thumbnails(self, account: str, ids: Collection[MediaId]) -> Mapping[MediaId, bytes]:
        """Return the thumbnails of some media, as JPEG; a media without one is left out."""
        ...

    def without_thumbnail(self, account: str, ids: Collection[MediaId]) -> frozenset[MediaId]:
        """Return which of some media have no thumbnail, kept or not; reads no picture."""
        ...

    def days(
        self, account: str, since: datetime, until: datetime, metrics: Collection[str] = ()
    ) -> Sequence[AccountDay]:
        """Return the days that end after `since` and not after `until`, by metric and in order.

        metrics: empty for all.
        """
        ...

    def audience(self, account: str, *, before: datetime) -> Sequence[AudienceReading]:
        """Return of each metric and breakdown the last reading before a moment."""
        ...

    def account_readings(self, account: str, since: datetime, until: datetime) -> Sequence[AccountReading]:
        """Return the account's own readings of a span, in order."""
        ...

    def page(
        self,
        account: str,
        kind: type[Streamed],
        after: Streamed | None,
        limit: int,
        *,
        since: datetime | None = None,
    ) -> Sequence[Streamed]:
        """Return the next values of a kind in the order of their keys, for whoever streams them all.

        after: the last one of the page before. since: only those read from then on; media come all of them.
        Media are in the order of their ids, readings of media id and age, days of metric and end.
        """
        ...

    def kept(self, account: str) -> Kept:
        """Count what is kept."""
        ...

    def put_experiment(self, account: str, experiment: KeptExperiment) -> bool:
        """Store an experiment that starts, or the same one stopped; False for a start while one runs."""
        ...

    def experiment(self, account: str) -> KeptExperiment | None:
        """Return the experiment that runs, else the latest; None where there was none."""
        ...

    def accounts(self) -> Sequence[str]:
        """Return the accounts of which something is kept, collected or not."""
        ...

    def delete_before(self, account: str | None, moment: datetime) -> int:
        """Delete readings, missed readings, thumbnails and days before a moment; returns how many.

        account: None for all.
        """
        ...


def day_of(moment: datetime) -> date:
    """Return the day (UTC) that a reading of an account is kept for."""
    return moment.date()


SETTLED_AFTER = timedelta(hours=48)
"""How long after its end a day's numbers may still change (IG User, Insights)."""
