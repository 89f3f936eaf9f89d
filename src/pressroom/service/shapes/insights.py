"""The shape of a published media's metrics."""

import msgspec

from pressroom.core.error_shape import ErrorShape
from pressroom.service.insights import Measured, Number


class MeasuredShape(msgspec.Struct, frozen=True, kw_only=True):
    """A media with its metrics.

    metrics: null is a number that Instagram does not give, never 0. engagement_rate: (likes + comments +
    saved + shares) / reach in percent, null without reach. not_offered: metrics that Instagram refused.
    note: why there are none at all. error: why it could not be read.
    """

    id: str
    metrics: dict[str, Number | None]
    engagement_rate: float | None
    not_offered: tuple[str, ...]
    note: str | None
    error: ErrorShape | None

    @classmethod
    def of(cls, measured: Measured) -> "MeasuredShape":
        """Build the shape of a media."""
        found = measured.found
        return cls(
            id=measured.media_id,
            metrics=measured.values,
            engagement_rate=measured.engagement_rate,
            not_offered=found.not_offered if found else (),
            note=found.note if found else None,
            error=measured.error.shape() if measured.error else None,
        )
