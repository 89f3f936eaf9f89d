"""One media as a phone shows it, and as the API sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.visit import Visit, age_of
from pressroom.sandbox.reading.media import art_address, permalink_path
from pressroom.sandbox.state.growth import Numbers, numbers_of
from pressroom.sandbox.state.ids import media_id_of
from pressroom.sandbox.state.things import Comment, ContainerKind, Media, StoredFile

_LONGEST_CODE = 20  # characters; decoding multiplies whole numbers, which must not grow without limit
_SHORT = 80
_NEAR = 500  # newest posts among which a post's neighbours are looked for: a large account costs the same
_WORDS = re.compile(r"([#@][\w.]+)")
_KIND_NAMES = {
    ContainerKind.PHOTO: "Photo",
    ContainerKind.REEL: "Reel",
    ContainerKind.CAROUSEL: "Carousel",
    ContainerKind.STORY: "Story",
    ContainerKind.ITEM: "Item",
}
Words = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One picture or clip. `poster`: shown until the clip plays; `clip` None: it is a picture."""

    poster: str
    clip: str | None
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One comment with its replies, oldest first. `words` are (text, is_link) pairs."""

    id: str
    username: str
    words: Words
    age: str
    is_hidden: bool
    replies: "list[Remark]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One media. `words` are (text, is_link) pairs of the caption; `path` is None for somebody else's."""

    id: str
    kind: str
    kind_name: str
    username: str
    path: str | None
    slides: list[Slide]
    words: Words
    caption: str
    age: str
    numbers: Mapping[str, str]
    likes: str
    comments: int
    remarks: list[Remark]
    facts: Mapping[str, str]


def post_of(visit: Visit, media: Media) -> Post:
    """Compute what is shown of one media."""
    world, account = visit.world, visit.account
    items = [item for child in media.children if (item := world.media(child)) is not None]
    numbers = numbers_of(world.random_seed, media, account, visit.now)
    caption = media.caption or ""
    return Post(
        id=media.id,
        kind=media.kind.value,
        kind_name=_KIND_NAMES[media.kind],
        username=media.author or account.username,
        path=None if media.author else permalink_path(media, account.username),
        slides=[_slide(item) for item in items] or [_slide(media)],
        words=words_of(caption),
        caption=caption,
        age=age_of(visit.now - media.created_at),
        numbers=_numbers(media, numbers, world.comments_below(media)),
        likes=f"{numbers.likes:,}",
        comments=world.comments_below(media),
        remarks=_remarks(visit, media),
        facts=_facts(media),
    )


def words_of(text: str) -> Words:
    """Split a text into parts: hashtags and mentions, and the rest."""
    return [(part, part[:1] in "#@") for part in _WORDS.split(text) if part]


def _slide(media: Media) -> Slide:
    picture = media.cover if media.media_type is MediaType.VIDEO else media.file
    clip = _own(media.file) if media.media_type is MediaType.VIDEO else None
    alt = media.alt_text or f"{_KIND_NAMES[media.kind]}: {(media.caption or 'no caption')[:_SHORT]}"
    return Slide(poster=_own(picture) or art_address("", media), clip=clip, alt=alt)


def _own(file: StoredFile | None) -> str | None:
    """Give a file's URL here; None for one that was not fetched: the page opens no other host."""
    return f"/_sandbox/files/{file.name}" if file is not None and file.name else None


def _remarks(visit: Visit, media: Media) -> list[Remark]:
    # get and not []: the latter would add an empty list to the world for each media that is looked at.
    below = list(visit.world.comments.get(media.id) or ())[::-1]
    return [_remark(visit, one, below) for one in below if one.parent_id is None]


def _remark(visit: Visit, comment: Comment, below: list[Comment]) -> Remark:
    return Remark(
        id=comment.id,
        username=comment.username,
        words=words_of(comment.text),
        age=age_of(visit.now - comment.created_at),
        is_hidden=comment.is_hidden,
        replies=[_remark(visit, one, below) for one in below if one.parent_id == comment.id],
    )


def _numbers(media: Media, numbers: Numbers, comments: int) -> dict[str, str]:
    shown: dict[str, int] = {"Views": numbers.views, "Reach": numbers.reach, "Shares": numbers.shares}
    if media.product is MediaProductType.STORY:
        shown |= {"Replies": numbers.replies, "Profile visits": numbers.profile_visits}
    else:
        shown |= {"Likes": numbers.likes, "Comments": comments, "Saved": numbers.saved}
    return {name: f"{value:,}" for name, value in shown.items()}


def _facts(media: Media) -> dict[str, str]:
    known: dict[str, Any] = {
        "Media id": media.id,
        "Container": media.container_id or "none, posted by hand",
        "media_type": media.media_type.value,
        "media_product_type": media.product.value,
        "children": ", ".join(media.children),
        "alt_text": media.alt_text,
        "collaborators": ", ".join(media.collaborators),
        "user_tags": ", ".join(str(tag.get("username", "")) for tag in media.user_tags),
        "is_ai_generated": media.is_ai_generated,
    }
    if media.file is not None:
        known["Fetched from"] = media.file.source
        known["Size"] = f"{media.file.size_bytes:,} bytes" if media.file.size_bytes else None
        known["Length"] = f"{media.file.duration_s:.1f} s" if media.file.duration_s else None
    return {name: str(value) for name, value in known.items() if value not in (None, "")}


def find_post(controls: Controls, path: str) -> tuple[Visit, Media] | None:
    """Find the media a permalink names, with its account."""
    last = path.rstrip("/").rpartition("/")[2][:_LONGEST_CODE]
    now = controls.scene.settle()
    world = controls.scene.world
    media = world.media(last if path.startswith("/stories/") else media_id_of(last))
    account = None if media is None else world.account(media.user_id)
    if media is None or account is None or media.is_item:  # items have no permalink
        return None
    # The whole path must match: another folder or username is no permalink of this media.
    if permalink_path(media, account.username).rstrip("/") != path.rstrip("/"):
        return None
    return Visit(controls, account, now), media


def live_stories(visit: Visit) -> list[Media]:
    """Give the stories of the last 24 hours, oldest first, as a phone plays them."""
    held = visit.world.stories[visit.account.id]
    return [one for one in held if visit.now - one.created_at < STORY_LIFETIME_S][::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The posts before and after one, as paths, and its index in the order shown."""

    before: str | None = None
    after: str | None = None
    index: int = 0
    total: int = 1


def neighbours_of(visit: Visit, media: Media) -> Neighbours:
    """Find the neighbours of a post among the newest of its profile, or of a story among the live ones."""
    is_story = media.product is MediaProductType.STORY
    held = live_stories(visit) if is_story else visit.world.feeds[visit.account.id].items[: -_NEAR - 1 : -1]
    index = next((place for place, one in enumerate(held) if one is media), None)
    if index is None:
        return Neighbours()
    before, after = (
        permalink_path(held[there], visit.account.username) if 0 <= there < len(held) else None
        for there in (index - 1, index + 1)
    )
    return Neighbours(before=before, after=after, index=index, total=len(held))
