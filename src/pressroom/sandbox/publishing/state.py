"""A container's status, computed at each read from its age, its looks, its files and its fault."""

from pressroom.graph.answers import ContainerStatus
from pressroom.graph.limits import CONTAINER_LIFETIME_S
from pressroom.sandbox.settings import Hostility, Processing
from pressroom.sandbox.state.things import Container, ContainerKind
from pressroom.sandbox.state.world import World

# Only the text of PUBLISHED is documented; programs must read status_code.
_TEXTS = {
    ContainerStatus.IN_PROGRESS: "In Progress: Media is still being processed.",
    ContainerStatus.FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
    ContainerStatus.PUBLISHED: "Published: Media has been successfully published.",
    ContainerStatus.EXPIRED: "Expired: Media has expired and can no longer be published.",
}
_FAILURE_WITHOUT_A_NUMBER = 2207053  # Error Codes: unknown upload error


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
    if not container.is_fetched or not _is_processed(container, processing, now):
        return ContainerStatus.IN_PROGRESS
    return _with_children(world, container, processing, now)


def _with_children(world: World, container: Container, processing: Processing, now: float) -> ContainerStatus:
    if container.kind is not ContainerKind.CAROUSEL:
        return ContainerStatus.FINISHED
    # A carousel is as ready as its worst item, and items expire by their own age.
    states = {status_of(world, child, processing, now) for child in world.children_of(container)}
    for worst in (ContainerStatus.ERROR, ContainerStatus.EXPIRED, ContainerStatus.IN_PROGRESS):
        if worst in states:
            return worst
    return ContainerStatus.FINISHED


def _is_processed(container: Container, processing: Processing, now: float) -> bool:
    reads = processing.video_reads if container.is_video else processing.image_reads
    seconds = processing.video_s if container.is_video else processing.image_s
    if reads is not None and container.looks >= reads:
        return True
    return seconds is not None and now - container.created_at >= seconds


def told_status(
    world: World, container: Container, processing: Processing, hostility: Hostility, now: float
) -> ContainerStatus:
    """Give the status a read of the container answers, which lags behind the true one on a hostile host."""
    true = status_of(world, container, processing, now)
    if container.published_at is not None and now - container.published_at < hostility.stale_status_s:
        return ContainerStatus.FINISHED
    return true


def status_text(container: Container, status: ContainerStatus) -> str:
    """Give the text of the field `status`. The subcode of an ERROR appears only in it (observed)."""
    if status is ContainerStatus.ERROR:
        return (
            f"Error: Media upload has failed with error code {container.failure or _FAILURE_WITHOUT_A_NUMBER}"
        )
    return _TEXTS[status]
