"""What a phone shows: posts with their comments, and direct messages.

`find_post` finds the media that a permalink names, `post_of` computes what is shown of it, also as the API
sees it, and `neighbours_of` the posts before and after. `threads_of` are the conversations.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pressroom.core.when import span_of
from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.messaging import WINDOW_S
from pressroom.sandbox.page.visit import Visit, age_of
from pressroom.sandbox.reading.media import art_address, permalink_path
from pressroom.sandbox.state.growth import numbers_of
from pressroom.sandbox.state.ids import media_id_of
from pressroom.sandbox.state.things import (
    Comment,
    ContainerKind,
    Media,
    Message,
    Person,
    StoredFile,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The posts before and after one, as paths, and its index in the order shown."""

    before: str | None = None
    after: str | None = None
    index: int = 0
    total: int = 1


# Characters of a shortcode. Decoding multiplies integers, which must not grow without limit.
_LONGEST_CODE = 20
_CAPTION_IN_ALT = 80  # characters
# Among so many newest posts a post's neighbours are looked for, so that a large account costs the same.
_NEAR = 500
_TAG_OR_MENTION = re.compile(r"([#@][\w.]+)")
_KIND_NAMES = {
    ContainerKind.PHOTO: "Photo",
    ContainerKind.REEL: "Reel",
    ContainerKind.CAROUSEL: "Carousel",
    ContainerKind.STORY: "Story",
    ContainerKind.ITEM: "Item",
}


def find_post(controls: Controls, path: str) -> tuple[Visit, Media] | None:
    """Find the media a permalink names, with its account."""
    last = path.rstrip("/").rpartition("/")[2][:_LONGEST_CODE]
    now, world = controls.scene.settle(), controls.scene.world
    media = world.media(last if path.startswith("/stories/") else media_id_of(last))
    account = None if media is None else world.account(media.user_id)
    if media is None or account is None or media.is_item:  # items have no permalink
        return None
    # The whole path must match: another folder or username is no permalink of this media.
    if permalink_path(media, account.username).rstrip("/") != path.rstrip("/"):
        return None
    return Visit(controls, account, now), media


def post_of(visit: Visit, media: Media) -> Post:
    """Compute what is shown of one media."""
    world, account = visit.world, visit.account
    items = [item for child in media.children if (item := world.media(child)) is not None]
    numbers = numbers_of(world.random_seed, media, account, visit.now)
    comments = world.comments_below(media)
    # get and not []: the latter would add an empty list to the world for each media that is looked at.
    below = list(world.comments.get(media.id) or ())[::-1]
    caption = media.caption or ""

    shown: dict[str, int] = {"Views": numbers.views, "Reach": numbers.reach, "Shares": numbers.shares}
    if media.product is MediaProductType.STORY:
        shown |= {"Replies": numbers.replies, "Profile visits": numbers.profile_visits}
    else:
        shown |= {"Likes": numbers.likes, "Comments": comments, "Saved": numbers.saved}
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
        numbers={name: f"{value:,}" for name, value in shown.items()},
        likes=f"{numbers.likes:,}",
        comments=comments,
        remarks=[_remark(visit, remark, below) for remark in below if remark.parent_id is None],
        facts=_shown_facts(media),
    )


def words_of(text: str) -> Words:
    """Split a text into parts: hashtags and mentions, and the rest."""
    return [(part, part[:1] in "#@") for part in _TAG_OR_MENTION.split(text) if part]


def _slide(media: Media) -> Slide:
    picture = media.cover if media.media_type is MediaType.VIDEO else media.file
    clip = _file_url(media.file) if media.media_type is MediaType.VIDEO else None
    alt = media.alt_text or f"{_KIND_NAMES[media.kind]}: {(media.caption or 'no caption')[:_CAPTION_IN_ALT]}"
    return Slide(poster=_file_url(picture) or art_address("", media), clip=clip, alt=alt)


