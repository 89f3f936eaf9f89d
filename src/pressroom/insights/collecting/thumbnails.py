"""Keeps a small picture of each listed media, because Instagram's addresses of pictures end after some days.

Readings go first: pictures are fetched after they were stored, for a limited time, and one that cannot be
had is tried again when its media is next listed. The addresses are signed, so no log and no error has them.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from pressroom.core.address import unreachable_reason
from pressroom.core.errors import MediaRefused, PressroomError, TransportError
from pressroom.core.protocols import Request
from pressroom.core.readings import Batch, Thumbnail
from pressroom.graph.answers import Media, MediaId, MediaType, timestamp_of
from pressroom.insights.collecting.pull import Pull
from pressroom.media.examine import make_thumbnail

log: Final = logging.getLogger("pressroom.insights")

PUBLISHED_WITHIN: Final = timedelta(days=90)
TIMEOUT_S: Final = 15.0
# What is due may wait so long, and the next look is a minute after this one's end.
LEAST_TIME: Final = timedelta(seconds=90)
# Where no reading is due before. New media are looked for every 50 minutes.
MOST_TIME: Final = timedelta(minutes=10)
_REQUESTS_AT_ONCE: Final = 4
_PICTURES_A_COMMIT: Final = 20
# After so many requests in a row without an answer, the host is taken to be down.
_MOST_UNANSWERED: Final = 3
_MOST_PX: Final = 320


@dataclass(slots=True)
class Thumbnails:
    """Keeps the thumbnails of what a pull lists: `note_listed` takes them in, `keep` fetches them."""

    pull: Pull
    _listed: dict[MediaId, str] = field(default_factory=dict[MediaId, str], repr=False)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_REQUESTS_AT_ONCE))
    _unanswered: int = 0
    _until: datetime | None = None

    def note_listed(self, media: Iterable[Media]) -> None:
        """Take in listed media whose readings are stored; those of the last 90 days get a thumbnail."""
        since, base = self.pull.now - PUBLISHED_WITHIN, self.pull.client.account.api_base
        for listed in media:
            address = address_of(listed)
            is_young = listed.timestamp is None or timestamp_of(listed.timestamp) >= since
            if address and is_young and may_be_fetched(address, base):
                self._listed[listed.id] = address

    async def keep(self) -> None:
        """Fetch and keep what has no thumbnail yet of the media listed since the last call.

        Raises what the store raises, and nothing for a picture.
        """
        listed, self._listed = self._listed, {}
        if not listed or self._is_over:
            return
        pull, readings = self.pull, self.pull.store.readings
        if self._until is None:
            # Pictures stop once a reading is due, which goes first.
            due = [
                await pull.store.run(readings.next_due, pull.account, stories=stories)
                for stories in (False, True)
            ]
            longest = min([pull.now + MOST_TIME, *(at for at in due if at is not None)])
            self._until = max(longest, pull.now + LEAST_TIME)
        missing = await pull.store.run(readings.without_thumbnail, pull.account, list(listed))
        pictures = [(media_id, address) for media_id, address in listed.items() if media_id in missing]
        for start in range(0, len(pictures), _PICTURES_A_COMMIT):
            some = pictures[start : start + _PICTURES_A_COMMIT]
            thumbnails = await asyncio.gather(*(self._fetch(*picture) for picture in some))
            batch = Batch(thumbnails=[thumbnail for thumbnail in thumbnails if thumbnail is not None])
            if batch.thumbnails:
                await pull.store.run(readings.keep, pull.account, batch)

    @property
    def _is_over(self) -> bool:
        is_late = self._until is not None and self.pull.now >= self._until
        return is_late or self._unanswered >= _MOST_UNANSWERED

    async def _fetch(self, media_id: MediaId, address: str) -> Thumbnail | None:
        """Fetch a picture and make it small; None, with a line in the log, where that fails."""
        request = Request(
            method="GET",
            url=address,
            timeout_s=TIMEOUT_S,
            internet_only=not _has_same_origin(address, self.pull.client.account.api_base),
        )
        async with self._turns:
            if self._is_over:
                return None
            try:
                reply = await self.pull.network.send(request)
            except TransportError as error:
                self._unanswered += 1
                return _log_failure(media_id, type(error).__name__)  # its text has the address
            except ValueError:
                return _log_failure(media_id, "it has no address that can be asked")
            self._unanswered = 0
            if reply.status != HTTPStatus.OK:
                return _log_failure(media_id, f"the answer has status {reply.status}")
            try:
                jpeg = await make_thumbnail(reply.body, _MOST_PX)
            except (PressroomError, OSError) as error:
                return _log_failure(media_id, error.rule if isinstance(error, MediaRefused) else str(error))
            return Thumbnail(media_id=media_id, read_at=self.pull.now, jpeg=jpeg)


def address_of(media: Media) -> str | None:
    """Return the address of a media's picture; None where it has none, or has a clip, as an album may."""
    address = media.thumbnail_url if media.media_type is MediaType.VIDEO else media.media_url
    return None if address is None or address.partition("?")[0].endswith(".mp4") else address


def may_be_fetched(address: str, base: str) -> bool:
    """Tell whether a picture is requested: from the API's own origin, or by https from the internet.

    The request leaves from the user's network. An answer must not choose what it reaches there, which the
    transport checks again by where a name leads; the origin of the API, which may be a sandbox on this
    machine, is the user's own choice.
    """
    try:
        parts = urlsplit(address)
        if not address.isascii() or not address.isprintable() or "\\" in address or "@" in parts.netloc:
            return False
        return _has_same_origin(address, base) or (
            parts.scheme == "https" and unreachable_reason(address) is None
        )
    except ValueError:
        return False


def _has_same_origin(address: str, base: str) -> bool:
    return _origin(address) == _origin(base)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _log_failure(media_id: MediaId, why: str) -> None:
    log.debug("no thumbnail of media %s: %s", media_id, why)
