"""The calls of publishing: create a container, read it, publish it, read the quota."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pressroom.graph.answers import ContainerStatus, MediaProductType, MediaType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import UPLOAD_HOST
from pressroom.graph.limits import CONTAINERS_PER_DAY
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Route
from pressroom.sandbox.calls.later import schedule_story_end
from pressroom.sandbox.calls.nodes import NodeType, render, wanted_of
from pressroom.sandbox.fetching.fetching import PictureRefused
from pressroom.sandbox.publishing.params import POLL_OPTIONS
from pressroom.sandbox.publishing.rules import Draft, read_draft
from pressroom.sandbox.publishing.state import status_of, status_text, told_status
from pressroom.sandbox.state.things import Container, ContainerKind, Media, Poll, Upload
from pressroom.sandbox.uploading.state import video_status
from pressroom.sandbox.wire.refusals import invalid, refusal

_DAY_S = 24 * 3600
_POLL_S = 3 * _DAY_S
_LONG_POLL_S = 7 * _DAY_S  # made up: how long an extended poll runs is not documented
_NOT_READY = (9007, 2207027)
_REJECTED = 2207076  # processing rejected; seen only in a container's `status` text


async def create(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/media`: check, fetch the pictures, add the container; clips are fetched afterwards."""
    world = call.scene.world
    with world.lock:
        draft = read_draft(call)
        _check_count(call)
        container = _container_of(call, draft)
    # Fetched before it is added: a picture that is refused leaves no container, and counts for none.
    await _fetch_pictures(call, draft, container)
    with world.lock:
        _check_count(call)  # again: others were made while the picture was fetched
        world.add_container(container)
    if draft.video_url is not None:
        call.scene.fetching.look_after(container, draft.kind.use, call.notes)
    call.thing = container  # for a fault of kind `container`, which ends what this call made
    return (
        {"id": container.id, "uri": _upload_uri(call, container)}
        if draft.is_uploaded
        else {"id": container.id}
    )


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


def _upload_uri(call: GraphCall, container: Container) -> str:
    is_real_name = call.arrival.has_real_name
    base = f"https://{UPLOAD_HOST}" if is_real_name else call.arrival.base
    return f"{base}/ig-api-upload/{call.version.name}/{container.id}"


async def _fetch_pictures(call: GraphCall, draft: Draft, container: Container) -> None:
    fetching = call.scene.fetching
    try:
        if draft.image_url is not None:
            container.file = await fetching.picture(draft.image_url, draft.kind.use, call.notes)
        if draft.cover_url is not None:
            container.cover = await fetching.cover(draft.cover_url, call.notes)
    except PictureRefused as refused:
        raise refusal(refused.code, refused.subcode, ratio=refused.ratio) from None


def _look(call: GraphCall, container: Container) -> ContainerStatus:
    """Give a container's status, and count the look at it."""
    scene = call.scene
    # Starts fetches again that ended with their event loop or a restart.
    for one in (container, *scene.world.children_of(container)):
        if not one.is_fetched:
            scene.fetching.look_after(one, one.kind.use, call.notes)
    settings = scene.settings
    told = told_status(scene.world, container, settings.processing, settings.manners, call.now)
    container.looks += 1  # after the status: the first look still says IN_PROGRESS with one read to wait for
    return told


@dataclass(frozen=True, slots=True)
class Standing:
    """A container with its status at one read, so that every field of the answer agrees."""

    container: Container
    status: ContainerStatus


def container_status(call: GraphCall) -> dict[str, Any]:
    """`GET /{container}`: its status."""
    container = call.thing
    assert isinstance(container, Container)
    return render(call, CONTAINER, Standing(container, _look(call, container)), wanted_of(call))


def _copyright(call: GraphCall, standing: Standing) -> dict[str, Any] | None:
    if not standing.container.is_video:
        return None
    is_done = standing.status is not ContainerStatus.IN_PROGRESS
    is_theirs = is_done and call.scene.settings.matches_copyright(standing.container.video_url)
    return {"status": "completed" if is_done else "in_progress", "matches_found": is_theirs}


