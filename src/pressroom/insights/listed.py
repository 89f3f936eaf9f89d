"""Reads the metrics of all published media, one call per page of the list."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from pressroom.client.client import Client, walk
from pressroom.core.errors import GraphError
from pressroom.graph.answers import Media, Page
from pressroom.graph.calls import Call
from pressroom.graph.error_table import Retry
from pressroom.graph.ids import MediaId
from pressroom.insights.read import MediaInsights, insights_in, media_insights

PAGE_SIZE: Final = 50
# These errors would meet every further call too, so they end the list.
SPOILS_ALL: Final = frozenset({Retry.AFTER_SIGN_IN, Retry.NEXT_WINDOW})


async def listed_insights(
    client: Client, listing: Call[Page[Media]], metrics: Sequence[str]
) -> AsyncIterator[tuple[Media, MediaInsights | GraphError]]:
    """Yield the media of a list with their metrics, or with the error of a media that cannot be read.

    Reads 50 per call. A media that refuses a metric fails its whole page, whose media are then read one by
    one, except those older than the professional account. metrics: must be supported by all the media, see
    `pressroom.graph.metrics.shared_metrics`.
    Raises GraphError for an error that every further call would meet too, TransportError without an answer.
    Source: IG User, Media; Graph API, field expansion.
    """
    first_without: MediaInsights | None = None
    async for page in walk(partial(_page, client, metrics), listing.with_params(limit=str(PAGE_SIZE))):
        for media in page.data:
            if media.insights is not None:
                yield media, insights_in(media.insights, media.id, metrics)
            elif first_without is not None:
                # The list is newest first, so all that follows is from before the professional account too.
                yield media, replace(first_without, media_id=media.id)
            else:
                found = await _alone(client, media.id, metrics)
                if isinstance(found, MediaInsights) and found.predates_account:
                    first_without = found
                yield media, found


async def _page(client: Client, metrics: Sequence[str], listing: Call[Page[Media]]) -> Page[Media]:
    """Read a page with its metrics, or without them if they are refused."""
    fields = f"{listing.params['fields']},insights.metric({','.join(metrics)})"
    try:
        return await client.send(listing.with_params(fields=fields))
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        # Refused for the sake of one media, perhaps: the page is read again without metrics.
        return await client.send(listing)


async def _alone(client: Client, media_id: MediaId, metrics: Sequence[str]) -> MediaInsights | GraphError:
    try:
        return await media_insights(client, media_id, metrics)
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        return error
