"""Numbers of media as Instagram gives them now: nothing keeps what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pressroom.client.client import Client
from pressroom.core.errors import GraphError
from pressroom.core.readings import Number
from pressroom.graph.answers import Media, MediaId, MediaProductType
from pressroom.graph.metrics import metrics_for
from pressroom.insights.read import (
    SPOILS_ALL,
    MediaInsights,
    Total,
    engagement_rate,
    media_insights,
    totals_of,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One media with its metrics, or with the error that kept them.

    account: the login that was named, else the user id. media: None where it could not be read.
    """

    media_id: MediaId
    account: str
    media: Media | None = None
    found: MediaInsights | None = None
    error: GraphError | None = None

    @property
    def values(self) -> dict[str, Number | None]:
        """The values by metric; None for one that Instagram does not give."""
        return dict(self.found.values) if self.found else {}

    @property
    def engagement_rate(self) -> float | None:
        """(likes + comments + saves + shares) / reach in percent."""
        return engagement_rate(self.found.values) if self.found else None


def totals(rows: Sequence[Measured]) -> Mapping[str, Total]:
    """Add up what may be added: `reach` counts people, whom two posts share, and a rate has no sum."""
    return totals_of([row.values for row in rows if row.found])


async def measured(client: Client, media: Media, reader: str) -> Measured:
    """Read every metric of a media. Raises GraphError for what would fail every other media too."""
    product = media.media_product_type or MediaProductType.FEED
    try:
        metrics = metrics_for(product, client.account.login_type)
        return Measured(media.id, reader, media, await media_insights(client, media.id, metrics))
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        return Measured(media.id, reader, media, error=error)
