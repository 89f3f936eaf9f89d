"""Reads a page of media with their numbers, and falls back where a media refuses a metric.

`read_page` reads up to fifty media with a call. `read_absent` reads media that a list should have shown by
themselves: they have vanished, or the list lags. `seek_left_out` only asks whether they are there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pressroom.client.client import Client
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter, ObjectNotFound, PostedBeforeBusinessAccount
from pressroom.core.readings import KeptMedia, Number, Numbers
from pressroom.graph import calls
from pressroom.graph.answers import Insight, Media, MediaId, MediaProductType, Page, timestamp_of
from pressroom.graph.call import Call
from pressroom.graph.metrics import SUCCESSORS, metrics_for
from pressroom.insights.collecting.pull import Pull
from pressroom.insights.read import (
    PAGE_SIZE,
    SPOILS_ALL,
    MediaInsights,
    has_too_few_viewers,
    insights_in,
    lacks_permission,
    media_insights,
    refused_metric,
    with_metrics,
)

_FIELDS: Final = "id,media_type,media_product_type,caption,permalink,shortcode,timestamp"
# A list may lag, or leave a media out that Instagram knows.
_SOUGHT_EVERY: Final = timedelta(days=1)
# A list that went wrong as a whole costs no more than that.
_MOST_SOUGHT: Final = 5
_LISTED_FIELDS: Final = f"{_FIELDS},media_url,thumbnail_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A page of media. numbers: of those that could be read, without what Instagram did not give.

    metrics: those of the last request. unshared: metrics left out, since a media of the page refuses them.
    predates: media from before the account became a professional account. after: the next page's cursor.
    """

    media: Sequence[Media]
    numbers: Mapping[MediaId, Numbers]
    metrics: Sequence[str]
    unshared: tuple[str, ...] = ()
    predates: frozenset[MediaId] = frozenset()
    refused: Mapping[MediaId, tuple[str, ...]] = field(default_factory=dict[MediaId, tuple[str, ...]])
    after: str | None = None


async def read_page(client: Client, listing: Call[Page[Media]], metrics: Sequence[str]) -> PageRead:
    """Read a page with its numbers: a call, and another for each metric that some media there refuses.

    Where the refusal names no metric, each media of the page is read by itself.
    Raises GraphError for what every call would meet, TransportError without an answer.
    """
    listing = listing.with_params(fields=_LISTED_FIELDS, limit=str(PAGE_SIZE))
    requested, unshared = list(metrics), list[str]()
    while requested:
        try:
            page = await client.send(with_metrics(listing, requested))
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            name = refused_metric(error, requested) if isinstance(error, InvalidParameter) else None
            if name is None:
                return await _read_without_metrics(client, listing, requested, unshared, error)
            # Halving the page, to find the media that refuses, costs eleven calls. docs/decisions/0022
            requested = replace_refused(name, requested, unshared)
            unshared.append(name)
        else:
            return _page_read(page, requested, unshared)
    return _page_read(await client.send(listing), requested, unshared)


def _page_read(page: Page[Media], metrics: Sequence[str], unshared: Sequence[str]) -> PageRead:
    numbers = {
        media.id: numbers_of(insights_in(media.insights, media.id, metrics))
        for media in page.data
        if media.insights is not None
    }
    return PageRead(
        media=page.data,
        # A media without the field has no data yet, which a page shows by leaving the field out.
        numbers={media.id: numbers.get(media.id, {}) for media in page.data},
        metrics=tuple(metrics),
        unshared=tuple(unshared),
        after=page.after,
    )


def replace_refused(name: str, metrics: Sequence[str], refused: Sequence[str]) -> list[str]:
    """Return metrics without a refused one, and with the one that Instagram has put in its place, if any."""
    successor = SUCCESSORS.get(name)
    is_new = successor is not None and successor not in metrics and successor not in refused
    return [*(other for other in metrics if other != name), *([successor] if successor and is_new else ())]


def numbers_of(insights: MediaInsights) -> Numbers:
    """Return the numbers that there are: what Instagram did not give is absent, never 0."""
    return {name: value for name, value in insights.values.items() if value is not None}


def parts_of(insights: Sequence[Insight], metric: str, *, as_spelled: bool = False) -> dict[str, Number]:
    """Return the parts of a metric by the last dimension of its breakdown; absent where there is no number.

    Values are in lower case, as in Meta's samples; its tables have them in upper case. as_spelled: unchanged,
    for `DE` or `Berlin, Berlin`.
    """
    totals = [insight.total_value for insight in insights if insight.name == metric and insight.total_value]
    return {
        value if as_spelled else value.lower(): whole(result.value)
        for total in totals
        for breakdown in total.breakdowns[:1]
        for result in breakdown.results
        if result.value is not None
        for value in result.dimension_values[-1:]
    }


