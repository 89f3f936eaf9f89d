"""`UploadService`: takes in files that programs send, for posts that are made of them within a day."""

import asyncio
import os
from collections.abc import AsyncIterable
from datetime import datetime
from pathlib import Path

from pressroom.core.actor import ActorId
from pressroom.core.assets import Asset, AssetBytes, MediaType, PictureUse
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.uploads import (
    LIFETIME,
    Upload,
    UploadBounds,
    UploadCursor,
    UploadId,
    UploadPage,
    id_taken,
    no_upload,
    read_upload_id,
)
from pressroom.media.sniff import Kind
from pressroom.publish.validation import media_type_of_url
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.contents import ending_of, name_of
from pressroom.service.ground.copies import DIGEST
from pressroom.service.ground.incoming import IncomingFile, tidy_uploads
from pressroom.service.ground.pictures import Pictured
from pressroom.service.ground.resources import Resources
from pressroom.store.store import Store

# Bytes hashed and written at once: a thread for each of a network's small chunks would cost more than both.
_PIECE = 1 << 20


class UploadService:
    """The use-cases of uploads. Each actor has its own, and finds no other's.

    Any of them may raise StoreRefused or StoreFailed.
    """

    def __init__(self, resources: Resources, gate: Gate) -> None:
        self._resources = resources
        self._gate = gate

    async def put(
        self,
        upload_id: str,
        chunks: AsyncIterable[bytes],
        *,
        sha256: str,
        size: int | None = None,
        name: str | None = None,
    ) -> Upload:
        """Take in a picture or clip, which is there once all of it has come; else nothing of it is kept.

        The same id and content again is the upload that is there, and nothing is read of `chunks`.

        upload_id: a UUID of the sender's choice. sha256: of the bytes, in hexadecimal. size: in bytes, where
        it is known. name: what the file is called. Raises Refused for bytes other than declared (`checksum`,
        `upload_size`), an id that has other content, and what is too large or out of bounds, MediaRefused for
        what begins like no picture and no clip, Shortage where the disk has too little room, Conflict while
        the same upload is being sent.
        """
        ours, store, owner = self._resources, await self._resources.store(), await self._owner()
        key, digest = read_upload_id(upload_id), _digest(sha256)
        await tidy_uploads(store, ours.settings.assets)
        standing = await store.run(store.uploads.get, owner, key)
        if standing and standing.sha256 != digest:
            raise id_taken(standing)
        is_living = standing and standing.ends_at > ours.clock.now()
        # On this machine, that is: it may have come to another one.
        if standing and is_living and await asyncio.to_thread(self._path(standing).exists):
            return standing
        called = name_of(AssetBytes(name)) if name else None
        file = IncomingFile(
            directory=ours.settings.assets,
            owner=owner,
            id=key,
            name=called or "The upload",
            size_bytes=size,
            bounds=self._bounds(),
            spare_bytes=ours.settings.uploads_spare_bytes,
        )
        try:
            await store.run(lambda: file.open(store.uploads.held(owner, but=key)))
            await _write_all(store, file, chunks)
            return await self._keep(store, file, digest, called)
        finally:
            # By the store's threads, here as above: a cancellation waits for them, so that none writes on.
            await store.run(file.discard)

    async def get(self, upload_id: str) -> Upload:
        """Return an upload. Raises NotFound for none, one that has ended, and another actor's."""
        store = await self._resources.store()
        upload = await store.run(store.uploads.get, await self._owner(), UploadId(upload_id.lower()))
        if upload is None or upload.ends_at <= self._resources.clock.now():
            raise no_upload(upload_id)
        return upload

    async def list(self, *, after: UploadCursor | None = None, limit: int = 100) -> UploadPage:
        """Return a page of the uploads that have not ended, the newest first.

        after: `next` of the page before.
        """
        store, now = await self._resources.store(), self._resources.clock.now()
        return await store.run(store.uploads.page, await self._owner(), now, after, limit)

    async def delete(self, upload_id: str) -> None:
        """End an upload now; posts that were made of it keep the file. Raises NotFound as `get` does."""
        upload, store = await self.get(upload_id), await self._resources.store()
        now = self._resources.clock.now()
        event = _event(upload, "upload_deleted", now)
        if not await store.run(store.uploads.end, upload.owner, upload.id, now, event):
            raise no_upload(upload_id)
        await tidy_uploads(store, self._resources.settings.assets)

    async def asset(self, upload_id: str) -> Asset:
        """Return what a post is made of, within an hour; the post keeps the file, whatever becomes of this.

        Raises NotFound as `get` does, MediaRefused where the file is not on this machine.
        """
        upload = await self.get(upload_id)
        path = self._path(upload)
        try:
            # What was asked for lately is not deleted, though no post is stored with it yet.
            await asyncio.to_thread(os.utime, path)
        except FileNotFoundError:
            raise MediaRefused(
                f"The file of the upload {upload.id} is not on this machine.",
                rule="upload_file",
                value=upload.file,
                limit=f"a file in {path.parent}",
                fix="Send it again, with the same id.",
                helper_prefix=None,
            ) from None
        called = upload.name or "upload"
        return Asset(called if media_type_of_url(called) else f"{called}{path.suffix}", str(path))

    async def picture(self, upload_id: str, use: PictureUse = PictureUse.CARD) -> bytes | None:
        """Return a small JPEG of what an upload shows; None where none can be made of it.

        Raises NotFound as `get` does.
        """
        upload = await self.get(upload_id)
        asset = Asset(upload.file, str(self._path(upload)))
        return await self._resources.pictures.showing(Pictured(asset, upload.sha256), use)

    async def _owner(self) -> ActorId:
        return (await self._gate.actor()).id

    def _path(self, upload: Upload) -> Path:
        return self._resources.settings.assets / upload.file

    def _bounds(self) -> UploadBounds:
        settings = self._resources.settings
        return UploadBounds(of_owner=settings.uploads_of_caller_max_bytes, of_all=settings.uploads_max_bytes)

    async def _keep(self, store: Store, file: IncomingFile, sha256: str, name: str | None) -> Upload:
        sniffed, now = await store.run(file.finish, sha256), self._resources.clock.now()
        media_type: MediaType = "image" if sniffed.kind is Kind.IMAGE else "video"
        upload = Upload(
            id=file.id,
            owner=file.owner,
            name=name,
            sha256=sha256,
            size_bytes=file.received_bytes,
            media_type=media_type,
            file=f"{sha256}{ending_of(name or '', sniffed)}",
            created_at=now,
            ends_at=now + LIFETIME,
        )
        await store.run(
            store.uploads.add,
            upload,
            _event(upload, "uploaded", now),
            bounds=self._bounds(),
            place=lambda: file.place(upload.file),
        )
        return upload


async def _write_all(store: Store, file: IncomingFile, chunks: AsyncIterable[bytes]) -> None:
    piece = bytearray()
    async for chunk in chunks:
        piece += chunk
        if len(piece) >= _PIECE:
            await store.run(file.write, piece)
            piece = bytearray()
    if piece:
        await store.run(file.write, piece)


def _digest(sha256: str) -> str:
    digest = sha256.lower()
    if not DIGEST.fullmatch(digest):
        raise Refused(
            f"{sha256!r} is no SHA-256.",
            rule="checksum",
            value=sha256,
            limit="64 hexadecimal digits",
            fix="Give the SHA-256 of the file's bytes.",
        )
    return digest


def _event(upload: Upload, step: str, at: datetime) -> JournalEvent:
    return JournalEvent(
        subject_id=upload.id, subject_kind=SubjectKind.UPLOAD, at=at, step=step, actor=upload.owner
    )
