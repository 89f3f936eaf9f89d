"""Small pictures, which posts, uploads and published media have."""

from typing import Annotated, Final

from msgspec import Meta
from starlette.responses import Response

from pressroom.api.operation import Content, Fields
from pressroom.core.assets import PictureUse
from pressroom.core.errors import NotFound

PICTURE: Final = Content("image/jpeg", "A JPEG.")


class GetPicture(Fields, frozen=True, kw_only=True):
    """Which picture."""

    size: Annotated[PictureUse, Meta(description="For a chip of a calendar, a card, or a page.")] = (
        PictureUse.CARD
    )


def answer_picture(jpeg: bytes | None, subject: str) -> Response:
    """Answer with a picture. Raises NotFound where there is none of the subject."""
    if jpeg is None:
        raise NotFound(f"There is no picture of {subject}.", fix="Show something else in its place.")
    return Response(jpeg, media_type=PICTURE.media_type)