def _file_url(file: StoredFile | None) -> str | None:
    """Give a file's URL here; None for one that was not fetched: the page opens no other host."""
    return f"/_sandbox/files/{file.name}" if file is not None and file.name else None


def _remark(visit: Visit, comment: Comment, below: list[Comment]) -> Remark:
    return Remark(
        id=comment.id,
        username=comment.username,
        words=words_of(comment.text),
        age=age_of(visit.now - comment.created_at),
        is_hidden=comment.is_hidden,
        replies=[_remark(visit, reply, below) for reply in below if reply.parent_id == comment.id],
    )


def _shown_facts(media: Media) -> dict[str, str]:
    facts: dict[str, Any] = {
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
        facts["Fetched from"] = media.file.source
        facts["Size"] = f"{media.file.size_bytes:,} bytes" if media.file.size_bytes else None
        facts["Length"] = f"{media.file.duration_s:.1f} s" if media.file.duration_s else None
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def live_stories(visit: Visit) -> list[Media]:
    """Give the stories of the last 24 hours, oldest first, as a phone plays them."""
    stories = visit.world.stories[visit.account.id]
    return [story for story in stories if visit.now - story.created_at < STORY_LIFETIME_S][::-1]


def neighbours_of(visit: Visit, media: Media) -> Neighbours:
    """Find the neighbours of a post among the newest of its profile, or of a story among the live ones."""
    is_story = media.product is MediaProductType.STORY
    # The feed is shown newest first, stories in the order a phone plays them.
    feed = visit.world.feeds[visit.account.id].items
    every = live_stories(visit) if is_story else feed[: -_NEAR - 1 : -1]
    index = next((place for place, other in enumerate(every) if other is media), None)
    if index is None:
        return Neighbours()
    before, after = (
        permalink_path(every[there], visit.account.username) if 0 <= there < len(every) else None
        for there in (index - 1, index + 1)
    )
    return Neighbours(before=before, after=after, index=index, total=len(every))


_PREVIEW = 60  # characters
_MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One conversation. `waits`: the person wrote last. `window`: the time left to answer; None: closed."""

    person_id: str
    username: str
    path: str
    preview: str
    age: str
    waits: bool
    window: str | None
    messages: "list[Bubble]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message. `text` None: it has attachments only."""

    text: str | None
    attachments: int
    is_own: bool
    time: str


def threads_of(visit: Visit) -> list[Thread]:
    """Give the conversations of the account, the newest first."""
    things, every = visit.world.things, visit.world.conversations.values()
    conversations = [conversation for conversation in every if conversation.user_id == visit.account.id]
    threads = list[Thread]()
    for conversation in sorted(conversations, key=lambda thread: (-thread.updated_at, -thread.number)):
        person = things.get(conversation.person_id)
        assert isinstance(person, Person)
        messages = (things.get(message_id) for message_id in conversation.messages[-_MOST_MESSAGES:])
        bubbles = [
            Bubble(
                text=message.text,
                attachments=len(message.attachments),
                is_own=message.is_own,
                time=datetime.fromtimestamp(message.created_at, UTC).strftime("%d %b, %H:%M"),
            )
            for message in messages
            if isinstance(message, Message)
        ]
        last = bubbles[-1]
        # Messaging: 24 hours after the person's last message; the 7 days of human_agent are not shown.
        left_s = 0.0 if person.wrote_at is None else person.wrote_at + WINDOW_S - visit.now
        thread = Thread(
            person_id=person.id,
            username=person.username,
            path=f"{visit.home}inbox/{person.id}",
            preview=(("You: " if last.is_own else "") + (last.text or "Attachment"))[:_PREVIEW],
            age=age_of(visit.now - conversation.updated_at),
            waits=not last.is_own,
            window=span_of(left_s) if left_s > 0 else None,
            messages=bubbles,
        )
        threads.append(thread)
    return threads
