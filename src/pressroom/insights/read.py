"""Reads a media's metrics, as many as it supports."""

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

# How Meta names the refused metric: by its index in the request, where it does so at all.
_AT_INDEX = re.compile(r"metric\[(\d+)\]")
# Or by its name: "support the shares metric", "The following metrics (views) should be specified with".
_BY_NAME = r"\bthe {0} metric\b|\bmetrics \({0}\)"
# Code 10 is a missing permission, or with this text too few viewers, which is no error of ours.
_TOO_FEW = "Not enough viewers"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInsights:
    """Metrics of one media. A value is None when Meta has no data; `not_offered` names the refused metrics.

    note: why there are no metrics at all, for people. predates_account: it was posted before the account
    became a professional one, as everything older was.
    """

    media_id: MediaId
    values: Mapping[str, Number | None]
    not_offered: tuple[str, ...] = ()
    note: str | None = None
    predates_account: bool = False


async def media_insights(client: Client, media_id: MediaId, metrics: Sequence[str]) -> MediaInsights:
    """Read a media's metrics; a refused name is removed and the rest are read again.

    Raises GraphError when the media cannot be read at all, TransportError without an answer.
    """
    asked, refused = list(metrics), list[str]()
    while asked:
        try:
            page = await client.send(calls.media_insights(media_id, asked))
        except InvalidParameter as error:
            # A refusal that names nothing is clear where only one metric was asked for.
            bad = refused_metric(error, asked) or (asked[0] if len(asked) == 1 else None)
            if bad is None:
                return await _one_by_one(client, media_id, asked, refused)
            asked.remove(bad)
            refused.append(bad)
        except (PermissionMissing, PostedBeforeBusinessAccount) as error:
            if isinstance(error, PermissionMissing) and not has_too_few_viewers(error):
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
    """Read each metric alone, when Meta's error does not name the refused one."""
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
    """Convert an answer; a metric that was asked for and is missing is None."""
    found = {insight.name: insight.number for insight in page.data}
    values = {name: found.get(name) for name in metrics}
    return MediaInsights(media_id=media_id, values=values, not_offered=tuple(refused))


def has_too_few_viewers(error: GraphError) -> bool:
    """Tell whether a media is refused for having too few viewers, which is no error of ours."""
    return isinstance(error, PermissionMissing) and _TOO_FEW in error.message


def refused_metric(error: GraphError, asked: Sequence[str]) -> str | None:
    """Return the metric of those asked for that the message names as refused, by its index or its name."""
    text = error.body.message
    place = _AT_INDEX.search(text)
    if place and int(place.group(1)) < len(asked):
        return asked[int(place.group(1))]
    return next((name for name in asked if re.search(_BY_NAME.format(re.escape(name)), text)), None)
