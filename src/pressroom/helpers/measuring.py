"""Reads the insights of one media and returns the helpers' dictionary."""

from typing import TYPE_CHECKING, Any

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import MediaId
from pressroom.helpers.opening import answered, log, opened

if TYPE_CHECKING:
    from pressroom.service import Pressroom

# The metrics of feed posts and of reels. A call that asks for one which the media lacks fails as a whole, and
# is made again without it.
METRICS = ("views", "reach", "saved", "shares", "likes", "comments")


async def media_insights(media_id: str, *, client: "Pressroom | None" = None) -> dict[str, Any]:
    """Give `plays, reach, saves, shares, likes, comments, engagement_rate`; None for what is not known.

    Never raises on Graph, network or setting errors; a cancellation passes through.
    """

    async def work() -> dict[str, Any]:
        async with opened(client) as pressroom:
            from pressroom.service.insights.kept import engagement_rate  # noqa: PLC0415  # `opened` has loaded it

            # Whatever is no id would be another address of the API, such as `me`. Callers pass None, too.
            text = str(media_id)
            if not (text.isascii() and text.isdigit()):
                raise Refused(
                    f"{text!r} is not a media id.",
                    rule="media_id",
                    value=text,
                    limit="digits only, such as 17901234567890123",
                    fix=Fix.of(
                        "Give the id that publishing returned, or one that {} shows.",
                        Remedy(RemedyKind.LIST_MEDIA),
                    ),
                )
            insights = await pressroom.insights.read(MediaId(text), METRICS)
        if insights.note:
            log.info("Media %s has no numbers: %s", insights.media_id, insights.note)
        values = insights.values
        return {
            "plays": values["views"],  # Meta dropped `plays` on all versions in April 2025
            "reach": values["reach"],
            "saves": values["saved"],
            "shares": values["shares"],
            "likes": values["likes"],
            "comments": values["comments"],
            "engagement_rate": engagement_rate(values),
        }

    return await answered(work())
