"""The shapes of published media with their metrics."""

from collections.abc import Sequence

import msgspec

from pressroom.core.error_shape import ErrorShape
from pressroom.graph.answers import timestamp_of
from pressroom.service.insights import Measured, Number, totals
from pressroom.service.media import kind_of
from pressroom.service.shapes.moments import InUtc, spelled


class MeasuredShape(msgspec.Struct, frozen=True, kw_only=True):
    """A media with its metrics.

    kind, caption, published_at, permalink: null where the media could not be read. metrics: null is a number
    that Instagram does not give, never 0. engagement_rate: (likes + comments + saved + shares) / reach in
    percent, null without reach. not_offered: metrics that Instagram refused. note: why there are none at all.
    error: why it could not be read. account: the login that was named, else the user id.
    """

    id: str
    account: str
    kind: str | None
    caption: str | None
    published_at: InUtc | None
    permalink: str | None
    metrics: dict[str, Number | None]
    engagement_rate: float | None
    not_offered: tuple[str, ...]
    note: str | None
    error: ErrorShape | None

    @classmethod
    def of(cls, measured: Measured) -> "MeasuredShape":
        """Build the shape of a media."""
        found, media = measured.found, measured.media
        at = timestamp_of(media.timestamp) if media and media.timestamp else None
        return cls(
            id=measured.media_id,
            account=measured.account,
            kind=kind_of(media) if media else None,
            caption=media.caption if media else None,
            published_at=spelled(at, "UTC"),
            permalink=media.permalink if media else None,
            metrics=measured.values,
            engagement_rate=measured.engagement_rate,
            not_offered=found.not_offered if found else (),
            note=found.note if found else None,
            error=measured.error.shape() if measured.error else None,
        )


class TotalShape(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of a metric. media: of how many media, those whose number is known."""

    sum: Number
    media: int


class InsightsShape(msgspec.Struct, frozen=True, kw_only=True):
    """Media with their metrics, newest first, and the sums of what may be added.

    totals: without `reach`, which counts people whom two posts may share, and without rates.
    """

    media: tuple[MeasuredShape, ...]
    totals: dict[str, TotalShape]

    @classmethod
    def of(cls, rows: Sequence[Measured]) -> "InsightsShape":
        """Build the shape of several media."""
        sums = {name: TotalShape(sum=total.sum, media=total.media) for name, total in totals(rows).items()}
        return cls(media=tuple(MeasuredShape.of(row) for row in rows), totals=sums)
