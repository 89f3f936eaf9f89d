"""Reading a media's metrics, whatever of them it offers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pressroom.client.client import Client
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter, PermissionMissing, PostedBeforeBusinessAccount
from pressroom.graph import calls
from pressroom.graph.answers import Insight, Page
from pressroom.graph.ids import MediaId

Number = int | float

_AT_INDEX = re.compile(r"metric\[(\d+)\]")
_TOO_FEW = "Not enough viewers"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInsights:
    """Metrics of one media. A value is None when Meta has no data; `not_offered` names what it refused.

    note: why there are no numbers at all, for people. predates_account: since it was posted before the
    account was a professional one, as everything older was.
    """

    media_id: MediaId
    values: Mapping[str, Number | None]
    not_offered: tuple[str, ...] = ()
    note: str | None = None
    predates_account: bool = False


async def media_insights(client: Client, media_id: MediaId, metrics: Sequence[str]) -> MediaInsights:
    """Ask a media for metrics; a name it refuses is left out and the rest asked again.

    Raises GraphError when the media cannot be read at all, TransportError without an answer.
    """
    asked, refused = list(metrics), list[str]()
    while asked:
        try:
            page = await client.send(calls.media_insights(media_id, asked))
        except InvalidParameter as error:
            bad = _named_in(error, asked) or (asked[0] if len(asked) == 1 else None)
            if bad is None:
                return await _one_by_one(client, media_id, asked, refused)
            asked.remove(bad)
            refused.append(bad)
        except (PermissionMissing, PostedBeforeBusinessAccount) as error:
            if isinstance(error, PermissionMissing) and _TOO_FEW not in error.message:
                raise
            return MediaInsights(
                media_id=media_id,
                values=dict.fromkeys(metrics),
                note=error.body.message,
                predates_account=isinstance(error, PostedBeforeBusinessAccount),
            )
        else:
            return insights_in(page, media_id, metrics, refused)
    return insights_in(Page(), media_id, metrics, refused)


async def _one_by_one(
    client: Client, media_id: MediaId, asked: Sequence[str], refused: Sequence[str]
) -> MediaInsights:
    """Find the refused metrics when Meta's words do not name them."""
    found: list[Insight] = []
    not_offered = list(refused)
    for name in asked:
        try:
            page = await client.send(calls.media_insights(media_id, [name]))
        except InvalidParameter:
            not_offered.append(name)
        else:
            found += page.data
    return insights_in(Page(data=found), media_id, [*asked, *refused], not_offered)


def insights_in(
    page: Page[Insight], media_id: MediaId, metrics: Sequence[str], refused: Sequence[str] = ()
) -> MediaInsights:
    """Take an answer apart: what was asked for and is not in it is None."""
    found = {insight.name: insight.number for insight in page.data}
    values = {name: found.get(name) for name in metrics}
    return MediaInsights(media_id=media_id, values=values, not_offered=tuple(refused))


def _named_in(error: GraphError, asked: Sequence[str]) -> str | None:
    """Read off the message which metric was refused: by its place in the list, or by name."""
    text = error.body.message
    place = _AT_INDEX.search(text)
    if place and int(place.group(1)) < len(asked):
        return asked[int(place.group(1))]
    return next((name for name in asked if re.search(rf"\bthe {re.escape(name)} metric\b", text)), None)
