"""What the templates show, worked out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.faults import Effect, FaultKind
from pressroom.sandbox.insights.growth import followers_at, numbers_of
from pressroom.sandbox.reading.media import art_address, permalink_path
from pressroom.sandbox.routes import CALL_NAMES
from pressroom.sandbox.state.ids import media_id_of
from pressroom.sandbox.state.things import Comment, ContainerKind, Media, StoredFile
from pressroom.sandbox.wire.log import CallRecord

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60
_TILES = 60
_LOGGED = 100
_FAILED = 400
_LONGEST_CODE = 20
_WORDS = re.compile(r"([#@][\w.]+)")
_KIND_NAMES = {
    ContainerKind.PHOTO: "Photo",
    ContainerKind.REEL: "Reel",
    ContainerKind.CAROUSEL: "Carousel",
    ContainerKind.STORY: "Story",
    ContainerKind.ITEM: "Item",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One picture or clip. `poster` stands for a clip until it plays; `clip` None: only a picture."""

    poster: str
    clip: str | None
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One media as a phone shows it. `words` are (text, is_link) pairs of the caption."""

    id: str
    kind: str
    kind_name: str
    path: str
    slides: list[Slide]
    words: list[tuple[str, bool]]
    caption: str
    age: str
    numbers: Mapping[str, str]
    likes: str
    comments: list[tuple[str, str]]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One call of the log."""

    number: int
    time: str
    method: str
    path: str
    name: str
    status: str
    is_failed: bool
    fault: str | None
    notes: tuple[str, ...]
    params: str
    answer: str


def age_of(seconds: float) -> str:
    """Spell an age as a phone does."""
    for unit_s, name in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {name}"
    return "now"


def _slide(media: Media) -> Slide:
    picture = media.cover if media.media_type is MediaType.VIDEO else media.file
    clip = _own(media.file) if media.media_type is MediaType.VIDEO else None
    alt = media.alt_text or f"{_KIND_NAMES[media.kind]}: {(media.caption or 'no caption')[:80]}"
    return Slide(poster=_own(picture) or art_address("", media), clip=clip, alt=alt)


def _own(file: StoredFile | None) -> str | None:
    """Give a file's own address here; one taken on trust lies elsewhere, which the page does not open."""
    return f"/_sandbox/files/{file.name}" if file is not None and file.name else None


def post_of(controls: Controls, media: Media, now: float) -> Post:
    """Work out one media."""
    world, account = controls.scene.world, controls.account
    items = [item for child in media.children if (item := world.media(child)) is not None]
    numbers = numbers_of(world.seed, media, account, now)
    caption = media.caption or ""
    below = world.comments.get(media.id)
    return Post(
        id=media.id,
        kind=media.kind.value,
        kind_name=_KIND_NAMES[media.kind],
        path=permalink_path(media, account.username),
        slides=[_slide(item) for item in items] or [_slide(media)],
        words=[(part, part[:1] in "#@") for part in _WORDS.split(caption) if part],
        caption=caption,
        age=age_of(now - media.created_at),
        numbers=_numbers(media, numbers, world.comments_below(media)),
        likes=f"{numbers.likes:,}",
        comments=[(one.username, one.text) for one in (below or ()) if _is_shown(one)],
        facts=_facts(media),
    )


def _is_shown(comment: Comment) -> bool:
    return not comment.is_hidden


def _numbers(media: Media, numbers: Any, comments: int) -> dict[str, str]:  # noqa: ANN401
    shown: dict[str, int] = {"Views": numbers.views, "Reach": numbers.reach, "Shares": numbers.shares}
    if media.product is MediaProductType.STORY:
        shown |= {"Replies": numbers.replies, "Profile visits": numbers.profile_visits}
    else:
        shown |= {"Likes": numbers.likes, "Comments": comments, "Saved": numbers.saved}
    return {name: f"{value:,}" for name, value in shown.items()}


def _facts(media: Media) -> dict[str, str]:
    facts = {
        "Media id": media.id,
        "Container": media.container_id or "none, posted by hand",
        "media_type": media.media_type.value,
        "media_product_type": media.product.value,
    }
    if media.file is not None:
        facts["Fetched from"] = media.file.source
    if media.file is not None and media.file.size_bytes:
        facts["Size"] = f"{media.file.size_bytes:,} bytes"
    if media.alt_text:
        facts["alt_text"] = media.alt_text
    return facts


def find_post(controls: Controls, path: str) -> Media | None:
    """Find the media a permalink names."""
    last = path.rstrip("/").rpartition("/")[2][:_LONGEST_CODE]
    media = controls.scene.world.media(last if path.startswith("/stories/") else media_id_of(last))
    if media is None or permalink_path(media, controls.account.username).rstrip("/") != path.rstrip("/"):
        return None
    return media


def profile_of(controls: Controls) -> dict[str, Any]:
    """Work out the profile page."""
    scene, account = controls.scene, controls.account
    now = scene.settle()
    world = scene.world
    feed = world.feeds[account.id]
    newest = feed.items[: -_TILES - 1 : -1]
    stories = [one for one in world.stories[account.id] if now - one.created_at < STORY_LIFETIME_S]
    used = world.published_since(account.id, now - _DAY_S)
    return {
        "account": account,
        "posts": [post_of(controls, one, now) for one in newest],
        "stories": [post_of(controls, one, now) for one in stories],
        "media_count": f"{len(feed):,}",
        "followers": f"{followers_at(account, now):,}",
        "follows": f"{account.follows:,}",
        "quota_used": used,
        "quota_total": scene.settings.quota_total,
        "clock": scene.clock.now().strftime("%H:%M"),
        "today": scene.clock.now().strftime("%d %b %Y, %H:%M UTC"),
        "fetch": scene.settings.fetch,
        "is_hostile": scene.settings.hostile,
        "faults": [one.fault for one in scene.faults.list()],
        "rows": rows_of(controls, since=0),
        "call_names": sorted(CALL_NAMES),
        "fault_kinds": list(FaultKind),
        "effects": list(Effect),
    }


def rows_of(controls: Controls, *, since: int) -> list[Row]:
    """Give the calls after a number, newest first."""
    records = controls.scene.log.records(since=since)[-_LOGGED:]
    return [_row(one) for one in reversed(records)]


def _row(one: CallRecord) -> Row:
    return Row(
        number=one.number,
        time=one.at.strftime("%H:%M:%S"),
        method=one.method,
        path=one.path,
        name=one.name or "no such call",
        status="no answer" if one.status is None else str(one.status),
        is_failed=one.status is None or one.status >= _FAILED,
        fault=one.fault,
        notes=one.notes,
        params=_pretty(one.params),
        answer=_pretty(one.answer),
    )


def _pretty(value: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
    if value is None:
        return "nothing"
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def feed_mark(controls: Controls) -> str:
    """Tell one state of the profile from another."""
    world, user = controls.scene.world, controls.user_id
    faults = ",".join(str(one.id) for one in controls.scene.faults.list())
    return f"{len(world.feeds[user])}/{len(world.stories[user])}/{world.numbered}/{faults}"
