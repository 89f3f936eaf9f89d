"""The poll below a post.

Source: https://developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference/ig-media/poll_attachment
"""

import hashlib
from typing import Any

from pressroom.graph.answers import MediaProductType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.publishing.params import POLL_OPTIONS
from pressroom.sandbox.state.things import Media, Poll
from pressroom.sandbox.wire.refusals import not_found


def poll_attachment(call: GraphCall) -> dict[str, Any] | None:
    """`GET /{media}/poll_attachment`: options, shares of the votes and the end; null without a poll."""
    media = call.thing
    assert isinstance(media, Media)
    if media.product is MediaProductType.STORY:  # the page leaves stories out
        raise not_found(media.id)
    return None if media.poll is None else _told(call, media, media.poll)


def _told(call: GraphCall, media: Media, poll: Poll) -> dict[str, Any]:
    told: dict[str, Any] = dict(zip(POLL_OPTIONS, poll.options, strict=False))
    for name, share in zip(POLL_OPTIONS, _shares(media, len(poll.options)), strict=False):
        told[f"{name}_votes_percentage"] = share
    told["expiration_timestamp"] = call.told_time(poll.ends_at)
    return told


def _shares(media: Media, count: int) -> list[float]:
    """Make up the share of each option; they sum up to 1. The field says percentage and holds a fraction."""
    digest = hashlib.blake2b(f"{media.id}/poll".encode(), digest_size=count).digest()
    shares = [round((1 + byte) / (count + sum(digest)), 2) for byte in digest]
    return [round(1 - sum(shares[1:]), 2), *shares[1:]]  # the first takes what rounding left


ROUTES = (
    Route(
        "GET",
        "media",
        "poll_attachment",
        "poll_attachment",
        poll_attachment,
        login=LoginType.FACEBOOK,
        mark=Certainty.DOCUMENTED,
    ),
)
