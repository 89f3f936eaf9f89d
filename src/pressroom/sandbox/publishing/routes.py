"""The calls of publishing: create a container, publish it, read the quota.

The call that reads a container is in `status`, beside what it answers.
"""

from collections.abc import Mapping
from typing import Any

from pressroom.graph.answers import ContainerStatus, MediaProductType, MediaType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import UPLOAD_HOST
from pressroom.graph.limits import CONTAINERS_PER_DAY
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Route
from pressroom.sandbox.calls.later import schedule_story_end
from pressroom.sandbox.calls.nodes import wanted_of
from pressroom.sandbox.fetching.fetching import PictureRefused
from pressroom.sandbox.publishing.params import POLL_OPTIONS
from pressroom.sandbox.publishing.rules import Draft, read_draft
from pressroom.sandbox.publishing.status import container_status, look_at, status_of
from pressroom.sandbox.state.things import Container, ContainerKind, Media, Poll, Upload
from pressroom.sandbox.wire.answer import invalid, refusal

_DAY_S = 24 * 3600
_POLL_S = 3 * _DAY_S
# Made up: how long an extended poll runs is not documented.
_LONG_POLL_S = 7 * _DAY_S
# Processing rejected; seen only in a container's `status` text.
_REJECTED = 2207076


async def create(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/media`: check, fetch the pictures, add the container; clips are fetched afterwards."""
    world = call.scene.world
    with world.lock:
        draft = read_draft(call)
        _check_count(call)
        container = _container_of(call, draft)
    # Fetched before it is added: a picture that is refused leaves no container, and counts for none.
    fetching = call.scene.fetching
    try:
        if draft.image_url is not None:
            container.file = await fetching.picture(draft.image_url, draft.kind.use, call.notes)
        if draft.cover_url is not None:
            container.cover = await fetching.cover(draft.cover_url, call.notes)
    except PictureRefused as refused:
        raise refusal(refused.code, refused.subcode, ratio=refused.ratio) from None

    with world.lock:
        # Again: others were made while the picture was fetched.
        _check_count(call)
        world.add_container(container)
    if draft.video_url is not None:
        call.scene.fetching.look_after(container, draft.kind.use, call.notes)
    # For a fault of kind `container`, which ends what this call made.
    call.thing = container
    answer = {"id": container.id}
    if draft.is_uploaded:
        base = f"https://{UPLOAD_HOST}" if call.arrival.has_real_name else call.arrival.base
        answer["uri"] = f"{base}/ig-api-upload/{call.version.name}/{container.id}"
    return answer


def _check_count(call: GraphCall) -> None:
    # Content Publishing: 400 containers per account in rolling 24 hours. The error is observed only.
    if call.scene.world.created_since(call.account.id, call.now - _DAY_S) >= CONTAINERS_PER_DAY:
        raise refusal(9, 2207069)


def _container_of(call: GraphCall, draft: Draft) -> Container:
    is_rejected = draft.is_lone_video and call.scene.settings.lone_video == "processing"
    return Container(
        id=call.scene.world.container_id(),
        user_id=call.account.id,
        kind=draft.kind,
        created_at=call.now,
        is_video=draft.is_video,
        params=dict(draft.params),
        children=list(draft.children),
        video_url=draft.video_url,
        is_fetched=not draft.is_video,
        upload=Upload() if draft.is_uploaded else None,
        failure=_REJECTED if is_rejected else None,
    )


def media_publish(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/media_publish`: make the media and set the container to PUBLISHED, in one step."""
    creation_id = call.needed("creation_id")
    scene = call.scene
    container = scene.world.container(creation_id)
    if container is None or container.user_id != call.account.id:
        raise refusal(24, 2207008)
    if container.kind is ContainerKind.ITEM:
        raise refusal(100, 2207089)
    status = status_of(scene.world, container, scene.settings.processing, call.now)
    if status is ContainerStatus.PUBLISHED and scene.settings.makes_second_media:
        call.notes.append("published twice: this host makes a second media")
    elif status is ContainerStatus.EXPIRED:
        raise refusal(-2, 2207020)
    elif status is not ContainerStatus.FINISHED:
        # For PUBLISHED as well: no page says what a second publish answers (the setting `republish`).
        look_at(call, container)
        raise refusal(9007, 2207027)
    if scene.world.published_since(call.account.id, call.now - _DAY_S) >= scene.settings.quota_total:
        raise refusal(9, 2207042)
    return {"id": publish_container(call, container).id}


def publish_container(call: GraphCall, container: Container) -> Media:
    """Make the media of a container, with those of its items, and count one post against the quota."""
    world = call.scene.world
    items = [_make_media(call, child, is_item=True) for child in world.children_of(container)]
    media = _make_media(call, container, is_item=False)
    media.children = [item.id for item in items]
    for item in items:
        item.parent_id = media.id
        world.add_media(item)
    world.add_media(media)
    # The first publish stays the container's moment; a second one exists on a hostile host only.
    container.published_at = call.now if container.published_at is None else container.published_at
    container.publishes += 1
    world.note_publish(call.account.id, call.now)
    schedule_story_end(call.scene, media, call.login)
    return media


_PRODUCTS = {
    ContainerKind.REEL: MediaProductType.REELS,
    ContainerKind.STORY: MediaProductType.STORY,
}


def _make_media(call: GraphCall, container: Container, *, is_item: bool) -> Media:
    world, params = call.scene.world, container.params
    number = world.number()
    media_type = MediaType.VIDEO if container.is_video else MediaType.IMAGE
    is_shared: bool | None = None
    if container.kind is ContainerKind.CAROUSEL:
        media_type = MediaType.CAROUSEL_ALBUM
    elif container.kind is ContainerKind.REEL:
        is_shared = params.get("share_to_feed", call.scene.settings.share_to_feed)
    return Media(
        id=world.media_id(number),
        number=number,
        user_id=container.user_id,
        kind=container.kind,
        media_type=media_type,
        product=_PRODUCTS.get(container.kind, MediaProductType.FEED),
        created_at=call.now,
        file=container.file,
        cover=container.cover,
        caption=params.get("caption"),
        alt_text=params.get("alt_text"),
        container_id=container.id,
        is_item=is_item,
        is_shared_to_feed=is_shared,
        is_ai_generated=params.get("is_ai_generated"),
        collaborators=params.get("collaborators", []),
        user_tags=params.get("user_tags", []),
        poll=_poll_of(params, call.now),
        product_tags=params.get("product_tags", []),
    )


def _poll_of(params: Mapping[str, Any], now: float) -> Poll | None:
    attachment = params.get("poll_attachment")
    if attachment is None:
        return None
    life_s = _LONG_POLL_S if params.get("is_poll_duration_extended") else _POLL_S
    options = [str(attachment[name]) for name in POLL_OPTIONS if attachment.get(name)]
    return Poll(options=options, ends_at=now + life_s)


def quota(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/content_publishing_limit`: posts used in the rolling window, and the quota."""
    since = call.number("since")
    # `since` reaches back 24 hours at most (IG User, Content Publishing Limit); an older one is cut to that.
    start = call.now - _DAY_S if since is None else max(since, call.now - _DAY_S)
    fields = {
        "quota_usage": call.scene.world.published_since(call.account.id, start),
        "config": {"quota_total": call.scene.settings.quota_total, "quota_duration": _DAY_S},
    }
    # Not a node: its default field is quota_usage and there is no id.
    names = [field.name for field in wanted_of(call)] if call.text("fields") else ["quota_usage"]
    for name in names:
        if name not in fields:
            raise invalid(
                f"Tried accessing nonexisting field ({name}) on node type (IGContentPublishingLimit)"
            )
    return {"data": [{name: fields[name] for name in names}]}


ROUTES = (
    Route("POST", "user", "media", "create", create, need=Permission.PUBLISH, mark=Certainty.DOCUMENTED),
    Route("GET", "container", "", "container_status", container_status, mark=Certainty.DOCUMENTED),
    Route(
        "POST",
        "user",
        "media_publish",
        "media_publish",
        media_publish,
        need=Permission.PUBLISH,
        mark=Certainty.DOCUMENTED,
    ),
    Route(
        "GET",
        "user",
        "content_publishing_limit",
        "quota",
        quota,
        need=Permission.PUBLISH,
        mark=Certainty.DOCUMENTED,
    ),
)
