"""The posts of a report's spans, with their numbers at 24 hours: in the period, before it, and in 90 days."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, MediaQuery, Missing, Number, Reading
from pressroom.core.when import start_of
from pressroom.graph.metrics import DAY_ZONE
from pressroom.insights.questions.periods import Period
from pressroom.insights.questions.posts import NEAR, AgedNumbers, at_age, kind_of, spread_of, value_of
from pressroom.insights.report.movements import Posts, against_their_kind, trailing_of
from pressroom.insights.statistics.answers import TooFew
from pressroom.service.insights.asked import Asked
from pressroom.service.insights.report_facts import Kind, NoReading, Posted

if TYPE_CHECKING:
    from pressroom.insights.statistics.comparisons import Change

_AGE_S: Final = 24 * 3600
_DAY: Final = timedelta(days=1)
_STORY: Final = "story"
_KINDS: Final = ("reel", "carousel", "photo", "video")


class Span(NamedTuple):
    """Days of a zone, as moments."""

    since: datetime
    before: datetime

    @classmethod
    def of_days(cls, period: Period, zone: ZoneInfo) -> "Span":
        """Return a period's days in a zone."""
        return cls(start_of(period.first, zone), start_of(period.last + _DAY, zone))

    def of(self, media: Sequence[KeptMedia]) -> list[KeptMedia]:
        """Return the media that were published in it."""
        return [one for one in media if self.since <= one.published_at < self.before]


class Spans(NamedTuple):
    """The period of a report, as many days before it, and the 90 days before it.

    instagram: the period by Instagram's days.
    """

    now: Span
    before: Span
    trailing: Span
    instagram: Span

    @classmethod
    def around(cls, period: Period, zone: ZoneInfo) -> "Spans":
        """Return the spans of a period."""
        return cls(
            now=Span.of_days(period, zone),
            before=Span.of_days(period.before, zone),
            trailing=Span.of_days(trailing_of(period), zone),
            instagram=Span.of_days(period, ZoneInfo(DAY_ZONE)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Posts of all spans, newest first, and their numbers at 24 hours by media id.

    latest, missed: of the posts of the period, by media id.
    """

    spans: Spans
    watched_since: datetime
    zone: ZoneInfo
    media: Sequence[KeptMedia]
    aged: Mapping[str, AgedNumbers]
    latest: Mapping[str, Reading]
    missed: Mapping[str, Missing]

    @property
    def in_spans(self) -> list[Posts]:
        """Return the posts of the period, of the one before, and of the 90 days before."""
        return [self._posts(one) for one in self.spans[:3]]

    def _posts(self, span: Span) -> Posts:
        return Posts(
            aged=self._numbers(span), count=len(span.of(self.media)), is_watched=self._is_watched(span)
        )

    def _is_watched(self, span: Span) -> bool:
        return self.watched_since <= span.since

    def _numbers(self, span: Span) -> list[AgedNumbers]:
        return [self.aged[one.id] for one in span.of(self.media) if one.id in self.aged]

    def _values(self, span: Span, metric: str, kind: str) -> list[Number]:
        numbers = [one for one in self._numbers(span) if kind_of(one.media) == kind]
        return [value for one in numbers if (value := value_of(one, metric)) is not None]

    def usual(self, metric: str) -> list[Number]:
        """Return a metric of the posts of the 90 days before; nothing where these were not watched."""
        trailing = self.spans.trailing
        numbers = self._numbers(trailing) if self._is_watched(trailing) else []
        return [value for one in numbers if (value := value_of(one, metric)) is not None]

    def kinds(self, metric: str) -> list[Kind]:
        """Tell of each kind how many went out, and its numbers."""
        found = (self._kind(name, metric) for name in _KINDS)
        return [one for one in found if one.posts or one.posts_before or one.posts_trailing]

    def _kind(self, name: str, metric: str) -> Kind:
        now, trailing = self.spans.now, self.spans.trailing
        later = self._values(now, metric, name)
        earlier = self._values(trailing, metric, name) if self._is_watched(trailing) else []
        posts, before, in_trailing = (
            sum(kind_of(one) == name for one in span.of(self.media)) for span in self.spans[:3]
        )
        return Kind(
            name=name,
            posts=posts,
            posts_before=before,
            posts_trailing=in_trailing,
            now=spread_of(later),
            trailing=spread_of(earlier),
            change=_change(earlier, later),
        )

    def posted(self, metric: str) -> Posted:
        """Tell of the posts of the period, each beside the others of its kind since 90 days before."""
        now, before, trailing, instagram = self.spans
        media = now.of(self.media)
        posts = against_their_kind(media, self.aged, [*self._numbers(trailing), *self._numbers(now)], metric)
        return Posted(
            posts=tuple(posts),
            posts_before=len(before.of(self.media)),
            posts_trailing=len(trailing.of(self.media)),
            latest=self.latest,
            days=len({one.published_at.astimezone(self.zone).date() for one in media}),
            on_instagrams_days=tuple(instagram.of(self.media)),
            unread=Counter(self._why_unread(one.media) for one in posts if one.aged is None),
        )

    def _why_unread(self, media: KeptMedia) -> Missing | NoReading:
        was_watched = media.published_at + timedelta(seconds=_AGE_S) >= self.watched_since
        return self.missed.get(media.id) or (NoReading.NOT_YET if was_watched else NoReading.NOT_WATCHED)


def _change(earlier: Sequence[Number], later: Sequence[Number]) -> "Change | None":
    from pressroom.insights.statistics import comparisons as medians  # noqa: PLC0415  # an extra

    found = medians.change(earlier, later)
    return None if isinstance(found, TooFew) else found


async def published(ours: Asked, period: Period) -> Published:
    """Read the posts about a period."""
    readings, run, spans = ours.store.readings, ours.store.run, Spans.around(period, ours.zone)
    query = MediaQuery(since=min(one.since for one in spans), before=max(one.before for one in spans))
    found = await run(readings.media, ours.account, query)
    media = [one for one in found if kind_of(one) != _STORY]
    youngest, oldest = int(_AGE_S * (1 - NEAR)), int(_AGE_S * (1 + NEAR)) + 1
    aged = await run(readings.aged, ours.account, media, youngest, oldest)
    latest = await run(readings.latest, ours.account, spans.now.of(media))
    now = MediaQuery(since=spans.now.since, before=spans.now.before)
    missed = await run(readings.missed, ours.account, now)
    return Published(
        spans=spans,
        watched_since=ours.collecting.started_at,
        zone=ours.zone,
        media=media,
        aged={one.media.id: one for one in at_age(aged, _AGE_S)},
        latest={one.media.id: one.reading for one in latest},
        missed={one.media_id: one.why for one in missed if one.planned_age_s == _AGE_S},
    )
