"""The ways to get a local file to Instagram."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pressroom.core.address import CLOUDINARY_ADDRESS, S3_ADDRESS
from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import Kind, Setting, secret
from pressroom.core.secret import Secret


class Way(StrEnum):
    """One way. The values are the words of PRESSROOM_HOSTS; the order is the default order.

    UPLOAD sends a clip's bytes to Instagram (Facebook Login only); the others serve the file at a URL.
    words: the way's name inside a sentence. setting: the address of the remote host that the way needs, whose
    class is listed in `hosting.remote_hosts`; None for a way without one.
    """

    words: str
    setting: Setting[Secret | None] | None

    def __new__(cls, value: str, words: str, setting: Setting[Secret | None] | None = None) -> Self:
        """Create the member of a row of value, words and setting."""
        way = str.__new__(cls, value)
        # Without this the enum would make the value from the whole row.
        way._value_ = value
        way.words = words
        way.setting = setting
        return way

    UPLOAD = "upload", "the resumable upload"
    SIGNED = "signed", "our own media route"
    S3 = (
        "s3",
        "the S3 store",
        Setting(
            "PRESSROOM_S3_URL",
            Kind.ADDRESS,
            f"A bucket for local files: {S3_ADDRESS}.",
            secret,
            is_secret=True,
        ),
    )
    CLOUDINARY = (
        "cloudinary",
        "Cloudinary",
        Setting(
            "CLOUDINARY_URL",
            Kind.ADDRESS,
            f"A Cloudinary account that serves local files: {CLOUDINARY_ADDRESS}.",
            secret,
            is_secret=True,
        ),
    )


def read_ways(name: str, text: str) -> tuple[Way, ...] | None:
    """Read ways separated by commas, each at most once. Raises SettingRefused."""
    if not text:
        return None
    names = [name.strip().lower() for name in text.split(",")]
    unknown = next((name for name in names if name not in set(Way)), None)
    if unknown is not None or len(set(names)) < len(names):
        raise SettingRefused(
            f"{name} is {text!r}, which is not a list of different ways.",
            rule="hosts",
            value=unknown or text,
            limit=", ".join(Way),
            fix=f"List some of {', '.join(Way)} with commas between them, best first, or unset it.",
        )
    return tuple(Way(name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAnswer:
    """What our own signed address answered from outside.

    Of a GET its status, type and whether it is the file; the status of a part of it, and of a HEAD.
    is_trusted: its certificate is; else nothing was asked.
    """

    status: int
    content_type: str
    is_ours: bool
    range_status: int | None = None
    head_status: int | None = None
    is_trusted: bool = True
