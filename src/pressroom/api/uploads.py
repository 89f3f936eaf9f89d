"""Uploads: files of a program, for posts that are made of them within a day."""

from collections.abc import AsyncGenerator
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response

from pressroom.api.operation import BASE, NOTHING, Answer, Call, Fields, Operation, gone_before
from pressroom.api.paging import After, Limit, Place, place_of
from pressroom.api.pictures import PICTURE, GetPicture, answer_picture
from pressroom.api.reading import Unreadable
from pressroom.core.actor import Scope
from pressroom.core.uploads import UploadCursor, UploadId
from pressroom.service.shapes.media import UploadShape


class PutUpload(Fields, frozen=True, kw_only=True):
    """What the file is."""

    sha256: Annotated[
        str, Meta(pattern="^[0-9a-fA-F]{64}$", description="The SHA-256 of its bytes, in hexadecimal.")
    ]
    name: Annotated[str, Meta(min_length=1, max_length=255, description="What it is called.")] | None = None


async def put_upload(call: Call[PutUpload, None]) -> Answer:
    """Take in a picture or clip, whose bytes are the body.

    It is kept for 24 hours, and a post that is made of it keeps the file for itself. The same id and bytes
    again is the upload that is there. One program may have 10,000 of them, and as many bytes as the settings
    of the server allow.
    """
    headers, upload_id = call.request.headers, call.path["upload_id"]
    if headers.get("content-type", "").lower().startswith("multipart/"):
        raise Unreadable(
            415,
            "The body is a form, and not the file itself.",
            rule="content_type",
            value=headers["content-type"][:80],
            limit="the bytes of the file",
            fix="Send the file itself as the whole body, as `curl -T` does.",
        )
    size = headers.get("content-length")
    was_read = False

    async def chunks() -> AsyncGenerator[bytes]:
        nonlocal was_read
        was_read = True
        async for chunk in call.request.stream():
            yield chunk

    upload = await (await call.session()).uploads.put(
        upload_id,
        chunks(),
        sha256=call.query.sha256,
        size=int(size) if size else None,
        name=call.query.name,
    )
    # Nothing is read where the same upload is there already.
    status = 201 if was_read else 200
    return Answer(UploadShape.of(upload), status, {"location": f"{BASE}/uploads/{upload.id}"})


class UploadsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Uploads, the newest first. next: the `after` of the next page; null on the last."""

    uploads: tuple[UploadShape, ...]
    next: str | None


class ListUploads(Fields, frozen=True, kw_only=True):
    """Which uploads to list."""

    limit: Limit = 50
    after: After | None = None


async def list_uploads(call: Call[ListUploads, None]) -> Answer:
    """List the uploads of this program that have not ended."""
    query, after = call.query, None
    if query.after:
        place = place_of(query.after)
        after = UploadCursor(place.at, UploadId(place.id))
    page = await (await call.session()).uploads.list(after=after, limit=query.limit)
    following = str(Place(*page.next)) if page.next else None
    return Answer(UploadsPage(uploads=tuple(map(UploadShape.of, page.uploads)), next=following))


async def get_upload(call: Call[Fields, None]) -> Answer:
    """Return an upload of this program."""
    return Answer(UploadShape.of(await (await call.session()).uploads.get(call.path["upload_id"])))


async def delete_upload(call: Call[Fields, None]) -> Response:
    """End an upload now. Posts that were made of it keep the file."""
    await (await call.session()).uploads.delete(call.path["upload_id"])
    return Response(None, 204)


async def get_upload_picture(call: Call[GetPicture, None]) -> Response:
    """Return a small picture of what an upload shows."""
    upload_id = call.path["upload_id"]
    pressroom = await call.session()
    return answer_picture(await pressroom.uploads.picture(upload_id, call.query.size), f"upload {upload_id}")


_TAG: Final = "media"
_PATH: Final = "/uploads/{upload_id}"

OPERATIONS: Final = (
    Operation(
        method="PUT",
        path=_PATH,
        run=put_upload,
        tag=_TAG,
        scope=Scope.DRAFT,
        query=PutUpload,
        answers={201: UploadShape, 200: UploadShape},
        errors=(415,),
        takes_file=True,
    ),
    Operation(
        method="GET",
        path="/uploads",
        run=list_uploads,
        tag=_TAG,
        scope=Scope.READ,
        query=ListUploads,
        answers={200: UploadsPage},
    ),
    Operation(
        method="GET", path=_PATH, run=get_upload, tag=_TAG, scope=Scope.READ, answers={200: UploadShape}
    ),
    Operation(
        method="DELETE",
        path=_PATH,
        run=delete_upload,
        tag=_TAG,
        scope=Scope.DRAFT,
        answers={204: NOTHING},
        again=gone_before,
    ),
    Operation(
        method="GET",
        path=f"{_PATH}/picture",
        run=get_upload_picture,
        tag=_TAG,
        scope=Scope.READ,
        query=GetPicture,
        answers={200: PICTURE},
    ),
)
