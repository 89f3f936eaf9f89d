"""Turns what was read into what is kept: which reading it is, and which are missed. No call, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from pressroom.core.readings import (
    Batch,
    Collecting,
    EarlierCaption,
    KeptMedia,
    MissedReading,
    Missing,
    Numbers,
    Reading,
)
from pressroom.graph.answers import Media, timestamp_of
from pressroom.graph.ids import MediaId
from pressroom.insights import ages

# Until the next look, and one more.
_A_TRY: Final = timedelta(minutes=5)


@dataclass(slots=True)
class Taking:
    """What a step reads, until it is stored as one batch.

    now: the moment of reading. known: the media that the store has, of those that are read.
    """

    now: datetime
    version: str
    collecting: Collecting
    known: Mapping[MediaId, KeptMedia]
    media: dict[MediaId, KeptMedia] = field(default_factory=dict[MediaId, KeptMedia])
    readings: dict[MediaId, Reading] = field(default_factory=dict[MediaId, Reading])
    missed: list[MissedReading] = field(default_factory=list[MissedReading])

    def batch(self) -> Batch:
        """Return all of it, to be stored."""
        return Batch(
            media=list(self.media.values()),
            readings=list(self.readings.values()),
            missed=self.missed,
            collecting=self.collecting,
        )

    def see(self, media: Media) -> KeptMedia:
        """Take in a media as Instagram shows it."""
        known = self.media.get(media.id) or self.known.get(media.id)
        seen = self._again(known, media) if known else self._first(media)
        self.media[media.id] = self._without_passed(seen)
        return self.media[media.id]

    def read(self, media_id: MediaId, numbers: Numbers) -> Reading | None:
        """Take in a media's numbers, if a reading is planned for its age, or there is none of it yet."""
        media = self.media[media_id]
        age_s = int((self.now - media.published_at).total_seconds())
        planned_age_s = ages.age_for(age_s, media.product_type)
        is_planned = media.planned is not None and media.planned.planned_age_s == planned_age_s
        if not is_planned and media_id in self.known:
            return None
        self.readings[media_id] = Reading(
            media_id=media_id,
            age_s=age_s,
            read_at=self.now,
            planned_age_s=planned_age_s if is_planned else None,
            version=self.version,
            numbers=numbers,
        )
        if is_planned and planned_age_s is not None:
            self.media[media_id] = replace(media, planned=ages.next_planned(media, planned_age_s))
        return self.readings[media_id]

    def add(
        self, media_id: MediaId, numbers: Numbers, parts: Mapping[str, Numbers], refused: tuple[str, ...]
    ) -> None:
        """Add to a reading what its media was asked for by itself."""
        reading, media = self.readings[media_id], self.media[media_id]
        self.readings[media_id] = replace(reading, numbers={**reading.numbers, **numbers}, parts=parts)
        self.refuse(media, refused)

    def postpone(self, seen: Sequence[KeptMedia]) -> None:
        """Drop the readings of media that could not be read whole, as long as there is time to read again.

        seen: as they were before they were read.
        """
        for media in seen:
            if media.planned and self.now + _A_TRY < media.published_at + _closing(
                media, media.planned.planned_age_s
            ):
                self.readings.pop(media.id, None)
                self.media[media.id] = media

    def refuse(self, media: KeptMedia, refused: tuple[str, ...]) -> None:
        """Remember which metrics Instagram refuses for a media."""
        if more := [name for name in refused if name not in media.refused]:
            self.media[media.id] = replace(self.media[media.id], refused=(*media.refused, *more))

    def predates(self, media_id: MediaId) -> None:
        """Note that a media has no insights, since it is older than the professional account."""
        self.media[media_id] = replace(self.media[media_id], predates_account=True, planned=None)

    def vanish(self, media: KeptMedia) -> None:
        """Note that Instagram does not know a media any more: nothing of it is planned, all of it is kept."""
        self.media[media.id] = replace(media, vanished_at=self.now, planned=None)

    def pass_over(self, media: KeptMedia) -> None:
        """Note what is missed of a media that was not read."""
        self.media[media.id] = self._without_passed(self.media.get(media.id, media))

    def _first(self, media: Media) -> KeptMedia:
        product = str(media.media_product_type or "FEED")
        at = timestamp_of(media.timestamp) if media.timestamp else self.now
        age_s = (self.now - at).total_seconds()
        found = KeptMedia(
            id=media.id,
            product_type=product,
            media_type=str(media.media_type or "IMAGE"),
            published_at=at,
            found_at=self.now,
            caption=media.caption,
            permalink=media.permalink,
            shortcode=media.shortcode,
            planned=ages.first_planned(product, at, age_s),
        )
        # What was posted before anybody collected was not missed: nobody watched.
        if at >= self.collecting.started_at:
            self._miss(found, ages.passed(product, age_s))
        return found

    def _again(self, known: KeptMedia, media: Media) -> KeptMedia:
        back = known
        if known.vanished_at is not None:
            age_s = (self.now - known.published_at).total_seconds()
            again = ages.first_planned(known.product_type, known.published_at, age_s)
            back = replace(known, vanished_at=None, planned=again)
        if media.caption == known.caption:
            return replace(back, permalink=media.permalink or known.permalink)
        earlier = EarlierCaption(caption=known.caption, until=self.now)
        return replace(back, caption=media.caption, earlier_captions=(*known.earlier_captions, earlier))

    def _without_passed(self, media: KeptMedia) -> KeptMedia:
        """Note the planned readings whose time has passed, and plan the next."""
        passed = list[int]()
        while media.planned and self._is_over(media, media.planned.planned_age_s):
            passed.append(media.planned.planned_age_s)
            media = replace(media, planned=ages.next_planned(media, media.planned.planned_age_s))
        self._miss(media, tuple(passed))
        return media

    def _is_over(self, media: KeptMedia, planned_age_s: int) -> bool:
        return self.now > media.published_at + _closing(media, planned_age_s)

    def _miss(self, media: KeptMedia, passed: tuple[int, ...]) -> None:
        for planned_age_s in passed:
            why, text = self._why(media, planned_age_s)
            self.missed.append(
                MissedReading(
                    media_id=media.id, planned_age_s=planned_age_s, why=why, text=text, noted_at=self.now
                )
            )

    def _why(self, media: KeptMedia, planned_age_s: int) -> tuple[Missing, str]:
        opens_at = ages.planned(media.product_type, media.published_at, planned_age_s).opens_at
        closed_at, trouble = media.published_at + _closing(media, planned_age_s), self.collecting.trouble
        if trouble and trouble.since <= closed_at and trouble.until >= opens_at:
            return trouble.why, trouble.text
        if media.found_at > closed_at:
            return Missing.FOUND_LATE, f"It was first seen at {media.found_at:%Y-%m-%d %H:%M} UTC."
        span = f"{opens_at:%Y-%m-%d %H:%M} and {closed_at:%Y-%m-%d %H:%M} UTC"
        return Missing.NOT_RUNNING, f"No worker read it between {span}."


def _closing(media: KeptMedia, planned_age_s: int) -> timedelta:
    return timedelta(seconds=ages.closes_s(planned_age_s, media.product_type))
