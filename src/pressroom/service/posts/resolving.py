"""Checks a person's word that a post in doubt is not live against what Instagram shows."""

from typing import Never

from pressroom.core.errors import GraphError, NotFound, Refused, SignInRequired, TransportError
from pressroom.core.post import Look, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import ContainerStatus
from pressroom.publish.context import Context
from pressroom.publish.manners.durable import StoreJournal, Turns
from pressroom.publish.steps.sending import examine
from pressroom.service.acting.acting import Acting

# Any other status (IN_PROGRESS, one that this release does not know, none) leaves open whether it goes live.
_CANNOT_BE_LIVE = (ContainerStatus.FINISHED, ContainerStatus.ERROR, ContainerStatus.EXPIRED)


async def require_not_live(post: Post, acting: Acting) -> None:
    """Ask Instagram whether a post in doubt is live.

    Raises Refused for one that is, or whose state cannot be read.
    """
    # It is in doubt since media on the profile may be it, which only a person can tell apart.
    if not post.sends:
        unread = Look(at=acting.resources.clock.now(), status=None)
        _refuse_live(post, unread, post.problem or "it was looked for on the profile")
    # A person can be wrong, and `resolve` would publish the post a second time.
    _judge(post, await _seen(post, acting))


async def _seen(post: Post, acting: Acting) -> Look:
    resources = acting.resources
    try:
        client = resources.client(await acting.account_of(post))
        journal = StoreJournal(await resources.store(), post, Turns(), resources.clock)
        return await examine(Context(client=client, journal=journal), post)
    except (GraphError, TransportError, SignInRequired, NotFound) as error:
        _refuse_unread(post, error.message)


def _judge(post: Post, seen: Look) -> None:
    # A container that is not PUBLISHED is no proof by itself, so the account's media have to agree.
    if seen.status is ContainerStatus.PUBLISHED:
        _refuse_live(post, seen, f"its container {post.sends[-1].container_id} reads {seen.status}")
    if seen.candidates:
        _refuse_live(post, seen, f"media {', '.join(sorted(seen.candidates))} of the account may be it")
    if seen.status not in _CANNOT_BE_LIVE:
        _refuse_unread(post, f"its container reads {seen.status}")
    if seen.candidates is None:
        _refuse_unread(post, "the account's media could not be listed as far back as the publish call")


def _refuse_live(post: Post, seen: Look, what: str) -> Never:
    found = sorted(seen.candidates or ())
    known = {"post": post.id, "id": found[0]} if len(found) == 1 else {"post": post.id}
    raise Refused(
        f"Post {post.id} is not known to be not live: {what.rstrip('.')}.",
        rule="not_live",
        value=[seen.status, *found],
        limit="a container that is not published, and nothing listed that may be the post",
        fix=Fix.of(
            "When it is live: {}, or {}, which finds its id. When you see on the profile that it is another "
            "post: {}.",
            Remedy(RemedyKind.RESOLVE_PUBLISHED, known),
            Remedy(RemedyKind.RECONCILE_POST, {"post": post.id}),
            Remedy(RemedyKind.RESOLVE_UNCHECKED, {"post": post.id}),
        ),
    )


def _refuse_unread(post: Post, why: str) -> Never:
    raise Refused(
        f"Whether post {post.id} is live could not be read: {why.rstrip('.')}.",
        rule="unread",
        limit="a container and a list of media that can be read",
        fix=Fix.of(
            "Try again once they can be. When you looked at the profile yourself, and it is not there: {}.",
            Remedy(RemedyKind.RESOLVE_UNCHECKED, {"post": post.id}),
        ),
    )
