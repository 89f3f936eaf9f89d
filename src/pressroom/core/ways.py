"""How a file of this machine can get to Instagram."""

from enum import StrEnum


class Way(StrEnum):
    """One way; the values are the words of PRESSROOM_HOSTS, and the order is the one used without it.

    UPLOAD sends a clip's bytes to Instagram (Facebook Login); all others give the file an address to fetch.
    """

    UPLOAD = "upload"
    SIGNED = "signed"
    S3 = "s3"
    CLOUDINARY = "cloudinary"

    @property
    def words(self) -> str:
        """The way as a sentence names it."""
        return _WORDS[self]


_WORDS = {
    Way.UPLOAD: "the resumable upload",
    Way.SIGNED: "our own media route",
    Way.S3: "the S3 store",
    Way.CLOUDINARY: "Cloudinary",
}
