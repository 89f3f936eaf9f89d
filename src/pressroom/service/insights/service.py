"""`InsightService`: metrics of published media."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pressroom.client.client import Client
from pressroom.core.errors import GraphError
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaProductType
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import metrics_for, shared_metrics
from pressroom.insights.read import (
    SPOILS_ALL,
    MediaInsights,
    Number,
    Total,
    engagement_rate,
    listed_insights,
    media_insights,
    totals_of,
)
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.account import AccountQuestions
from pressroom.service.insights.posts import PostQuestions
from pressroom.service.insights.pull import Pulls
from pressroom.service.insights.report import Reports
from pressroom.service.insights.stories import StoryQuestions
from pressroom.service.insights.timing import TimingQuestions
from pressroom.service.posts.media import LISTING_FIELDS, listing

if TYPE_CHECKING:
    from pressroom.service.insights.export import Exported, Format, LayoutName, OnRead


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


class InsightService(Pulls, PostQuestions, StoryQuestions, TimingQuestions, AccountQuestions, Reports):
    """The use-cases of metrics. Any of them may raise SignInRequired, NotFound, TransportError."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def read(self, media_id: str, metrics: Sequence[str] | None = None) -> MediaInsights:
        """Read a media's metrics; without names, all that its kind offers (one more call finds the kind).

        Raises GraphError.
        """
        client, media = await self._acting.client(), MediaId(media_id)
        if metrics is None:
            kind = await client.send(calls.media(media, fields="id,media_product_type"))
            metrics = metrics_for(kind.media_product_type or MediaProductType.FEED, client.account.login_type)
        return await media_insights(client, media, metrics)

    async def measure(self, media_id: str) -> Measured:
        """Read a media and every metric of its kind in two calls; one that cannot be read has its error.

        Raises GraphError for what would fail every other media too: an ended token, a rate limit.
        """
        client = await self._acting.client()
        try:
            media = await client.send(calls.media(MediaId(media_id), fields=LISTING_FIELDS))
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return Measured(MediaId(media_id), await self._reader(), error=error)
        return await _measured(client, media, await self._reader())

    async def measure_all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Measured]:
        """Yield all media with the metrics that feed posts and reels share, newest first, 50 in a call.

        Stories are left out. Raises what `measure` raises.
        """
        client = await self._acting.client()
        metrics, reader = shared_metrics(client.account.login_type), await self._reader()
        async for media, found in listed_insights(client, listing(client.account, since, until), metrics):
            if isinstance(found, GraphError):
                yield Measured(media.id, reader, media, error=found)
            else:
                yield Measured(media.id, reader, media, found)

    async def measure_each(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Measured]:
        """Yield all media with every metric of their kinds, newest first, with one more call for each."""
        client, reader = await self._acting.client(), await self._reader()
        async for media in client.pages(listing(client.account, since, until)):
            yield await _measured(client, media, reader)

    async def export(
        self,
        output: Path,
        *,
        format: "Format" = "csv",  # noqa: A002  # its word
        layout: "LayoutName" = "native",
        table: str | None = None,
        since: datetime | None = None,
        accounts: Sequence[str] = (),
        overwrite: bool = False,
        on_read: "OnRead" = lambda _read, _all: None,
    ) -> "Exported":
        """Write what is kept as tables, whole or not at all; reads the store alone.

        output: a file for `duckdb` and for one `table`, else a folder with a file for each table. since: what
        was read from then on; media come all of them. accounts: names of logins or ids; empty for the
        session's named account, else for all. overwrite: replace an earlier export. on_read: called with how
        many kept values were read, and how many there are.

        Raises Refused for an output that is there, a table that is not, a moment in the future, or without
        the extra `report` that `parquet` and `duckdb` need; NotFound for an unknown account and where nothing
        is collected; OSError.
        """
        from pressroom.service.insights.export import InsightExport  # noqa: PLC0415  # an export's alone

        wanted = InsightExport(
            acting=self._acting,
            format=format,
            layout=layout,
            table=table,
            since=since,
            accounts=accounts,
            on_read=on_read,
        )
        return await wanted.to(output, overwrite=overwrite)

    async def export_text(
        self,
        table: str,
        *,
        format: Literal["csv", "json"] = "csv",  # noqa: A002  # its word
        layout: "LayoutName" = "native",
        since: datetime | None = None,
        accounts: Sequence[str] = (),
    ) -> AsyncIterator[str]:
        """Yield the text of one table, a page at a time; empty where a page has no lines. Raises as `export`.

        format: `csv` begins with the columns' names, `json` is an object on each line.
        """
        from pressroom.service.insights.export import InsightExport  # noqa: PLC0415  # an export's alone

        wanted = InsightExport(
            acting=self._acting, format=format, layout=layout, table=table, since=since, accounts=accounts
        )
        async for text in wanted.text():
            yield text

    async def _reader(self) -> str:
        # Not the store's name for it: reading numbers makes no store.
        return self._acting.name or (await self._acting.account()).user_id


async def _measured(client: Client, media: Media, reader: str) -> Measured:
    account, product = client.account, media.media_product_type or MediaProductType.FEED
    try:
        found = await media_insights(client, media.id, metrics_for(product, account.login_type))
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        return Measured(media.id, reader, media, error=error)
    return Measured(media.id, reader, media, found)


def totals(rows: Sequence[Measured]) -> Mapping[str, Total]:
    """Add up what may be added: `reach` counts people, whom two posts share, and a rate has no sum."""
    return totals_of([row.values for row in rows if row.found])