def whole(number: Number) -> Number:
    """Return a count as a whole number, as JSON with a fraction of 0 gives it otherwise."""
    return int(number) if number == int(number) else number


async def _read_without_metrics(
    client: Client,
    listing: Call[Page[Media]],
    metrics: Sequence[str],
    unshared: Sequence[str],
    error: GraphError,
) -> PageRead:
    """Read a page without numbers, then its media one by one as far as that helps."""
    page = await client.send(listing)
    reader = _MediaByMedia(client, metrics)
    if isinstance(error, PostedBeforeBusinessAccount):
        # Lists are newest first, so halving finds the first media from before the switch with few calls.
        low, high = 0, len(page.data)
        while low < high:
            middle = (low + high) // 2
            if await reader.read(page.data[middle]):
                high = middle
            else:
                low = middle + 1
        reader.predates.update(older.id for older in page.data[low:])
        for newer in page.data[:low]:
            if newer.id not in reader.numbers:
                await reader.read(newer)
    elif isinstance(error, InvalidParameter) or has_too_few_viewers(error):
        for media in page.data:
            await reader.read(media)
    else:
        # The list came, so that it is its numbers that are refused.
        lacks_permission(error, client.account.login_type)
        raise error
    return PageRead(
        media=page.data,
        numbers=reader.numbers,
        metrics=tuple(metrics),
        unshared=tuple(unshared),
        predates=frozenset(reader.predates),
        refused=reader.refused,
        after=page.after,
    )


class _MediaByMedia:
    """Reads media one by one, and remembers what it learnt."""

    def __init__(self, client: Client, metrics: Sequence[str]) -> None:
        self._client = client
        self._metrics = metrics
        self.numbers: dict[MediaId, Numbers] = {}
        self.refused: dict[MediaId, tuple[str, ...]] = {}
        self.predates: set[MediaId] = set()

    async def read(self, media: Media) -> bool:
        """Read a media; tells whether it is from before the professional account."""
        try:
            insights = await media_insights(self._client, media.id, self._metrics)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return False
        if insights.predates_account:
            self.predates.add(media.id)
        else:
            self.numbers[media.id] = numbers_of(insights)
            self.refused[media.id] = insights.not_offered
        return insights.predates_account


async def read_absent(pull: Pull, absent: Sequence[KeptMedia]) -> None:
    """Read media one by one; one that Instagram does not know has vanished, and what is kept of it stays."""
    if not absent:
        return
    intake = await pull.begin_intake([media.id for media in absent])
    for media in absent:
        try:
            shown = await pull.client.send(calls.media(media.id, fields=_FIELDS))
            kept = intake.add_media(shown)
            product = MediaProductType(kept.product_type)
            metrics = metrics_for(product, pull.client.account.login_type)
            insights = await media_insights(pull.client, kept.id, metrics)
        except ObjectNotFound:
            intake.note_vanished(media)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            intake.failures[media.id] = error
            intake.note_unread(media)
        else:
            if insights.predates_account:
                intake.note_predating(kept.id)
            elif intake.add_reading(kept.id, numbers_of(insights)):
                intake.note_refused(kept, insights.not_offered)
    await pull.keep(intake.batch())


async def seek_left_out(pull: Pull, page: PageRead, newest: Sequence[KeptMedia]) -> None:
    """Ask for media that the newest page should have shown, without their numbers.

    So a post that was deleted is noticed at once. A media that Instagram still knows is asked for again a day
    later. Raises GraphError for what every call would meet, TransportError without an answer.
    """
    last = page.media[-1].timestamp if page.media else None
    if page.after and last is None:
        return
    # A page that is not the last one shows nothing that is older than its last media.
    oldest = timestamp_of(last) if page.after and last else None
    shown = {media.id for media in page.media}
    left_out = [
        media
        for media in newest
        if media.id not in shown
        and (oldest is None or media.published_at > oldest)
        and (media.sought_at is None or pull.now - media.sought_at >= _SOUGHT_EVERY)
    ][:_MOST_SOUGHT]
    intake = await pull.begin_intake([media.id for media in left_out])
    for media in left_out:
        try:
            intake.add_media(await pull.client.send(calls.media(media.id, fields=_FIELDS)))
        except ObjectNotFound:
            intake.note_vanished(media)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            intake.note_sought(media)
        else:
            intake.note_sought(media)
    if left_out:
        await pull.keep(intake.batch())
