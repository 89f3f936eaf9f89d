"""Pictures and clips of what a page shows, from our copies alone: the path has a number, and never a name."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import FileResponse, Response

from pressroom.core.errors import NotFound
from pressroom.service.approvals import Waiting
from pressroom.web.site import Answer, Asked, Site

_NUMBER: Final = re.compile(r"[0-9]{1,2}")
_NO_SNIFF: Final = {"x-content-type-options": "nosniff", "content-disposition": "inline"}

Find = Callable[[Site, Asked], Awaitable[Waiting]]


def picture_of(find: Find) -> Answer:
    """Make the answer with a picture of a file."""

    async def picture(site: Site, asked: Asked) -> Response:
        jpeg = await site.pressroom.pages.picture(await _digest(site, asked, find))
        return Response(jpeg, headers=_NO_SNIFF, media_type="image/jpeg")

    return picture


def clip_of(find: Find) -> Answer:
    """Make the answer with a clip."""

    async def clip(site: Site, asked: Asked) -> Response:
        found = await site.pressroom.pages.clip(await _digest(site, asked, find))
        return FileResponse(found.path, headers=_NO_SNIFF, media_type=found.content_type)

    return clip


async def _digest(site: Site, asked: Asked, find: Find) -> str:
    """Return the sha256 of the file that the path numbers. Raises NotFound."""
    files = (await find(site, asked)).summary.get("files") or ()
    # Not the router's own reading, which takes any number of digits.
    said = asked.named("number")
    number = int(said) if _NUMBER.fullmatch(said) else len(files)
    digest = files[number]["sha256"] if number < len(files) else None
    if digest is None:
        raise NotFound("There is no such file here.")
    return str(digest)
