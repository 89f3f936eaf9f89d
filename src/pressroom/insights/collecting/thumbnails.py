"""Keeps a small picture of what was listed: Instagram's addresses of it end after some days.

Readings go first: pictures are fetched after they were stored, for a limited time, and one that cannot be
had is tried again when its media is next listed. Their addresses are signed, so no log and no error has them.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from pressroom.core.errors import TransportError
from pressroom.core.internet import unreachable_reason
from pressroom.core.protocols import Request
from pressroom.core.readings import Batch, Thumbnail
from pressroom.graph.answers import Media, MediaType, timestamp_of
from pressroom.graph.ids import MediaId
from pressroom.insights.collecting.desk import Desk
from pressroom.media.thumbnail import NoPictureError, thumbnail_of

log: Final = logging.getLogger("pressroom.insights")

PUBLISHED_WITHIN: Final = timedelta(days=90)
TIMEOUT_S: Final = 15.0
# A reading at an hour may come three minutes late, and the next look is a minute after this one's end.
LEAST_TIME: Final = timedelta(seconds=90)
# Where no reading is due before; what is new is looked for every 50 minutes.
MOST_TIME: Final = timedelta(minutes=10)
_AT_ONCE: Final = 4
_A_COMMIT: Final = 20
# Without an answer to so many in a row, the host is taken to be down.
_MOST_UNANSWERED: Final = 3

# One thread, which shares this process with whatever publishes. Always the same: glibc keeps for each thread
# what its pictures took.
_DECODER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="thumbnails")

_Picture = tuple[MediaId, str]


@dataclass(slots=True)
class Thumbnails:
    """Keeps the thumbnails of what one run lists: `listed` what they are of, `keep` fetches them."""

    desk: Desk
    _listed: dict[MediaId, str] = field(default_factory=dict[MediaId, str], repr=False)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _unanswered: int = 0
    _until: datetime | None = None

    def listed(self, media: Iterable[Media]) -> None:
        """Take in listed media whose readings are stored; those of the last 90 days get a thumbnail."""
        since, base = self.desk.now - PUBLISHED_WITHIN, self.desk.client.account.api_base
        for one in media:
            address = address_of(one)
            is_young = one.timestamp is None or timestamp_of(one.timestamp) >= since
            if address and is_young and may_be_fetched(address, base):
                self._listed[one.id] = address

    async def keep(self) -> None:
        """Fetch and keep what has no thumbnail yet of the media listed since the last call.

        Raises what the store raises, and nothing for a picture.
        """
        listed, self._listed = self._listed, {}
        if not listed or self._is_over:
            return
        self._until = self._until or await self._end()
        desk = self.desk
        missing = await desk.store.run(desk.store.readings.without_thumbnail, desk.account, list(listed))
        wanted = [(media_id, address) for media_id, address in listed.items() if media_id in missing]
        for start in range(0, len(wanted), _A_COMMIT):
            await self._keep(wanted[start : start + _A_COMMIT])

    async def _end(self) -> datetime:
        """Return when to stop: once a reading is due, which goes first."""
        desk, readings = self.desk, self.desk.store.readings
        due = [
            await desk.store.run(readings.next_due, desk.account, stories=stories)
            for stories in (False, True)
        ]
        longest = min([desk.now + MOST_TIME, *(at for at in due if at is not None)])
        return max(longest, desk.now + LEAST_TIME)

    @property
    def _is_over(self) -> bool:
        is_late = self._until is not None and self.desk.now >= self._until
        return is_late or self._unanswered >= _MOST_UNANSWERED

    async def _keep(self, wanted: Sequence[_Picture]) -> None:
        found = await asyncio.gather(*(self._thumbnail(*one) for one in wanted))
        kept = Batch(thumbnails=[one for one in found if one is not None])
        if kept.thumbnails:
            await self.desk.store.run(self.desk.store.readings.keep, self.desk.account, kept)

    async def _thumbnail(self, media_id: MediaId, address: str) -> Thumbnail | None:
        async with self._turns:
            picture = None if self._is_over else await self._picture(media_id, address)
            if picture is None:
                return None
            try:
                jpeg = await asyncio.get_running_loop().run_in_executor(_DECODER, thumbnail_of, picture)
            except NoPictureError as error:
                return _none(media_id, str(error))
            return Thumbnail(media_id=media_id, read_at=self.desk.now, jpeg=jpeg)

    async def _picture(self, media_id: MediaId, address: str) -> bytes | None:
        request = Request(
            method="GET",
            url=address,
            timeout_s=TIMEOUT_S,
            internet_only=not _is_of(address, self.desk.client.account.api_base),
        )
        try:
            reply = await self.desk.network.send(request)
        except TransportError as error:
            self._unanswered += 1
            return _none(media_id, type(error).__name__)  # its text has the address
        except ValueError:
            return _none(media_id, "it has no address that can be asked")
        self._unanswered = 0
        if reply.status != HTTPStatus.OK:
            return _none(media_id, f"the answer has status {reply.status}")
        return reply.body


def address_of(media: Media) -> str | None:
    """Return the address of a media's picture; None where it has none, or has a clip, as an album may."""
    address = media.thumbnail_url if media.media_type is MediaType.VIDEO else media.media_url
    return None if address is None or address.partition("?")[0].endswith(".mp4") else address


def may_be_fetched(address: str, base: str) -> bool:
    """Tell whether a picture's address is asked: one of the API's own origin, or https on the internet.

    The request leaves from the user's network. An answer must not choose what it reaches there, which the
    transport checks again by where a name leads; the origin of the API, which may be a sandbox on this
    machine, is the user's own choice.
    """
    try:
        parts = urlsplit(address)
        if not address.isascii() or not address.isprintable() or "\\" in address or "@" in parts.netloc:
            return False
        return _is_of(address, base) or (parts.scheme == "https" and unreachable_reason(address) is None)
    except ValueError:
        return False


def _is_of(address: str, base: str) -> bool:
    return _origin(address) == _origin(base)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _none(media_id: MediaId, why: str) -> None:
    log.debug("no thumbnail of media %s: %s", media_id, why)
