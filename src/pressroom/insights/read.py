"""Reads metrics of published media from Instagram: of a single media, or of a whole list.

`media_insights` reads as many metrics of a media as it supports. `listed_insights` reads those of a list,
50 media per call. `engagement_rate` and `totals_of` compute from what was read.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple

from pressroom.client.client import Client, walk
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import (
    InvalidParameter,
    PermissionDenied,
    PermissionMissing,
    PostedBeforeBusinessAccount,
)
from pressroom.core.readings import Number
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph import calls
from pressroom.graph.answers import Insight, Media, MediaId, Page
from pressroom.graph.call import Call
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission

PAGE_SIZE: Final = 50
# These errors would meet every further call too, so they end a list.
SPOILS_ALL: Final = frozenset({Retry.AFTER_SIGN_IN, Retry.NEXT_WINDOW})
# Meta names the refused metric by its index in the request, where it does so at all.
_AT_INDEX: Final = re.compile(r"metric\[(\d+)\]")
# Or by its name: "support the shares metric", "The following metrics (views) should be specified with".
_BY_NAME: Final = r"\bthe {0} metric\b|\bmetrics \({0}\)"
INTERACTIONS: Final = ("likes", "comments", "saved", "shares")
# Counts of what happened may be added. `reach` counts people, and two posts may reach the same person.
_ADDED: Final = ("views", *INTERACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInsights:
    """Metrics of a media. A value is None when Meta has no data; `not_offered` names the refused metrics.

    note: why there are no metrics at all, for people. predates_account: the media was posted before the
    account became a professional account, as was everything older.
    """

    media_id: MediaId
    values: Mapping[str, Number | None]
    not_offered: tuple[str, ...] = ()
    note: str | None = None
    predates_account: bool = False


async def media_insights(client: Client, media_id: MediaId, metrics: Sequence[str]) -> MediaInsights:
    """Read a media's metrics; a refused metric is removed and the rest are read again.

    Raises GraphError when the media cannot be read at all, TransportError without an answer.
    """
    requested, refused = list(metrics), list[str]()
    while requested:
        try:
            page = await client.send(calls.media_insights(media_id, requested))
        except InvalidParameter as error:
            # A refusal that names nothing is clear where a single metric was requested.
            metric = refused_metric(error, requested) or (requested[0] if len(requested) == 1 else None)
            if metric is None:
                return await _read_one_by_one(client, media_id, requested, refused)
            requested.remove(metric)
            refused.append(metric)
        except (PermissionMissing, PermissionDenied, PostedBeforeBusinessAccount) as error:
            if lacks_permission(error, client.account.login_type):
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


async def _read_one_by_one(
    client: Client, media_id: MediaId, metrics: Sequence[str], refused: Sequence[str]
) -> MediaInsights:
    """Read each metric alone, when Meta's error does not name the refused one."""
    insights: list[Insight] = []
    not_offered = list(refused)
    for name in metrics:
        try:
            page = await client.send(calls.media_insights(media_id, [name]))
        except InvalidParameter:
            not_offered.append(name)
        else:
            insights += page.data
    return insights_in(Page(data=insights), media_id, [*metrics, *refused], not_offered)


def insights_in(
    page: Page[Insight], media_id: MediaId, metrics: Sequence[str], refused: Sequence[str] = ()
) -> MediaInsights:
    """Convert an answer; a metric that was requested and is missing is None."""
    numbers = {insight.name: insight.number for insight in page.data}
    values = {name: numbers.get(name) for name in metrics}
    return MediaInsights(media_id=media_id, values=values, not_offered=tuple(refused))


def lacks_permission(error: GraphError, login_type: LoginType) -> bool:
    """Tell whether numbers are refused for lack of the permission, and let the error name that."""
    if not isinstance(error, PermissionMissing | PermissionDenied) or has_too_few_viewers(error):
        return False
    error.lacks = Permission.INSIGHTS.name_under(login_type)
    error.message = f"The permission {error.lacks} is missing. {error.message}"
    error.advice = Fix.of("Sign in again and grant it: {}.", Remedy(RemedyKind.SIGN_IN))
    return True


