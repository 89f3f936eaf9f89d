"""Uploads a clip's bytes to Instagram, and resumes after a cut.

Source: https://developers.facebook.com/documentation/instagram-platform/content-publishing/resumable-uploads
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from pressroom.client.client import Client
from pressroom.core.assets import Progress
from pressroom.core.errors import (
    AnswerLost,
    GraphError,
    MediaRefused,
    PressroomError,
    TransportError,
    UnexpectedAnswer,
)
from pressroom.core.protocols import ByteStream
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, Done
from pressroom.graph.error_table import Retry

_PIECE_BYTES = 1 << 20
# Seconds without a byte moving, after which the connection counts as dead.
_STALL_S = 120.0
# Failures in a row without a new byte at Instagram.
_TRIES = 5
_LONGEST_WAIT_S = 30.0
# The upload host's word for an offset other than where it stopped; asking it for that offset mends this.
_WRONG_OFFSET = "OffsetInvalidError"


@dataclass(slots=True)
class Upload:
    """The upload of one file to one container.

    uri: from the container's creation; None when another process made the container.
    on_progress: called with the fraction sent, which falls back after a cut.
    """

    client: Client
    container: ContainerId
    path: Path
    uri: str | None = None
    on_progress: Progress = lambda _share: None
    _size: int = 0
    _sent: int = 0

    async def run(self) -> bool:
        """Send the bytes Instagram does not have yet. False for a container that is not an upload.

        Retries as long as some bytes arrive between failures. Raises GraphError, TransportError, and
        MediaRefused for a file that is gone or changes meanwhile.
        """
        self._size = await self._size_now()
        offset = await self._received()
        if offset is None:
            return False
        failures = 0
        while offset < self._size:
            try:
                await self._send(offset)
            except PressroomError as error:
                failures += 1
                is_graphs = isinstance(error, GraphError)
                is_offset = is_graphs and error.body.type == _WRONG_OFFSET
                may_pass = error.retry is Retry.SOON if is_graphs else isinstance(error, TransportError)
                if failures >= _TRIES or not (may_pass or is_offset):
                    raise
            else:
                break
            await self.client.clock.sleep(min(_LONGEST_WAIT_S, 2.0 ** (failures - 1)))
            # Instagram's own count, never ours: bytes we wrote may not have arrived.
            reached = await self._received() or 0
            failures = 0 if reached > offset else failures
            offset = reached
        self.on_progress(1.0)
        return True

    async def _received(self) -> int | None:
        """Return how many bytes Instagram has; None for a container that is not an upload."""
        container = await self.client.send(calls.container_status(self.container, fields="id,video_status"))
        phase = (container.video_status or {}).get("uploading_phase")
        if not isinstance(phase, dict):
            return None if self.uri is None else 0
        transferred: object = phase.get("bytes_transferred")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # JSON
        return min(transferred, self._size) if isinstance(transferred, int) else 0

    async def _send(self, offset: int) -> None:
        """Send all bytes from an offset on. Only `success: true` counts as success."""
        # A file that changed would be resumed with bytes of another clip.
        if await self._size_now() != self._size:
            raise self._changed()
        account, self._sent = self.client.account, offset
        if self.uri is None:
            path = f"/ig-api-upload/{account.version}/{self.container}"
        else:
            # Of Instagram's address the path alone: the token goes to no other host than the account's own.
            is_own = self.uri.startswith(f"{account.upload_base}/")
            path = self.uri.removeprefix(account.upload_base) if is_own else urlsplit(self.uri).path
        with self.path.open("rb") as file:
            file.seek(offset)
            stream = ByteStream(self._size - offset, self._pieces(file))
            headers = {"offset": str(offset), "file_size": str(self._size)}
            answer = await self._watch(self.client.upload(calls.upload(path), stream, headers))
        if not answer.success:
            raise UnexpectedAnswer(
                f"Instagram did not say that the upload to container {self.container} succeeded.",
                fix="Publish again, which makes a new container.",
            )

    async def _pieces(self, file: IO[bytes]) -> AsyncGenerator[bytes]:
        while self._sent < self._size:
            piece = await asyncio.to_thread(file.read, min(_PIECE_BYTES, self._size - self._sent))
            if not piece:
                raise self._changed()
            yield piece
            self._sent += len(piece)
            self.on_progress(self._sent / self._size)

    async def _watch(self, sending: Coroutine[Any, Any, Done]) -> Done:
        """Wait for the upload. Raises AnswerLost when no byte moves for two minutes."""
        task = asyncio.ensure_future(sending)
        try:
            while not task.done():
                before = self._sent
                watch = asyncio.ensure_future(self.client.clock.sleep(_STALL_S))
                try:
                    await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    watch.cancel()
                if not task.done() and self._sent == before:
                    raise AnswerLost(
                        f"The upload to container {self.container} stood still for {_STALL_S:.0f} s.",
                        fix="Check the network connection, then try again.",
                    )
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _size_now(self) -> int:
        try:
            return (await asyncio.to_thread(self.path.stat)).st_size
        except OSError:
            raise self._changed() from None

    def _changed(self) -> MediaRefused:
        return MediaRefused(
            f"{self.path} is gone, or changed while it was being uploaded.",
            rule="missing",
            value=str(self.path),
            fix="Leave the file alone until it is published.",
            helper_prefix=None,
        )
