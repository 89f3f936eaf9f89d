"""The numbers of everything that is published, a page of the list to a call."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from pressroom.client.client import Client
from pressroom.client.paging import walk
from pressroom.core.errors import GraphError
from pressroom.graph.answers import Media, Page
from pressroom.graph.calls import Call
from pressroom.graph.error_table import Retry
from pressroom.graph.ids import MediaId
from pressroom.insights.read import MediaInsights, insights_in, media_insights

PAGE_SIZE: Final = 50
# What befalls one call befalls all that follow.
SPOILS_ALL: Final = frozenset({Retry.AFTER_SIGN_IN, Retry.NEXT_WINDOW})


async def listed_insights(
    client: Client, listing: Call[Page[Media]], metrics: Sequence[str]
) -> AsyncIterator[tuple[Media, MediaInsights | GraphError]]:
    """Give the media of a list with their numbers, 50 to a call.

    One media that refuses a metric fails a whole page; each of such a page is asked by itself, but for those
    that are older than one from before the professional account. An error stands for a media that cannot be
    read. metrics: such as all of them answer, see `pressroom.graph.metrics.shared_metrics`.
    Raises GraphError for what every other call would meet too, TransportError without an answer.
    Source: IG User, Media; Graph API, field expansion.
    """
    first_without: MediaInsights | None = None
    async for page in walk(partial(_page, client, metrics), listing.with_params(limit=str(PAGE_SIZE))):
        for media in page.data:
            if media.insights is not None:
                yield media, insights_in(media.insights, media.id, metrics)
            elif first_without is not None:
                yield media, replace(first_without, media_id=media.id)
            else:
                found = await _alone(client, media.id, metrics)
                if isinstance(found, MediaInsights) and found.predates_account:
                    first_without = found
                yield media, found


async def _page(client: Client, metrics: Sequence[str], listing: Call[Page[Media]]) -> Page[Media]:
    """Get a page with its numbers, or without them where they are refused."""
    fields = f"{listing.params['fields']},insights.metric({','.join(metrics)})"
    try:
        return await client.send(listing.with_params(fields=fields))
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        return await client.send(listing)


async def _alone(client: Client, media_id: MediaId, metrics: Sequence[str]) -> MediaInsights | GraphError:
    try:
        return await media_insights(client, media_id, metrics)
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        return error
