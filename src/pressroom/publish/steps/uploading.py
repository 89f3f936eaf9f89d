"""Uploads a clip to a container that waits for its bytes, before the container is polled."""

import asyncio

from pressroom.client.upload import Upload
from pressroom.core.assets import Rendition
from pressroom.core.errors import GraphError, UnexpectedAnswer
from pressroom.core.post import ContainerRecord, Post
from pressroom.graph.answers import ContainerStatus
from pressroom.publish.context import Context
from pressroom.publish.machine.events import ContainerSettled
from pressroom.publish.steps.creating import named
from pressroom.publish.steps.preparation import PreparedMedia


async def bring(
    context: Context, post: Post, record: ContainerRecord, media: PreparedMedia, turn: asyncio.Semaphore
) -> ContainerSettled | None:
    """Upload what a container lacks; nothing happens for one that fetches, or has it all.

    One upload of a post runs at a time. When Instagram does not take the bytes and another way is left, the
    container counts as failed, so that the next one uses that way. Raises as `Upload.run` does.
    turn: of all posts to upload.
    """
    index = record.item or 0
    placement = media.files[index]
    if not placement.is_uploaded or not isinstance(placement.file, Rendition):
        return None
    upload = Upload(
        context.client,
        record.id,
        placement.file.path,
        uri=media.uris.get(record.id),
        on_progress=lambda share: media.on_upload(index, share),
    )
    # Side by side they would only share the line.
    async with media.line, turn:
        try:
            await upload.run()
        except (GraphError, UnexpectedAnswer) as error:
            is_its_fault = not isinstance(error, GraphError) or not error.retry.is_about_account
            if not is_its_fault or len(placement.ways) == 1:
                raise
            text = error.message
        else:
            return None
    _, found = placement.go_another_way()
    await context.note(post, "way_changed", f"{text} Trying {found.words} for {named(post, record.item)}.")
    return ContainerSettled(id=record.id, status=ContainerStatus.ERROR)
