"""The files of what waits and of posts, as pictures and clips, and which of them are still kept."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.responses import FileResponse, Response

from pressroom.core.errors import NotFound
from pressroom.service.consent.approvals import Waiting
from pressroom.service.posts.history import PostHistory
from pressroom.web.deciding.items import Item, item_of
from pressroom.web.page import PageAnswer
from pressroom.web.site import PageRequest, Site

_NUMBER: Final = re.compile(r"[0-9]{1,2}")
_FILE_HEADERS: Final = {"x-content-type-options": "nosniff", "content-disposition": "inline"}

Find = Callable[[Site, PageRequest], Awaitable[Waiting]]


async def shown_item(site: Site, waiting: Waiting, history: PostHistory | None = None) -> Item:
    """Build what a page shows of something that waits, or of a post, with what is left of its files."""
    item = item_of(waiting, site.clock.now(), site.pressroom.pages.mask, history)
    # Those of what is out are deleted; a picture stays.
    gone = await site.pressroom.pages.gone(file.sha256 for file in item.files if file.sha256)
    files = tuple(
        replace(file, left="picture" if gone[file.sha256] else "nothing")
        if file.sha256 is not None and file.sha256 in gone
        else file
        for file in item.files
    )
    return replace(item, files=files)


def picture_of(find: Find) -> PageAnswer:
    """Make the answer with a picture of a file."""

    async def picture(site: Site, request: PageRequest) -> Response:
        jpeg = await site.pressroom.pages.picture(await _digest(site, request, find))
        return Response(jpeg, headers=_FILE_HEADERS, media_type="image/jpeg")

    return picture


def clip_of(find: Find) -> PageAnswer:
    """Make the answer with a clip."""

    # As it is, and only where its first bytes are those of a container that browsers play.
    async def clip(site: Site, request: PageRequest) -> Response:
        file = await site.pressroom.pages.clip(await _digest(site, request, find))
        return FileResponse(file.path, headers=_FILE_HEADERS, media_type=file.content_type)

    return clip


async def _digest(site: Site, request: PageRequest, find: Find) -> str:
    """Return the sha256 of the file that the path numbers. Raises NotFound."""
    # By a number and our copies' hash: a path with a name could lead to any file.
    files = (await find(site, request)).summary.get("files") or ()
    # Not the router's own reading, which takes any number of digits.
    text = request.path_part("number")
    number = int(text) if _NUMBER.fullmatch(text) else len(files)
    digest = files[number]["sha256"] if number < len(files) else None
    if digest is None:
        raise NotFound("There is no such file here.")
    return str(digest)
