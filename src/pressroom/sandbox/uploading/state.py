"""How far an upload has come, as `video_status` tells it."""

from typing import Any

from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.state.things import Container

_PROCESSING = {
    ContainerStatus.IN_PROGRESS: "in_progress",
    ContainerStatus.FINISHED: "complete",
    ContainerStatus.PUBLISHED: "complete",
    ContainerStatus.ERROR: "error",
    ContainerStatus.EXPIRED: "error",
}
_FAILED = "The video could not be processed"


def video_status(container: Container, status: ContainerStatus) -> dict[str, Any] | None:
    """Give the two phases; None for a container that is not uploaded to."""
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
    processing: dict[str, Any] = {"status": _PROCESSING[status] if is_complete else "not_started"}
    if container.failure is not None:
        processing["errors"] = [{"code": container.failure, "message": _FAILED}]
    return {"uploading_phase": uploading, "processing_phase": processing}
