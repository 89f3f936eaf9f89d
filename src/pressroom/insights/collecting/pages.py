"""Reads a page of media with their numbers, and falls back where one of them refuses a metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pressroom.client.client import Client
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter, PostedBeforeBusinessAccount
from pressroom.core.readings import Number, Numbers
from pressroom.graph.answers import Insight, Media, Page
from pressroom.graph.calls import Call
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import SUCCESSORS
from pressroom.insights.listed import PAGE_SIZE, SPOILS_ALL
from pressroom.insights.read import (
    MediaInsights,
    has_too_few_viewers,
    insights_in,
    media_insights,
    refused_metric,
)

FIELDS: Final = "id,media_type,media_product_type,caption,permalink,shortcode,timestamp"
_LISTED: Final = f"{FIELDS},media_url,thumbnail_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A page of media. numbers: of those that could be read, without what Instagram did not give.

    unshared: metrics left out, since a media of the page refuses them. predates: media from before the
    account became a professional one. after: the next page's cursor.
    """

    media: Sequence[Media]
    numbers: Mapping[MediaId, Numbers]
    asked: Sequence[str]
    unshared: tuple[str, ...] = ()
    predates: frozenset[MediaId] = frozenset()
    refused: Mapping[MediaId, tuple[str, ...]] = field(default_factory=dict[MediaId, tuple[str, ...]])
    after: str | None = None


async def read_page(client: Client, listing: Call[Page[Media]], metrics: Sequence[str]) -> PageRead:
    """Read a page with its numbers: one call, and one more for each metric that some media there refuses.

    Where the refusal names no metric, each media of the page is read by itself.
    Raises GraphError for what every call would meet, TransportError without an answer.
    """
    listing = listing.with_params(fields=_LISTED, limit=str(PAGE_SIZE))
    asked, unshared = list(metrics), list[str]()
    while asked:
        try:
            page = await client.send(with_numbers(listing, asked))
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            name = refused_metric(error, asked) if isinstance(error, InvalidParameter) else None
            if name is None:
                return await _without(client, listing, asked, unshared, error)
            asked = without(name, asked, unshared)
            unshared.append(name)
        else:
            return _read(page, asked, unshared)
    return _read(await client.send(listing), asked, unshared)


def without(name: str, asked: Sequence[str], refused: Sequence[str]) -> list[str]:
    """Leave out a metric that was refused, and ask for the one in its place, if there is one."""
    successor = SUCCESSORS.get(name)
    is_new = successor is not None and successor not in asked and successor not in refused
    return [*(one for one in asked if one != name), *([successor] if successor and is_new else ())]


def with_numbers(listing: Call[Page[Media]], metrics: Sequence[str]) -> Call[Page[Media]]:
    """Ask for the media's numbers too. Source: Graph API, field expansion."""
    return listing.with_params(fields=f"{listing.params['fields']},insights.metric({','.join(metrics)})")


def numbers_of(found: MediaInsights) -> Numbers:
    """Return the numbers that there are: what Instagram did not give is absent, never 0."""
    return {name: value for name, value in found.values.items() if value is not None}


def parts_of(insights: Sequence[Insight], metric: str, *, as_spelled: bool = False) -> dict[str, Number]:
    """Return the parts of a metric by the last dimension of its breakdown; absent where there is no number.

    Values are in lower case, as in Meta's samples; its tables have them in upper case. as_spelled: unchanged,
    for `DE` or `Berlin, Berlin`.
    """
    totals = [one.total_value for one in insights if one.name == metric and one.total_value]
    return {
        _spelled(result.dimension_values[-1], as_spelled=as_spelled): whole(result.value)
        for total in totals
        for cut in total.breakdowns[:1]
        for result in cut.results
        if result.dimension_values and result.value is not None
    }


def _spelled(value: str, *, as_spelled: bool) -> str:
    return value if as_spelled else value.lower()


def whole(number: Number) -> Number:
    """Return a count as a whole number, as JSON with a fraction of 0 gives it otherwise."""
    return int(number) if number == int(number) else number


def _read(page: Page[Media], asked: Sequence[str], unshared: Sequence[str]) -> PageRead:
    numbers = {
        media.id: numbers_of(insights_in(media.insights, media.id, asked))
        for media in page.data
        if media.insights is not None
    }
    return PageRead(
        # A media without the field has no data yet, which a page shows by leaving the field out.
        media=page.data,
        numbers={media.id: numbers.get(media.id, {}) for media in page.data},
        asked=tuple(asked),
        unshared=tuple(unshared),
        after=page.after,
    )


async def _without(
    client: Client,
    listing: Call[Page[Media]],
    asked: Sequence[str],
    unshared: Sequence[str],
    error: GraphError,
) -> PageRead:
    """Read a page without numbers, then its media one by one as far as that helps."""
    page = await client.send(listing)
    one_by_one = _Alone(client, asked)
    if isinstance(error, PostedBeforeBusinessAccount):
        await one_by_one.up_to_the_switch(page.data)
    elif isinstance(error, InvalidParameter) or has_too_few_viewers(error):
        for media in page.data:
            await one_by_one.read(media)
    else:
        raise error
    return PageRead(
        media=page.data,
        numbers=one_by_one.numbers,
        asked=tuple(asked),
        unshared=tuple(unshared),
        predates=frozenset(one_by_one.predates),
        refused=one_by_one.refused,
        after=page.after,
    )


class _Alone:
    """Reads media one by one, and remembers what it learnt."""

    def __init__(self, client: Client, asked: Sequence[str]) -> None:
        self._client = client
        self._asked = asked
        self.numbers: dict[MediaId, Numbers] = {}
        self.refused: dict[MediaId, tuple[str, ...]] = {}
        self.predates: set[MediaId] = set()

    async def read(self, media: Media) -> bool:
        """Read one media; tells whether it is from before the professional account."""
        try:
            found = await media_insights(self._client, media.id, self._asked)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return False
        if found.predates_account:
            self.predates.add(media.id)
        else:
            self.numbers[media.id] = numbers_of(found)
            self.refused[media.id] = found.not_offered
        return found.predates_account

    async def up_to_the_switch(self, media: Sequence[Media]) -> None:
        """Find the first media that predates the account by halving, since lists are newest first."""
        low, high = 0, len(media)
        while low < high:
            middle = (low + high) // 2
            if await self.read(media[middle]):
                high = middle
            else:
                low = middle + 1
        self.predates.update(one.id for one in media[low:])
        for one in media[:low]:
            if one.id not in self.numbers:
                await self.read(one)
