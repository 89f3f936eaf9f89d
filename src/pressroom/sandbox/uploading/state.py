"""The progress of an upload, as the field `video_status`."""

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
        processing["errors"] = [{"code": container.failure, "message": _FAILED}]
    return {"uploading_phase": uploading, "processing_phase": processing}
