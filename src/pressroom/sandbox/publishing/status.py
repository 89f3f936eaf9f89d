"""A container's status, and the call that reads it.

`status_of` computes the true status at each read from the container's age, looks, files and fault;
`container_status` answers what a read tells, which may lag behind on a hostile host.
"""

from dataclasses import dataclass
from typing import Any

from pressroom.graph.answers import ContainerStatus
from pressroom.graph.limits import CONTAINER_LIFETIME_S
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import NodeType, render, wanted_of
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.state.things import Container
from pressroom.sandbox.state.world import World

# Only the text of PUBLISHED is documented; programs must read status_code.
_TEXTS = {
    ContainerStatus.IN_PROGRESS: "In Progress: Media is still being processed.",
    ContainerStatus.FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
    ContainerStatus.PUBLISHED: "Published: Media has been successfully published.",
    ContainerStatus.EXPIRED: "Expired: Media has expired and can no longer be published.",
}
# For a failure without a subcode of its own (Error Codes: unknown upload error).
_UNKNOWN_FAILURE = 2207053


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
