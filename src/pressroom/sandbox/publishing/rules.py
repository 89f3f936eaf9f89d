"""Which parameters each kind of container takes.

Source: IG User, Media, the table of parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NoReturn

from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import CAROUSEL_MIN_ITEMS
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.publishing.params import has_place, read_parameter, read_url
from pressroom.sandbox.state.things import AccountType, ContainerKind
from pressroom.sandbox.wire.answer import invalid, missing, refusal


class Column(Enum):
    """A column of Meta's table."""

    IMAGE = auto()
    REEL = auto()
    STORY = auto()
    IMAGE_ITEM = auto()
    VIDEO_ITEM = auto()
    PARENT = auto()


_COLUMNS = {
    ContainerKind.PHOTO: Column.IMAGE,
    ContainerKind.REEL: Column.REEL,
    ContainerKind.STORY: Column.STORY,
}
_POSTS = frozenset({Column.IMAGE, Column.REEL, Column.PARENT})
_ITEMS = frozenset({Column.IMAGE_ITEM, Column.VIDEO_ITEM})
# The docs page shows this table (`surface.description`), in this order.
TAKEN_BY: Mapping[str, frozenset[Column]] = {
    "caption": _POSTS,
    "alt_text": frozenset({Column.IMAGE, Column.IMAGE_ITEM}),
    "location_id": _POSTS,
    "user_tags": frozenset({Column.IMAGE, Column.REEL, Column.STORY, Column.IMAGE_ITEM}),
    "product_tags": _POSTS | _ITEMS,
    "collaborators": _POSTS,
    "cover_url": frozenset({Column.REEL}),
    "thumb_offset": frozenset({Column.REEL, Column.VIDEO_ITEM}),
    "share_to_feed": frozenset({Column.REEL, Column.PARENT}),
    "audio_name": frozenset({Column.REEL}),
    "audio_configuration": frozenset({Column.REEL}),
    "trial_params": frozenset({Column.REEL}),
    "is_ai_generated": _POSTS | {Column.STORY},  # since 2026-06-22, under both logins (Changelog)
    "is_paid_partnership": _POSTS | {Column.STORY},
    "branded_content_sponsor_ids": _POSTS | {Column.STORY},
    # The caption add-ons, since 2026-09-28 (Changelog).
    "poll_attachment": _POSTS,
    "is_poll_duration_extended": _POSTS,
    "is_comment_prompt_used": _POSTS,
}
FACEBOOK_ONLY = frozenset(
    {
        "audio_configuration",
        "product_tags",
        "is_paid_partnership",
        "branded_content_sponsor_ids",
        "poll_attachment",
        "is_poll_duration_extended",
        "is_comment_prompt_used",
    }
)
# Programs that send every parameter send these for what they do not mean: as good as absent.
_AS_ABSENT = ("false", "False", "0", "[]")
# Meta refuses these on items: the first is documented, the second observed. Others are ignored, unless set.
_REFUSED_ON_ITEMS = {
    "is_ai_generated": "Param is_ai_generated is not taken by carousel items",
    "collaborators": "The param collaborators is not allowed for carousel child",
}
_PLACED = frozenset({Column.IMAGE, Column.IMAGE_ITEM})
_MEDIA_TYPES = frozenset({"IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"})
# Since November 2023 there is no lone feed video (Changelog). In February 2026 such a container could be made
# and counted as a carousel item (observed).
_VIDEO_IS_GONE = (
    "The VIDEO value for media_type is no longer supported. "
    "Use the REELS media type to publish a video to your Instagram feed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A container as requested, checked as far as possible without its files."""

    kind: ContainerKind
    image_url: str | None = None
    video_url: str | None = None
    is_uploaded: bool = False
    is_lone_video: bool = False
    children: tuple[str, ...] = ()
    params: Mapping[str, Any]

    @property
    def cover_url(self) -> str | None:
        """The cover of a reel."""
        return self.params.get("cover_url")

    @property
    def is_video(self) -> bool:
        """Whether its file is a clip."""
        return self.is_uploaded or self.video_url is not None


def read_draft(call: GraphCall) -> Draft:
    """Parse and check `POST /{user}/media`. Raises GraphRefusal for the first rule it breaks."""
    kind = _kind(call)
    if kind is ContainerKind.CAROUSEL:
        children = tuple(call.items("children"))
        if not children:
            raise missing("children")
        if not CAROUSEL_MIN_ITEMS <= len(children) <= call.scene.settings.carousel_max:
            raise refusal(100, 2207028)
        for child in children:
            item = call.scene.world.container(child)
            # Unknown and foreign alike: children must be of the same account.
            if item is None or item.user_id != call.account.id:
                raise refusal(24, 2207006)
            if item.kind is not ContainerKind.ITEM:
                raise invalid(f"Container {child} was not made with is_carousel_item")
        return Draft(kind=kind, children=children, params=_carried(call, Column.PARENT))
    is_lone = kind is ContainerKind.ITEM and not call.flag("is_carousel_item")
    if _is_uploaded(call, kind):
        params = _carried(call, _column(kind, is_video=True))
        return Draft(kind=kind, is_uploaded=True, is_lone_video=is_lone, params=params)
    image, video = _sources(call, kind)
    params = _carried(call, _column(kind, is_video=video is not None))
    return Draft(kind=kind, image_url=image, video_url=video, is_lone_video=is_lone, params=params)


def _is_uploaded(call: GraphCall, kind: ContainerKind) -> bool:
    """Tell whether the bytes will be uploaded: under Facebook Login only, and for clips only.

    Elsewhere the parameter is left out with a note, and the missing URL is refused (Resumable Uploads).
    """
    if (call.text("upload_type") or "").lower() != "resumable":
        return False
    is_offered = call.login is not LoginType.INSTAGRAM or call.scene.settings.instagram_uploads
    if not is_offered or kind is ContainerKind.PHOTO:
        call.notes.append("upload_type=resumable is not offered here and was left out")
        return False
    return True


def _kind(call: GraphCall) -> ContainerKind:
    media_type = (call.text("media_type") or "").upper()
    if media_type and media_type not in _MEDIA_TYPES:
        raise refusal(100, 2207023)
    if media_type == "IMAGE" and call.scene.settings.explicit_image == "refuse":
        raise refusal(100, 2207023)
    if media_type == "CAROUSEL":
        return ContainerKind.CAROUSEL
    if media_type == "STORIES":
        # Stories are documented as Business-only on the Facebook Login side; Creators get code 10 (observed).
        if call.login is LoginType.FACEBOOK and call.account.account_type is not AccountType.BUSINESS:
            raise refusal(10)
        return ContainerKind.STORY
    if media_type == "REELS":
        if call.flag("is_carousel_item"):
            raise invalid("Reels cannot be carousel items")
        return ContainerKind.REEL
    if call.flag("is_carousel_item"):
        return ContainerKind.ITEM
    return _lone_video(call) if media_type == "VIDEO" else ContainerKind.PHOTO


def _lone_video(call: GraphCall) -> ContainerKind:
    if call.scene.settings.lone_video == "refuse":
        raise invalid(_VIDEO_IS_GONE)
    call.notes.append("media_type=VIDEO makes a carousel item: a single clip is published as REELS")
    return ContainerKind.ITEM


def _sources(call: GraphCall, kind: ContainerKind) -> tuple[str | None, str | None]:
    image, video = read_url(call, "image_url"), read_url(call, "video_url")
    # A story and an item may be either; a reel and a photo ignore the other's URL.
    if kind is ContainerKind.REEL:
        return None, video or _refuse_missing("video_url")
    if kind is ContainerKind.PHOTO:
        return image or _refuse_missing("image_url"), None
    if (call.text("media_type") or "").upper() == "VIDEO":
        return None, video or _refuse_missing("video_url")
    if image and video:
        raise invalid("Only one of image_url and video_url may be given")
    return (None, video) if video else (image or _refuse_missing("image_url"), None)


def _refuse_missing(name: str) -> NoReturn:
    raise missing(name)


def _column(kind: ContainerKind, *, is_video: bool) -> Column:
    if kind is ContainerKind.ITEM:
        return Column.VIDEO_ITEM if is_video else Column.IMAGE_ITEM
    return _COLUMNS[kind]


def _carried(call: GraphCall, column: Column) -> dict[str, Any]:
    carried: dict[str, Any] = {}
    for name, columns in TAKEN_BY.items():
        if call.text(name) is None:
            continue
        if column not in columns or (name in FACEBOOK_ONLY and call.login is LoginType.INSTAGRAM):
            words = f"{name} is not taken by {column.name.lower().replace('_', ' ')} containers"
            if name in _REFUSED_ON_ITEMS and column in _ITEMS and call.text(name) not in _AS_ABSENT:
                raise invalid(_REFUSED_ON_ITEMS[name])
            if call.scene.settings.unsupported == "refuse":
                raise invalid(f"Param {words}")
            call.notes.append(f"{words} and was left out")
            continue
        if name == "product_tags":  # they need the shop's permission beyond that of publishing
            check_scope(call.token, Permission.SHOPPING)
        value = read_parameter(call, name)
        if value is not None:
            carried[name] = value
    _check_places(carried, column)
    return carried


def _check_places(carried: Mapping[str, Any], column: Column) -> None:
    # Pictures need positions; a clip's product tags must have none (Error Codes, 2207035 and 2207036).
    if column in _PLACED and not all(has_place(tag) for tag in carried.get("user_tags", ())):
        raise invalid("Param user_tags must hold x and y for each tag of an image")
    products = carried.get("product_tags", ())
    is_video = column in (Column.REEL, Column.VIDEO_ITEM)
    if is_video and any(has_place(tag) for tag in products):
        raise refusal(100, 2207035)
    if column in _PLACED and not all(has_place(tag) for tag in products):
        raise refusal(100, 2207036)
