"""The calls of publishing: create a container, read its status, publish it, read the quota.

`status_of` computes a container's true status at each read from its age, looks, files and fault;
`container_status` answers what a read tells, which may lag behind on a hostile host.
"""

from dataclasses import dataclass
from typing import Any

from pressroom.graph.answers import ContainerStatus, MediaProductType, MediaType
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import UPLOAD_HOST
from pressroom.graph.limits import CONTAINER_LIFETIME_S, CONTAINERS_PER_DAY
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.later import schedule_story_end
from pressroom.sandbox.calls.nodes import NodeType, render, wanted_of
from pressroom.sandbox.fetching.fetching import PictureRefused
from pressroom.sandbox.publishing.rules import POLL_OPTIONS, Draft, read_draft
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.state.things import Container, ContainerKind, Media, Poll, Upload
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.answer import invalid, refusal

# Only the text of PUBLISHED is documented; programs must read status_code.
_TEXTS = {
    ContainerStatus.IN_PROGRESS: "In Progress: Media is still being processed.",
    ContainerStatus.FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
    ContainerStatus.PUBLISHED: "Published: Media has been successfully published.",
    ContainerStatus.EXPIRED: "Expired: Media has expired and can no longer be published.",
}
# For a failure without a subcode of its own (Error Codes: unknown upload error).
_UNKNOWN_FAILURE = 2207053
ROUTES = Routes(need=Permission.PUBLISH, mark=Certainty.DOCUMENTED)


def status_of(world: World, container: Container, processing: Processing, now: float) -> ContainerStatus:
    """Give a container's true status. `now`: unix seconds."""
    # First: a published container stays PUBLISHED and never expires.
    if container.published_at is not None:
        return ContainerStatus.PUBLISHED
    if now - container.created_at >= CONTAINER_LIFETIME_S:
        return ContainerStatus.EXPIRED
    if container.fate is not None:
        return container.fate
    if container.failure is not None:
        return ContainerStatus.ERROR
    reads = processing.video_reads if container.is_video else processing.image_reads
    seconds = processing.video_s if container.is_video else processing.image_s
    is_read_enough = reads is not None and container.looks >= reads
    is_processed = is_read_enough or (seconds is not None and now - container.created_at >= seconds)
    if not container.is_fetched or not is_processed:
        return ContainerStatus.IN_PROGRESS
    # A carousel is as ready as its worst item, and items expire by their own age. No other kind has children.
    states = {status_of(world, child, processing, now) for child in world.children_of(container)}
    worst_first = (ContainerStatus.ERROR, ContainerStatus.EXPIRED, ContainerStatus.IN_PROGRESS)
    return next((status for status in worst_first if status in states), ContainerStatus.FINISHED)


def status_text(container: Container, status: ContainerStatus) -> str:
    """Give the text of the field `status`. The subcode of an ERROR appears only in it (observed)."""
    if status is ContainerStatus.ERROR:
        return f"Error: Media upload has failed with error code {container.failure or _UNKNOWN_FAILURE}"
    return _TEXTS[status]


def look_at(call: GraphCall, container: Container) -> ContainerStatus:
    """Give the status that a read of a container answers, and count the look at it."""
    scene, settings = call.scene, call.scene.settings
    # Starts fetches again that ended with their event loop or a restart.
    for fetched in (container, *scene.world.children_of(container)):
        if not fetched.is_fetched:
            scene.fetching.look_after(fetched, fetched.kind.use, call.notes)
    status = status_of(scene.world, container, settings.processing, call.now)
    # On a hostile host an answer lags behind: just after a publish it still says FINISHED.
    published_at = container.published_at
    if published_at is not None and call.now - published_at < settings.manners.stale_status_s:
        status = ContainerStatus.FINISHED
    container.looks += 1  # after the status: the first look still says IN_PROGRESS with one read to wait for
    return status


_PROCESSING = {
    ContainerStatus.IN_PROGRESS: "in_progress",
    ContainerStatus.FINISHED: "complete",
    ContainerStatus.PUBLISHED: "complete",
    ContainerStatus.ERROR: "error",
    ContainerStatus.EXPIRED: "error",
}


def video_status(container: Container, status: ContainerStatus) -> dict[str, Any] | None:
    """Give both phases, uploading and processing; None for a container without an upload."""
    upload = container.upload
    if upload is None:
        return None
    is_complete = upload.is_complete or container.video_url is not None
    uploading: dict[str, Any] = {
        "status": "complete" if is_complete else "in_progress" if upload.received else "not_started",
        "bytes_transferred": upload.received,
    }
    if upload.size is not None:
        uploading["source_file_size"] = upload.size
    # Processing starts once every byte is here, though status_code says IN_PROGRESS from the beginning.
    processing: dict[str, Any] = {"status": _PROCESSING[status] if is_complete else "not_started"}
    if container.failure is not None:
        processing["errors"] = [{"code": container.failure, "message": "The video could not be processed"}]
    return {"uploading_phase": uploading, "processing_phase": processing}


@dataclass(frozen=True, slots=True)
class Standing:
    """A container with its status at one read, so that every field of the answer agrees."""

    container: Container
    status: ContainerStatus


@ROUTES.answers("GET", "container", "", "container_status", need=Permission.BASIC)
def container_status(call: GraphCall) -> dict[str, Any]:
    """`GET /{container}`: its status."""
    container = call.thing
    assert isinstance(container, Container)
    return render(call, CONTAINER, Standing(container, look_at(call, container)), wanted_of(call))


def _copyright(call: GraphCall, standing: Standing) -> dict[str, Any] | None:
    if not standing.container.is_video:
        return None
    is_done = standing.status is not ContainerStatus.IN_PROGRESS
    is_match = is_done and call.scene.settings.matches_copyright(standing.container.video_url)
    return {"status": "completed" if is_done else "in_progress", "matches_found": is_match}


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


_DAY_S = 24 * 3600
_POLL_S = 3 * _DAY_S
# Made up: how long an extended poll runs is not documented.
_LONG_POLL_S = 7 * _DAY_S
# Processing rejected; seen only in a container's `status` text.
_REJECTED = 2207076


@ROUTES.answers("POST", "user", "media", "create")
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
        raise refusal(refused.code, refused.subcode, **refused.words) from None

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


@ROUTES.answers("POST", "user", "media_publish", "media_publish")
def media_publish(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/media_publish`: make the media and set the container to PUBLISHED, in one step."""
    creation_id = call.needed("creation_id")
    scene = call.scene
    container = scene.world.container(creation_id)
    if container is None or container.user_id != call.account.id:
        raise refusal(24, 2207008, id=creation_id)
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

    world = scene.world
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
    schedule_story_end(scene, media, call.login)
    return {"id": media.id}


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
    poll: Poll | None = None
    if (attachment := params.get("poll_attachment")) is not None:
        life_s = _LONG_POLL_S if params.get("is_poll_duration_extended") else _POLL_S
        options = [str(attachment[name]) for name in POLL_OPTIONS if attachment.get(name)]
        poll = Poll(options=options, ends_at=call.now + life_s)
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
        poll=poll,
        product_tags=params.get("product_tags", []),
    )


@ROUTES.answers("GET", "user", "content_publishing_limit", "quota")
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
