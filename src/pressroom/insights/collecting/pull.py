"""What every part of a pull needs, and how what was read becomes rows.

`Pull` is an account's pull under way: its client, its store, and how far collecting is. `Intake` decides,
of what a step read, which readings are stored and near which ages a media was not read; it makes no call
and has no clock. docs/decisions/0022-readings.md gives the reasons for the ages.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pressroom.client.client import Client
from pressroom.core.account import AccountId
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.protocols import Transport
from pressroom.core.readings import (
    Batch,
    Collecting,
    EarlierCaption,
    KeptMedia,
    MediaQuery,
    MissedReading,
    Missing,
    Numbers,
    Reading,
)
from pressroom.graph.answers import Media, MediaId, timestamp_of
from pressroom.insights import ages
from pressroom.insights.collecting.troubles import trouble_between

if TYPE_CHECKING:
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.insights")

# An answer may be on its way for half a minute, and servers may differ.
_SKEWED_S: Final = 120.0
# Enough for the next look of a worker, and one more.
_TIME_FOR_ANOTHER_TRY: Final = timedelta(minutes=5)


class Learnt(NamedTuple):
    """How much was learnt, in rows."""

    media: int = 0
    readings: int = 0
    missed: int = 0
    days: int = 0


@dataclass(slots=True, kw_only=True)
class Pull:
    """An account's pull under way. network: the client's, for what is no call of the API.

    calls: returns how many calls were made so far. on_media: called after each page with how many media it
    had.
    """

    account: AccountId
    client: Client
    network: Transport
    store: "Store"
    clock: Clock
    collecting: Collecting
    calls: Callable[[], int] = lambda: 0
    on_media: Callable[[int], None] = lambda _count: None
    learnt: Learnt = field(default_factory=Learnt)
    _calls_counted: int = 0

    @property
    def now(self) -> datetime:
        """The moment; by Instagram's clock where this machine's is wrong, since ages begin at its times."""
        return self.clock.now() - timedelta(seconds=self.collecting.skew_s)

    async def begin_intake(self, ids: Sequence[MediaId]) -> "Intake":
        """Begin to take in media of these ids."""
        # The last answer told Instagram's time, which is followed where this machine's differs.
        before_s, skew_s = self.collecting.skew_s, self.client.skew_s
        if skew_s is not None and abs(skew_s - before_s) > _SKEWED_S:
            self.collecting = replace(self.collecting, skew_s=skew_s if abs(skew_s) > _SKEWED_S else 0.0)
            log.warning("this machine's clock is %+.0f s off Instagram's, before %+.0f s", skew_s, before_s)
        stored = list[KeptMedia]()
        if ids:
            stored += await self.store.run(self.store.readings.media, self.account, MediaQuery(ids=ids))
        return Intake(
            now=self.now,
            version=self.client.account.version,
            collecting=self.collecting,
            stored={media.id: media for media in stored},
        )

    async def keep(self, batch: Batch) -> None:
        """Store what was learnt, with how far collecting is."""
        new_calls, self._calls_counted = self.calls() - self._calls_counted, self.calls()
        self.collecting = replace(self.collecting, calls=self.collecting.calls + new_calls)
        rows = (batch.media, batch.readings, batch.missed, batch.days)
        self.learnt = Learnt(*(before + len(new) for before, new in zip(self.learnt, rows, strict=True)))
        if batch.readings or batch.days:
            self.collecting = replace(self.collecting, lacks=None)
        whole = replace(batch, collecting=self.collecting)
        await self.store.run(self.store.readings.keep, self.account, whole)


@dataclass(slots=True)
class Intake:
    """What a step reads, until it is stored as a single batch.

    now: the moment of reading. stored: the media that the store has, of those that are read. before: of the
    media that reached an age, their last readings before it, which were pending until now. failures: what
    kept a media from being read, where others were.
    """

    now: datetime
    version: str
    collecting: Collecting
    stored: Mapping[MediaId, KeptMedia]
    media: dict[MediaId, KeptMedia] = field(default_factory=dict[MediaId, KeptMedia])
    readings: dict[MediaId, Reading] = field(default_factory=dict[MediaId, Reading])
    before: dict[MediaId, Reading] = field(default_factory=dict[MediaId, Reading])
    missed: list[MissedReading] = field(default_factory=list[MissedReading])
    failures: dict[MediaId, PressroomError] = field(default_factory=dict[MediaId, PressroomError])

    def batch(self) -> Batch:
        """Return all of it, to be stored."""
        return Batch(
            media=list(self.media.values()),
            readings=[*self.before.values(), *self.readings.values()],
            missed=self.missed,
            collecting=self.collecting,
        )

    def add_media(self, media: Media) -> KeptMedia:
        """Take in a media as Instagram shows it."""
        before = self.media.get(media.id) or self.stored.get(media.id)
        if before is None:
            product = str(media.media_product_type or "FEED")
            published_at = timestamp_of(media.timestamp) if media.timestamp else self.now
            kept = KeptMedia(
                id=media.id,
                product_type=product,
                media_type=str(media.media_type or "IMAGE"),
                published_at=published_at,
                found_at=self.now,
                caption=media.caption,
                permalink=media.permalink,
                shortcode=media.shortcode,
                planned=ages.next_planned(product, published_at, 0),
            )
        else:
            # What may have changed: its caption, its address, and that it is back.
            kept = msgspec.structs.replace(before, permalink=media.permalink or before.permalink)
            if media.caption != before.caption:
                earlier = EarlierCaption(caption=before.caption, until=self.now)
                captions = (*before.earlier_captions, earlier)
                kept = msgspec.structs.replace(kept, caption=media.caption, earlier_captions=captions)
            # A list may show for some seconds what was deleted.
            if before.vanished_at is not None and not before.is_deleted:
                planned = ages.next_planned(before.product_type, before.published_at, self._age_s(before))
                kept = msgspec.structs.replace(kept, vanished_at=None, planned=planned)
        self.media[media.id] = kept
        return kept

    def add_reading(self, media_id: MediaId, numbers: Numbers) -> Reading | None:
        """Take in a media's numbers, and return their reading if it is one to store.

        Those are the first of a media, the first after an age, and then also the last before it. The numbers
        stay pending otherwise, in place of earlier ones.
        """
        media = self.media[media_id]
        if self._age_s(media) < 0:
            return None  # by its time it is yet to be published, as after some seconds it is not
        reading = Reading(
            media_id=media_id,
            age_s=self._age_s(media),
            read_at=self.now,
            version=self.version,
            numbers=numbers,
        )
        if media_id in self.stored and not self._reached(media, reading.age_s):
            pending = reading if media.planned else None
            self.media[media_id] = msgspec.structs.replace(media, pending=pending, last_age_s=reading.age_s)
            return None
        media = self._pass(media, reading.age_s, read_age_s=reading.age_s)
        self.media[media_id] = msgspec.structs.replace(media, last_age_s=reading.age_s)
        self.readings[media_id] = reading
        return reading

    def extend_reading(
        self, media_id: MediaId, numbers: Numbers, parts: Mapping[str, Numbers], refused: tuple[str, ...]
    ) -> None:
        """Add to a reading what a call for its media alone brought."""
        reading, media = self.readings[media_id], self.media[media_id]
        self.readings[media_id] = msgspec.structs.replace(
            reading, numbers={**reading.numbers, **numbers}, parts=parts
        )
        self.note_refused(media, refused)

    def drop_incomplete(self, media: Sequence[KeptMedia]) -> None:
        """Drop the readings of media that were not read to the end, where there is time to read them again.

        media: as they were before they were read.
        """
        for before in media:
            if before.planned is None:
                continue
            closes_s = ages.closes_s(before.planned.planned_age_s, before.product_type)
            if self.now + _TIME_FOR_ANOTHER_TRY < before.published_at + timedelta(seconds=closes_s):
                self.readings.pop(before.id, None)
                self.before.pop(before.id, None)
                self.missed = [missed for missed in self.missed if missed.media_id != before.id]
                self.media[before.id] = before

    def note_refused(self, media: KeptMedia, refused: tuple[str, ...]) -> None:
        """Remember which metrics Instagram refuses for a media."""
        if new := [name for name in refused if name not in media.refused]:
            self.media[media.id] = msgspec.structs.replace(
                self.media[media.id], refused=(*media.refused, *new)
            )

    def note_predating(self, media_id: MediaId) -> None:
        """Note that a media has no insights, since it is older than the professional account."""
        self.media[media_id] = msgspec.structs.replace(
            self.media[media_id], predates_account=True, planned=None
        )

    def note_vanished(self, media: KeptMedia) -> None:
        """Note that Instagram does not know a media any more: nothing of it is planned, all of it is kept."""
        self._keep_pending(media)
        self.media[media.id] = msgspec.structs.replace(
            media, vanished_at=self.now, planned=None, pending=None
        )

    def note_sought(self, media: KeptMedia) -> None:
        """Note that a media that a list left out was asked for by itself, and is known to Instagram."""
        self.media[media.id] = msgspec.structs.replace(self.media.get(media.id, media), sought_at=self.now)

    def note_unread(self, media: KeptMedia) -> None:
        """Note which ages a media that was not read has passed, as far as no reading is awaited any more."""
        media = self.media.get(media.id, media)
        age_s = self._age_s(media)
        passed = [
            age for age in self._reached(media, age_s) if ages.closes_s(age, media.product_type) < age_s
        ]
        self.media[media.id] = self._pass(media, passed[-1]) if passed else media

    def _age_s(self, media: KeptMedia) -> int:
        return int((self.now - media.published_at).total_seconds())

    def _reached(self, media: KeptMedia, age_s: int) -> tuple[int, ...]:
        """Return the ages that a media reached since its numbers were last read."""
        if media.last_age_s is not None:
            return ages.reached(media.product_type, media.last_age_s, age_s)
        # It has no reading, or those of an earlier release.
        since_s = media.planned.planned_age_s - 1 if media.planned else age_s
        return ages.reached(media.product_type, since_s, age_s)

    def _pass(self, media: KeptMedia, until_s: int, *, read_age_s: int | None = None) -> KeptMedia:
        """Store a media's last reading before the ages that it reached, and note those that it has none near.

        read_age_s: of the first reading after them; None without one.
        """
        self._keep_pending(media)
        read = [age for age in (media.last_age_s, read_age_s) if age is not None]
        # What was posted before collecting began was not missed: nothing was planned then.
        is_watched = media.id in self.stored or media.published_at >= self.collecting.started_at
        if media.planned and is_watched:
            for age_s in ages.reached(media.product_type, media.planned.planned_age_s - 1, until_s):
                near_s = ages.tolerance_s(age_s, media.product_type)
                if not any(abs(read_s - age_s) <= near_s for read_s in read):
                    self._note_missed(media, age_s)
        # A media that is back after it had vanished, and one from before the account, stay as they are.
        planned = media.planned and ages.next_planned(media.product_type, media.published_at, until_s)
        return msgspec.structs.replace(media, pending=None, planned=planned)

    def _keep_pending(self, media: KeptMedia) -> None:
        if media.pending:
            self.before[media.id] = media.pending

    def _note_missed(self, media: KeptMedia, age_s: int) -> None:
        near = timedelta(seconds=ages.tolerance_s(age_s, media.product_type))
        reached_at = media.published_at + timedelta(seconds=age_s)
        opened_at, closed_at = reached_at - near, reached_at + near
        is_story = media.product_type == ages.STORY
        if trouble := trouble_between(self.collecting, opened_at, closed_at, is_story=is_story):
            why, text = trouble.why, trouble.text
        elif failure := self.failures.get(media.id):
            why = Missing.UNREACHABLE if failure.retryable else Missing.REFUSED
            text = failure.message
        elif media.found_at > closed_at:
            why = Missing.FOUND_LATE
            text = f"It was first seen at {media.found_at:%Y-%m-%d %H:%M} UTC."
        else:
            span = f"{opened_at:%Y-%m-%d %H:%M} and {closed_at:%Y-%m-%d %H:%M} UTC"
            why, text = Missing.NOT_RUNNING, f"No worker read it between {span}."
        self.missed.append(
            MissedReading(media_id=media.id, planned_age_s=age_s, why=why, text=text, noted_at=self.now)
        )
