"""Measure what was published. Written by `pressroom init`; the work is done by the `pressroom` package.

The account comes from the environment, read at each call, as in `instagram_helper`.
"""

from typing import TYPE_CHECKING, Any

from pressroom.helpers.measuring import media_insights

if TYPE_CHECKING:
    from pressroom import Pressroom


async def get_instagram_media_insights(media_id: str, *, client: "Pressroom | None" = None) -> dict[str, Any]:
    """Read the numbers of a post: `plays, reach, saves, shares, likes, comments, engagement_rate`.

    `plays` is what Instagram now calls views, of pictures too. A number that it does not offer for this post,
    or does not have yet, is None. `engagement_rate` is (likes + comments + saves + shares) / reach x 100.
    Failure is `{"success": False, "error": "<what happened and what to do>"}`; nothing is raised but a
    cancellation. client: an open `Pressroom` to use in place of one made of the environment.
    """
    return await media_insights(media_id, client=client)
