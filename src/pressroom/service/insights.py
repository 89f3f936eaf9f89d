"""`InsightService`: metrics of published media."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pressroom.core.errors import GraphError
from pressroom.graph import calls
from pressroom.graph.answers import MediaProductType
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import metrics_for, shared_metrics
from pressroom.insights.derive import engagement_rate
from pressroom.insights.listed import SPOILS_ALL, listed_insights
from pressroom.insights.read import MediaInsights, Number, media_insights
from pressroom.service.acting import Acting
from pressroom.service.media import listing


@dataclass(frozen=True, slots=True)
class Measured:
    """One media with its metrics, or with the error that kept them."""

    media_id: MediaId
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


class InsightService:
    """The use-cases of metrics. Any of them may raise SignInRequired, NotFound, TransportError."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def read(self, media_id: MediaId, metrics: Sequence[str] | None = None) -> MediaInsights:
        """Read a media's metrics; without names, all that its kind offers (one more call finds the kind).

        Raises GraphError.
        """
        client = await self._acting.client()
        if metrics is None:
            media = await client.send(calls.media(media_id, fields="id,media_product_type"))
            metrics = metrics_for(
                media.media_product_type or MediaProductType.FEED, client.account.login_type
            )
        return await media_insights(client, media_id, metrics)

    async def measure(self, media_id: MediaId, metrics: Sequence[str] | None = None) -> Measured:
        """Read a media's metrics as `read` does; returns the error in place of metrics that cannot be read.

        Raises GraphError for what would fail every other media too: an ended token, a rate limit.
        """
        try:
            return Measured(media_id, await self.read(media_id, metrics))
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return Measured(media_id, error=error)

    async def measure_all(self, *, since: datetime | None = None) -> AsyncIterator[Measured]:
        """Yield all media with the metrics that feed posts and reels share, newest first, 50 in a call.

        Stories are left out. Raises what `measure` raises.
        """
        client = await self._acting.client()
        metrics = shared_metrics(client.account.login_type)
        async for media, found in listed_insights(client, listing(client.account, since), metrics):
            if isinstance(found, GraphError):
                yield Measured(media.id, error=found)
            else:
                yield Measured(media.id, found)

    async def measure_each(self, *, since: datetime | None = None) -> AsyncIterator[Measured]:
        """Yield all media with every metric of their kinds, newest first, with one more call for each."""
        client = await self._acting.client()
        async for media in client.pages(listing(client.account, since)):
            product = media.media_product_type or MediaProductType.FEED
            yield await self.measure(media.id, metrics_for(product, client.account.login_type))
