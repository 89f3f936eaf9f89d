"""Looks for a post on the profile before it is sent: it may have gone out, untold to the store."""

from datetime import timedelta

from pressroom.core.errors import GraphError, TransportError
from pressroom.core.post import Post, PostKind
from pressroom.graph.answers import ContainerStatus, Media
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.publish.context import Context
from pressroom.publish.machine.events import Delayed, LookedBack, ProfileUnread, Sighting
from pressroom.publish.machine.matching import BEFORE_DUE, sight
from pressroom.publish.steps.sending import listed_since, read_status

# As after other passing obstacles of a post that is due: often enough to be in time, and far from any limit.
_AGAIN_AFTER = timedelta(minutes=1)
_SETTLED_AFTER = timedelta(seconds=15)
_TOO_MUCH = "More was published since than Instagram lists in 20 pages."


async def look_back(context: Context, post: Post) -> LookedBack | ProfileUnread | Delayed:
    """Read the post's container, and the profile back to when the post was to go out.

    Waits for posts of the account that are in doubt. Raises GraphError for what is about the account.
    """
    clock = context.client.clock
    others = [other for other in await context.journal.to_look_for() if other.id != post.id]
    # Their media would be taken for this post's.
    if any(other.recalled or other.open_send for other in others):
        return Delayed(until=clock.now() + _SETTLED_AFTER)
    container = post.container(None)
    if container and (await read_status(context, container.id))[0] is ContainerStatus.PUBLISHED:
        return LookedBack(at=clock.now(), sighting=Sighting.LIVE)
    try:
        listed = await _listed(context, post)
    except (GraphError, TransportError) as error:
        if isinstance(error, GraphError) and error.retry.is_about_account:
            raise
        return _unread(context, str(error))
    if listed is None:
        return _unread(context, _TOO_MUCH)
    ours = await context.journal.known_media()
    unknown = [media for media in listed if media.id not in ours]
    sighting, media = sight(post, others, unknown)
    if sighting is Sighting.NOTHING and not _reaches_back(context, post):
        sighting = Sighting.UNCERTAIN
    return LookedBack(at=clock.now(), sighting=sighting, media=media)


async def _listed(context: Context, post: Post) -> list[Media] | None:
    assert post.look_back
    return await listed_since(context, post, post.look_back.since - BEFORE_DUE)


def _reaches_back(context: Context, post: Post) -> bool:
    """Tell whether a story would still be listed: after a day nobody can tell."""
    assert post.look_back
    age = context.client.clock.now() - post.look_back.since
    return post.kind is not PostKind.STORY or age < timedelta(seconds=STORY_LIFETIME_S)


def _unread(context: Context, why: str) -> ProfileUnread:
    now = context.client.clock.now()
    return ProfileUnread(
        at=now, until=now + _AGAIN_AFTER, why=f"Whether it is live already could not be read. {why}"
    )
