"""Calls that make containers, fill them and publish them.

Builders do not check Meta's rules; `pressroom.publish.validation` refuses what would fail.
Source: https://developers.facebook.com/docs/instagram-platform/content-publishing/
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pressroom.graph.answers import (
    Container,
    Created,
    Done,
    Page,
    Published,
    Quota,
)
from pressroom.graph.calls.call import Call, Effect, Endpoint, Pace, wire_params
from pressroom.graph.ids import ContainerId, UserId


@dataclass(frozen=True, slots=True)
class UserTag:
    """A tagged public account. `x`, `y`: 0.0 to 1.0 from the top left; none for reels."""

    username: str
    x: float | None = None
    y: float | None = None

    def as_json(self) -> dict[str, str | float]:
        """Return the tag as the API's JSON."""
        place = {} if self.x is None or self.y is None else {"x": self.x, "y": self.y}
        return {"username": self.username.removeprefix("@"), **place}


# Without `fields` the API returns the id alone.
CONTAINER_FIELDS = "id,status_code,status"
QUOTA_FIELDS = "quota_usage,config"


def _tags(tags: Sequence[UserTag]) -> list[dict[str, str | float]]:
    return [tag.as_json() for tag in tags]


def _create(user: UserId, params: dict[str, str]) -> Call[Created]:
    return Call(
        method="POST",
        path=f"/{user}/media",
        params=params,
        answer=Created,
        effect=Effect.CREATE,
        pace=Pace.CONTAINER,
    )


def create_photo(
    user: UserId,
    *,
    image_url: str,
    caption: str | None = None,
    alt_text: str | None = None,
    location_id: str | None = None,
    user_tags: Sequence[UserTag] = (),
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a feed image.

    Source: IG User, Media. Meta fetches `image_url` itself: public, JPEG, at most 8 MB.
    """
    return _create(
        user,
        wire_params(
            image_url=image_url,
            caption=caption,
            alt_text=alt_text,
            location_id=location_id,
            user_tags=_tags(user_tags),
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def create_reel(
    user: UserId,
    *,
    video_url: str | None,
    caption: str | None = None,
    share_to_feed: bool | None = None,
    cover_url: str | None = None,
    thumb_offset_ms: int | None = None,
    audio_name: str | None = None,
    location_id: str | None = None,
    user_tags: Sequence[UserTag] = (),
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a reel. `cover_url` takes precedence over `thumb_offset_ms`.

    Without a `video_url` the bytes must be uploaded: see `resumable`.

    Source: IG User, Media. The default of `share_to_feed` is not documented, so always pass it.
    """
    return _create(
        user,
        wire_params(
            media_type="REELS",
            video_url=video_url,
            caption=caption,
            share_to_feed=share_to_feed,
            cover_url=cover_url,
            thumb_offset=thumb_offset_ms,
            audio_name=audio_name,
            location_id=location_id,
            user_tags=_tags(user_tags),
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def resumable(call: Call[Created]) -> Call[Created]:
    """Describe the container of a clip that is uploaded instead of fetched (Facebook Login only).

    Source: IG User, Media. The bytes go to the answer's `uri`.
    """
    # VIDEO for a carousel's item; a reel or story has a media_type of its own, which wins.
    return call.with_params(**{"media_type": "VIDEO", **call.params, "upload_type": "resumable"})


def create_story(
    user: UserId,
    *,
    image_url: str | None = None,
    video_url: str | None = None,
    user_tags: Sequence[UserTag] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a story: exactly one of `image_url`, `video_url`; no caption."""
    return _create(
        user,
        wire_params(
            media_type="STORIES",
            image_url=image_url,
            video_url=video_url,
            user_tags=_tags(user_tags),
            is_ai_generated=is_ai_generated,
        ),
    )


def create_carousel_item(
    user: UserId,
    *,
    image_url: str | None = None,
    video_url: str | None = None,
    alt_text: str | None = None,
    user_tags: Sequence[UserTag] = (),
    thumb_offset_ms: int | None = None,
) -> Call[Created]:
    """Describe the container of one carousel item; caption, location and collaborators go on the parent."""
    return _create(
        user,
        wire_params(
            # Sent for clips only: Meta documents no media_type for a picture (IG User, Media).
            media_type="VIDEO" if video_url else None,
            image_url=image_url,
            video_url=video_url,
            is_carousel_item=True,
            alt_text=alt_text,
            user_tags=_tags(user_tags),
            thumb_offset=thumb_offset_ms,
        ),
    )


def create_carousel(
    user: UserId,
    *,
    children: Sequence[ContainerId],
    caption: str | None = None,
    location_id: str | None = None,
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the parent container of 2 to 10 finished item containers."""
    return _create(
        user,
        wire_params(
            media_type="CAROUSEL",
            children=",".join(children),
            caption=caption,
            location_id=location_id,
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def upload(path: str) -> Call[Done]:
    """Describe the upload of a clip's bytes; `path` is the path of the `uri` from the container's creation.

    The headers `offset` and `file_size` say which bytes follow. Facebook Login only.
    """
    return Call(
        method="POST",
        path=path,
        answer=Done,
        effect=Effect.WRITE,
        endpoint=Endpoint.UPLOAD,
        is_versioned=False,
    )


def container_status(container: ContainerId, *, fields: str = CONTAINER_FIELDS) -> Call[Container]:
    """Describe the read of a container's status."""
    return Call(method="GET", path=f"/{container}", params={"fields": fields}, answer=Container)


def publish(user: UserId, container: ContainerId) -> Call[Published]:
    """Describe the publishing of a finished container. There is no idempotency key."""
    return Call(
        method="POST",
        path=f"/{user}/media_publish",
        params={"creation_id": container},
        answer=Published,
        effect=Effect.WRITE,
    )


def publishing_quota(user: UserId, *, fields: str = QUOTA_FIELDS) -> Call[Page[Quota]]:
    """Describe the read of posts used and allowed in the rolling window.

    Source: IG User, Content Publishing Limit. The total differs by account, so it is never a constant.
    """
    path = f"/{user}/content_publishing_limit"
    return Call(method="GET", path=path, params={"fields": fields}, answer=Page[Quota])
