"""Publishes one post and returns the helpers' dictionary."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from pressroom.core.assets import Target
from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.graph.calls import UserTag
from pressroom.helpers.opening import Source, answered, log, opened

if TYPE_CHECKING:
    from pressroom.service import Pressroom

Tag = str | Mapping[str, Any] | UserTag
"""A public account to tag: a name, or Meta's `{"username": ..., "x": ..., "y": ...}` with 0.0 to 1.0."""
ValueT = TypeVar("ValueT")


async def publish(
    kind: Literal["photo", "reel", "carousel"],
    sources: Sequence[Source],
    *,
    caption: str,
    alt_text: str | Sequence[str] | None = None,
    user_tags: Sequence[Tag] = (),
    location_id: str | int | None = None,
    idempotency_key: str | None = None,
    client: "Pressroom | None" = None,
    **options: Any,  # noqa: ANN401  # those of `PostKeywords`
) -> dict[str, Any]:
    """Publish files or URLs now: `{"success": True, "id": ..., "platform": "instagram"}` once it is live.

    options: any other of `pressroom.PostKeywords`, such as `is_ai_generated=True`.
    idempotency_key: makes a repeated call safe; creates the store that keeps it when there is none.
    Never raises on Graph, network, file or setting errors; a cancellation passes through.
    """

    async def work() -> dict[str, Any]:
        async with opened(client) as pressroom:
            from pressroom.service import new_post  # noqa: PLC0415  # `opened` has loaded it

            keywords: dict[str, Any] = {
                "caption": caption,
                "alt_texts": alt_text,
                "user_tags": tuple(_user_tag(tag) for tag in _listed(user_tags)),
                "location_id": None if location_id is None else str(location_id),
                "target": Target.HOUSE,
                **options,
            }
            post = new_post(PostKind(kind), [os.fsdecode(source) for source in _listed(sources)], **keywords)
            # No permalink is read: the helpers make as few calls as they can.
            without_link = replace(post, followups=())
            published = await pressroom.publish(without_link, idempotency_key=idempotency_key)
        published_id: str | None = published.media_id
        if published_id is None:
            # The answer was lost: the container says that it went out, and no media could be told to be it.
            container = published.container(None)
            assert container is not None, "nothing is published without a container"
            published_id = container.id
            log.warning(
                "The post is live, and its media id could not be told for sure: the id given is its "
                "container's, %s.",
                container.id,
            )
        return {"success": True, "id": published_id, "platform": "instagram"}

    return await answered(work())


def _listed(value: ValueT | Iterable[ValueT] | None) -> tuple[ValueT, ...]:
    """Make a tuple; a single value is one item, since a text would be split into its letters."""
    if value is None:
        return ()
    if isinstance(value, str | os.PathLike | Mapping):
        return (cast("ValueT", value),)
    return tuple(cast("Iterable[ValueT]", value))


def _user_tag(tag: Tag) -> UserTag:
    if isinstance(tag, UserTag):
        return tag
    fields = {"username": tag} if isinstance(tag, str) else tag
    try:
        return UserTag(**fields)
    except TypeError:
        raise Refused(
            f"{dict(fields)!r} does not describe a tagged account.",
            rule="user_tags",
            value=repr(dict(fields)),
            limit='{"username": NAME, "x": 0.5, "y": 0.5}',
            fix='Give a name, or {"username": NAME, "x": 0.5, "y": 0.5} with shares from the top left.',
        ) from None