def has_too_few_viewers(error: GraphError) -> bool:
    """Tell whether a media is refused for having too few viewers, which is no error of ours."""
    if not isinstance(error, PermissionMissing):
        return False
    from pressroom.graph.sentences import says_too_few_viewers  # noqa: PLC0415  # of one error alone

    return says_too_few_viewers(error.message)


def refused_metric(error: GraphError, metrics: Sequence[str]) -> str | None:
    """Return which of the requested metrics the message names as refused, by its index or its name."""
    text = error.body.message
    match = _AT_INDEX.search(text)
    if match and int(match.group(1)) < len(metrics):
        return metrics[int(match.group(1))]
    return next((name for name in metrics if re.search(_BY_NAME.format(re.escape(name)), text)), None)


async def listed_insights(
    client: Client, listing: Call[Page[Media]], metrics: Sequence[str]
) -> AsyncIterator[tuple[Media, MediaInsights | GraphError]]:
    """Yield the media of a list with their metrics, or with the error of a media that cannot be read.

    Reads 50 per call. A media that refuses a metric fails its whole page, whose media are then read one by
    one, except those older than the professional account. metrics: must be supported by all the media, see
    `pressroom.graph.metrics.shared_metrics`. Raises GraphError for an error that every further call would
    meet too, TransportError without an answer. Source: IG User, Media; Graph API, field expansion.
    """
    predating: MediaInsights | None = None
    async for page in walk(partial(_read_page, client, metrics), listing.with_params(limit=str(PAGE_SIZE))):
        for media in page.data:
            if media.insights is not None:
                yield media, insights_in(media.insights, media.id, metrics)
            elif predating is not None:
                # The list is newest first, so all that follows is from before the professional account too.
                yield media, replace(predating, media_id=media.id)
            else:
                try:
                    insights = await media_insights(client, media.id, metrics)
                except GraphError as error:
                    if error.retry in SPOILS_ALL:
                        raise
                    insights = error

                if isinstance(insights, MediaInsights) and insights.predates_account:
                    predating = insights
                yield media, insights


async def _read_page(client: Client, metrics: Sequence[str], listing: Call[Page[Media]]) -> Page[Media]:
    """Read a page with its metrics, or without them if they are refused."""
    try:
        return await client.send(with_metrics(listing, metrics))
    except GraphError as error:
        if error.retry in SPOILS_ALL:
            raise
        # Perhaps a single media refuses them and fails all: the page is read again without metrics.
        return await client.send(listing)


def with_metrics(listing: Call[Page[Media]], metrics: Sequence[str]) -> Call[Page[Media]]:
    """Ask for the metrics of the listed media too. Source: Graph API, field expansion."""
    return listing.with_params(fields=f"{listing.params['fields']},insights.metric({','.join(metrics)})")


class Total(NamedTuple):
    """A sum, and of how many media: those whose number is known."""

    sum: Number
    media: int


def engagement_rate(values: Mapping[str, Number | None]) -> float | None:
    """Return (likes + comments + saved + shares) / reach x 100, two decimals.

    Missing parts are left out; None without reach, or without any part.
    """
    reach = values.get("reach")
    parts = [value for name in INTERACTIONS if (value := values.get(name)) is not None]
    # Absent and 0 reach alike give no rate.
    if not reach or not parts:
        return None
    return round(sum(parts) / reach * 100, 2)


def totals_of(rows: Sequence[Mapping[str, Number | None]]) -> dict[str, Total]:
    """Add up the metrics that may be added; one that no media has a number for is left out."""
    known_values = {name: [value for row in rows if (value := row.get(name)) is not None] for name in _ADDED}
    return {name: Total(sum(values), len(values)) for name, values in known_values.items() if values}