CONTAINER: NodeType[Standing] = NodeType(
    wire_name="ShadowIGMediaBuilder",
    fields={
        "id": lambda _, standing: standing.container.id,
        "status": lambda _, standing: status_text(standing.container, standing.status),
        "status_code": lambda _, standing: standing.status.value,
        "copyright_check_status": _copyright,
        "video_status": lambda _, standing: video_status(standing.container, standing.status),
    },
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
    _check_ready(call, container)
    if scene.world.published_since(call.account.id, call.now - _DAY_S) >= scene.settings.quota_total:
        raise refusal(9, 2207042)
    return {"id": publish_container(call, container).id}


def _check_ready(call: GraphCall, container: Container) -> None:
    scene = call.scene
    status = status_of(scene.world, container, scene.settings.processing, call.now)
    if status is ContainerStatus.FINISHED:
        return
    if status is ContainerStatus.PUBLISHED and scene.settings.makes_second_media:
        call.notes.append("published twice: this host makes a second media")
        return
    if status is ContainerStatus.EXPIRED:
        raise refusal(-2, 2207020)
    # For PUBLISHED as well: no page says what a second publish answers (the setting `republish`).
    _look(call, container)
    raise refusal(*_NOT_READY)


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


def _media_type(container: Container) -> MediaType:
    if container.kind is ContainerKind.CAROUSEL:
        return MediaType.CAROUSEL_ALBUM
    return MediaType.VIDEO if container.is_video else MediaType.IMAGE


def _make_media(call: GraphCall, container: Container, *, is_item: bool) -> Media:
    world, params = call.scene.world, container.params
    number = world.number()
    return Media(
        id=world.media_id(number),
        number=number,
        user_id=container.user_id,
        kind=container.kind,
        media_type=_media_type(container),
        product=_PRODUCTS.get(container.kind, MediaProductType.FEED),
        created_at=call.now,
        file=container.file,
        cover=container.cover,
        caption=params.get("caption"),
        alt_text=params.get("alt_text"),
        container_id=container.id,
        is_item=is_item,
        is_shared_to_feed=_is_shared(call, container),
        is_ai_generated=params.get("is_ai_generated"),
        collaborators=params.get("collaborators", []),
        user_tags=params.get("user_tags", []),
        poll=_poll(call, params),
        product_tags=params.get("product_tags", []),
    )


def _is_shared(call: GraphCall, container: Container) -> bool | None:
    if container.kind is not ContainerKind.REEL:
        return None
    return container.params.get("share_to_feed", call.scene.settings.share_to_feed)


def _poll(call: GraphCall, params: Mapping[str, Any]) -> Poll | None:
    asked = params.get("poll_attachment")
    if asked is None:
        return None
    life_s = _LONG_POLL_S if params.get("is_poll_duration_extended") else _POLL_S
    options = [str(asked[name]) for name in POLL_OPTIONS if asked.get(name)]
    return Poll(options=options, ends_at=call.now + life_s)


def quota(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/content_publishing_limit`: posts used in the rolling window, and the quota."""
    since = call.number("since")
    # `since` reaches back 24 hours at most (IG User, Content Publishing Limit); an older one is cut to that.
    start = call.now - _DAY_S if since is None else max(since, call.now - _DAY_S)
    known = {
        "quota_usage": call.scene.world.published_since(call.account.id, start),
        "config": {"quota_total": call.scene.settings.quota_total, "quota_duration": _DAY_S},
    }
    # Not a node: its default field is quota_usage and there is no id.
    names = [one.name for one in wanted_of(call)] if call.text("fields") else ["quota_usage"]
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise invalid(
            f"Tried accessing nonexisting field ({unknown}) on node type (IGContentPublishingLimit)"
        )
    return {"data": [{name: known[name] for name in names}]}


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
