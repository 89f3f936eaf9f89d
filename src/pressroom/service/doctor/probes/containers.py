"""Probes of what a container may hold. None is published; each is gone after a day."""

from pressroom.graph import calls
from pressroom.graph.ids import ContainerId
from pressroom.graph.limits import CAPTION_CHARACTERS, CAPTION_HASHTAGS, CAPTION_WARN_HASHTAGS
from pressroom.service.doctor.probes.desk import Desk
from pressroom.service.doctor.probes.told import Told, Untold

_LONGEST = CAPTION_CHARACTERS.most
_EMOJI = 40
# A number that no Page is known to have, and no place of Meta's search.
_NO_PLACE = "999999999999999"
FEW, MANY = 11, 20
"""The carousels that are asked for: one item more than documented, and what one reading of the pages says."""


async def caption_unit(desk: Desk) -> Told:
    """Make a caption that is 2,200 characters long, and longer in UTF-16; refused, one of few bytes."""
    if await _is_taken(desk, "a" * (_LONGEST - _EMOJI) + "\N{SLIGHTLY SMILING FACE}" * _EMOJI):
        return Told("An emoji counts as one of the 2,200.", {"caption_unit": "character"})
    # Also refused where bytes are counted; then this one, of two bytes each, is refused as well.
    if await _is_taken(desk, "\N{LATIN SMALL LETTER E WITH ACUTE}" * _LONGEST):
        return Told("An emoji counts as two of the 2,200.", {"caption_unit": "utf16"})
    raise Untold("Captions of 2,200 letters are refused whatever they are: bytes may be counted.")


async def hashtags(desk: Desk) -> Told:
    """Make captions of 30 and of five hashtags."""
    for count in (CAPTION_HASHTAGS.most, CAPTION_WARN_HASHTAGS):
        if await _is_taken(desk, " ".join(f"#question{number}" for number in range(count))):
            return Told(f"A caption of {count} hashtags is taken.", {"caption_hashtags_max": count})
    raise Untold("Not even five hashtags are taken.")


async def _is_taken(desk: Desk, caption: str) -> bool:
    photo = calls.create_photo(desk.user, image_url=desk.picture, caption=caption)
    return await desk.takes(photo) is not None


async def explicit_image(desk: Desk) -> Told:
    """Make a container that says `media_type=IMAGE`, which no page documents."""
    photo = calls.create_photo(desk.user, image_url=desk.picture).with_params(media_type="IMAGE")
    if await desk.takes(photo):
        return Told("media_type=IMAGE is taken.", {"explicit_image": "accept"})
    return Told("media_type=IMAGE is refused.", {"explicit_image": "refuse"})


async def locations(desk: Desk) -> Told:
    """Make a container at a place that does not exist."""
    photo = calls.create_photo(desk.user, image_url=desk.picture, location_id=_NO_PLACE)
    if await desk.takes(photo):
        return Told("Any number is taken as a location.", {"locations": "any"})
    return Told("A location that is no place is refused.", {"locations": "found"})


async def uploads(desk: Desk) -> Told:
    """Ask for a container whose bytes would be uploaded; none are."""
    await desk.plain()
    reel = calls.resumable(calls.create_reel(desk.user, video_url=None))
    if await desk.takes(reel):
        return Told("A container for an upload is made.", {"instagram_uploads": True})
    return Told("A container for an upload is refused.", {"instagram_uploads": False})


async def carousel(desk: Desk) -> Told:
    """Make a carousel of 11 items, and if it is taken, of 20."""
    items = list[ContainerId]()
    if not await _is_carousel_taken(desk, items, FEW):
        return Told("A carousel of 11 items is refused.", {"carousel_max": FEW - 1})
    if await _is_carousel_taken(desk, items, MANY):
        return Told(f"A carousel of {MANY} items is taken.", {"carousel_max": MANY})
    return Told(f"A carousel of {FEW} items is taken, and one of {MANY} is not.", {"carousel_max": FEW})


async def _is_carousel_taken(desk: Desk, items: list[ContainerId], count: int) -> bool:
    while len(items) < count:
        item = await desk.takes(calls.create_carousel_item(desk.user, image_url=desk.picture))
        if item is None:
            raise Untold("An item of a carousel is refused.")
        await desk.ready(item)
        items.append(item)
    return await desk.takes(calls.create_carousel(desk.user, children=items)) is not None
