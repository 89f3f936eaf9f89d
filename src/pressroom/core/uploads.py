"""Uploads: files that a program sent, each its owner's alone, kept for a day unless a post is made of it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NewType

from pressroom.core.actor import ActorId
from pressroom.core.assets import MediaType
from pressroom.core.errors import NotFound, Refused

UploadId = NewType("UploadId", str)
"""A UUID in lower case that the owner chose: two owners may choose the same, for two uploads."""

LIFETIME: Final = timedelta(hours=24)
"""How long an upload is kept; a post that was made of it keeps the file for itself."""
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was sent. sha256: of its bytes, in lower-case hexadecimal. ends_at: until when it is kept.

    name: what its sender calls it. file: the name of our copy, which other uploads and posts may share.
    """

    id: UploadId
    owner: ActorId
    name: str | None = None
    sha256: str
    size_bytes: int
    media_type: MediaType
    file: str
    created_at: datetime
    ends_at: datetime


class UploadCursor(NamedTuple):
    """The last upload of a page; the next page starts after it."""

    created_at: datetime
    id: UploadId


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Uploads, the newest first. next: for `after` of the next page; None on the last one."""

    uploads: tuple[Upload, ...]
    next: UploadCursor | None = None


_FEWER: Final = "Delete those that you do not need, or wait: each ends 24 hours after it came."


class Held(NamedTuple):
    """What uploads take. of_owner, of_all: bytes. number: how many the owner has."""

    of_owner: int
    of_all: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadBounds:
    """The most that uploads may take. of_owner, of_all: bytes. number: how many one owner may have."""

    of_owner: int
    of_all: int
    number: int = 10_000  # each is a row and a file, however small

    def require(self, held: Held) -> None:
        """Raise Refused where uploads take more, or are more."""
        if held.of_owner > self.of_owner:
            raise Refused(
                f"Your uploads would take {held.of_owner:,} bytes.",
                rule="uploads_of_caller",
                value=held.of_owner,
                limit=self.of_owner,
                fix=f"{_FEWER} PRESSROOM_UPLOADS_OF_CALLER_MAX_GB allows more.",
            )
        if held.number > self.number:
            raise Refused(
                f"You would have {held.number:,} uploads, of {self.number:,}.",
                rule="uploads_number",
                value=held.number,
                limit=self.number,
                fix=_FEWER,
            )
        if held.of_all > self.of_all:
            refusal = Refused(
                "There is no room for this upload beside those of all others.",
                rule="uploads",
                limit=self.of_all,
                fix="Try again later: each upload ends 24 hours after it came. "
                "PRESSROOM_UPLOADS_MAX_GB allows more.",
            )
            refusal.retryable = True
            raise refusal


def read_upload_id(text: str) -> UploadId:
    """Read an id that a client chose. Raises Refused for what is no UUID."""
    if not _ID.fullmatch(text.lower()):
        raise Refused(
            f"{text!r} is no UUID.",
            rule="upload_id",
            value=text,
            limit="a UUID, such as 123e4567-e89b-42d3-a456-426614174000",
            fix="Choose a random one for each file.",
        )
    return UploadId(text.lower())


def id_taken(upload: Upload) -> Refused:
    """Make the error of an id that stands, or stood until now, for other content of its owner."""
    return Refused(
        f"The upload {upload.id} has other content.",
        rule="upload_id",
        value=upload.id,
        limit=f"the file whose SHA-256 is {upload.sha256}",
        fix="Choose another id for another file.",
    )


def no_upload(text: str) -> NotFound:
    """Make the error of an upload that there is not, or not any more, or not of this owner."""
    return NotFound(
        f"There is no upload {text!r} of yours.", fix="Upload the file again: each is kept for 24 hours."
    )
