"""Which parameters each kind of container takes, and the rule of each (IG User, Media, its table).

`read_draft` parses and checks a call that creates a container. `read_parameter` parses one parameter by the
function that `_READERS` has for its name, and checks it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NoReturn
from urllib.parse import urlsplit

from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import CAPTION_CHARACTERS, CAPTION_HASHTAGS, CAROUSEL_MIN_ITEMS, COUNT_LIMITS
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.tokens import check_scope
from pressroom.sandbox.state.ids import is_place, may_be_page
from pressroom.sandbox.state.things import AccountType, ContainerKind
from pressroom.sandbox.wire.answer import GraphRefusal, invalid, missing, refusal

MAX_PRODUCT_TAGS = 5
MAX_SPONSORS = 2
# Inferred: the keys are documented for reading a poll, not for making one.
POLL_OPTIONS = ("option_a", "option_b", "option_c", "option_d")
_MIN_POLL_OPTIONS = 2
_LOUDEST = 100
_STRATEGIES = ("MANUAL", "SS_PERFORMANCE")

Reader = Callable[[GraphCall, str], Any]


def read_url(call: GraphCall, name: str) -> str | None:
    """Parse an URL. Raises GraphRefusal (9004/2207052) for one that is not http(s)."""
    value = call.text(name)
    if value is None:
        return None
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise refusal(9004, 2207052, url=value)
    return value.strip()


def _location(call: GraphCall, name: str) -> str | None:
    """Parse an id that may be that of a Page with a location, as Meta demands."""
    value = call.text(name)
    if value is None:
        return None
    world = call.scene.world
    if call.scene.settings.locations == "found" or not may_be_page(value):
        is_allowed = is_place(value)
    else:
        # The Pages and persons of accounts here have no location. Of other Pages nothing is known.
        persons = [(account.page_id, account.facebook_user_id) for account in world.accounts.values()]
        is_here = value in world.things or world.account(value) is not None
        is_allowed = not is_here and not any(value in ids for ids in persons)
    if not is_allowed:
        raise invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    return value


def has_place(tag: Mapping[str, Any]) -> bool:
    """Tell whether a tag has a position."""
    return tag.get("x") is not None and tag.get("y") is not None


def check_place(tag: Mapping[str, Any]) -> None:
    """Raise GraphRefusal for a tag outside the picture: x and y run from 0.0 to 1.0, from the top left."""
    for axis in ("x", "y"):
        try:
            place = float(tag.get(axis) or 0)
        except (TypeError, ValueError, OverflowError):
            raise invalid(f"Param {axis} of a tag must be a number") from None
        if not 0.0 <= place <= 1.0:
            raise invalid(f"Param {axis} of a tag must be between 0.0 and 1.0")


def product_tags(call: GraphCall, name: str) -> list[dict[str, Any]] | None:
    """Parse product tags. Raises GraphRefusal (100/2207037) for more than 5, or one without a product."""
    tags = call.objects(name)
    if len(tags) > MAX_PRODUCT_TAGS or not all(tag.get("product_id") for tag in tags):
        raise refusal(100, 2207037)
    for tag in tags:
        check_place(tag)
    return tags or None


def _check_list(call: GraphCall, name: str, entries: Sequence[Any]) -> None:
    match name:
        case "user_tags":
            names = {account.username.casefold() for account in call.scene.world.accounts.values()}
            takes_strangers = call.scene.settings.unknown_tags != "refuse"
            for tag in entries:
                if not tag.get("username"):
                    raise invalid("Param user_tags must hold a username in each tag")
                check_place(tag)
                if not takes_strangers and str(tag["username"]).casefold() not in names:
                    raise refusal(110, 2207018)
        case "branded_content_sponsor_ids" if len(entries) > MAX_SPONSORS:
            raise invalid(f"Param {name} must hold at most {MAX_SPONSORS} elements")
        # 110/2207018 has been observed for names with `@`.
        case "collaborators" if any(username.startswith("@") for username in entries):
            raise refusal(110, 2207018)
        case _:
            pass


def _check_object(call: GraphCall, name: str, value: Mapping[str, Any]) -> None:
    match name:
        case "trial_params" if value.get("graduation_strategy") not in _STRATEGIES:
            raise invalid(f"Param graduation_strategy must be one of {{{', '.join(_STRATEGIES)}}}")
        case "audio_configuration":
            if not str(value.get("audio_id") or "").isdigit():
                raise invalid("Param audio_configuration must hold an audio_id")
            for volume in (value[key] for key in ("audio_volume", "video_volume") if key in value):
                if not isinstance(volume, int) or not 0 <= volume <= _LOUDEST:
                    raise invalid(f"The volumes of audio_configuration are integers from 0 to {_LOUDEST}")
        case "poll_attachment":
            if sum(bool(value.get(option)) for option in POLL_OPTIONS) < _MIN_POLL_OPTIONS:
                raise invalid("Param poll_attachment must hold 2 to 4 options")
            if call.flag("is_comment_prompt_used"):
                raise invalid("A poll and a comment prompt exclude each other")
        case _:
            pass


_READERS: Mapping[str, Reader] = {
    "caption": GraphCall.text,
    "alt_text": GraphCall.text,
    "location_id": _location,
    "user_tags": GraphCall.objects,
    "product_tags": product_tags,
    "collaborators": GraphCall.items,
    "cover_url": read_url,
    "thumb_offset": GraphCall.number,
    "share_to_feed": GraphCall.flag,
    "audio_name": GraphCall.text,
    "audio_configuration": GraphCall.mapping,
    "trial_params": GraphCall.mapping,
    "is_ai_generated": GraphCall.flag,
    "is_paid_partnership": GraphCall.flag,
    "branded_content_sponsor_ids": GraphCall.items,
    "poll_attachment": GraphCall.mapping,
    "is_poll_duration_extended": GraphCall.flag,
    "is_comment_prompt_used": GraphCall.flag,
}


def read_parameter(call: GraphCall, name: str) -> Any:  # noqa: ANN401  # each parameter's own
    """Parse a parameter and check its count limits; None where it is empty. Raises GraphRefusal."""
    reader, settings = _READERS[name], call.scene.settings
    value = reader(call, name)
    if value is None or value == []:
        return None
    if reader in (GraphCall.items, GraphCall.objects):
        _check_list(call, name, value)
    elif reader is GraphCall.mapping:
        _check_object(call, name, value)
    # The upper bound needs the clip's length: `fetching` checks it once the clip is here.
    elif name == "thumb_offset" and value < 0:
        raise refusal(1, 2207057)
    # The same rows as the client's own check before a call, so that the two cannot drift apart.
    for limit in (limit for limit in COUNT_LIMITS if limit.parameter == name):
        most = settings.caption_hashtags_max if limit is CAPTION_HASHTAGS else limit.most
        is_by_character = limit is CAPTION_CHARACTERS and settings.caption_unit == "character"
        if (len(value) if is_by_character else limit.count(value)) <= most:
            continue
        if limit.subcode is None:
            raise invalid(f"Param {limit.parameter} must hold at most {limit.most} {limit.words}")
        # The text for people is of a caption's length, whatever it has too much of.
        length, longest = str(len(value)), str(CAPTION_CHARACTERS.most)
        raise refusal(limit.code, limit.subcode, length=length, most=longest)
    return value


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
# The docs page shows this table (`surface`), in this order.
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
    "The VIDEO value for media_type is deprecated. "
    "Use the REELS media type to publish a video to your Instagram feed."
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
                raise refusal(24, 2207006, id=child)
            if item.kind is not ContainerKind.ITEM:
                raise invalid(f"Container {child} was not made with is_carousel_item")
        return Draft(kind=kind, children=children, params=_carried(call, Column.PARENT))
    is_lone = kind is ContainerKind.ITEM and not call.flag("is_carousel_item")
    is_uploaded = (call.text("upload_type") or "").lower() == "resumable"
    takes_uploads = call.login is not LoginType.INSTAGRAM or call.scene.settings.instagram_uploads
    if is_uploaded and (not takes_uploads or kind is ContainerKind.PHOTO):
        # The missing URL is refused below (Resumable Uploads: under Facebook Login, and for clips).
        call.notes.append("upload_type=resumable is not offered here and was left out")
    elif is_uploaded:
        params = _carried(call, _column(kind, is_video=True))
        return Draft(kind=kind, is_uploaded=True, is_lone_video=is_lone, params=params)
    image, video = _sources(call, kind)
    params = _carried(call, _column(kind, is_video=video is not None))
    return Draft(kind=kind, image_url=image, video_url=video, is_lone_video=is_lone, params=params)


def _kind(call: GraphCall) -> ContainerKind:
    media_type = (call.text("media_type") or "").upper()
    if media_type and media_type not in _MEDIA_TYPES:
        raise refusal(100, 2207023, media_type=media_type)
    if media_type == "IMAGE" and call.scene.settings.explicit_image == "refuse":
        raise refusal(100, 2207023, media_type=media_type)
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
    is_item = bool(call.flag("is_carousel_item"))
    if media_type == "VIDEO" and not is_item:
        if call.scene.settings.lone_video == "refuse":
            # The three texts are recorded, the code is that of the message.
            title = "Unsupported media type VIDEO"
            raise GraphRefusal(100, message="Invalid parameter", title=title, user_message=_VIDEO_IS_GONE)
        call.notes.append("media_type=VIDEO makes a carousel item: a single clip is published as REELS")
    return ContainerKind.ITEM if is_item or media_type == "VIDEO" else ContainerKind.PHOTO


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
        carried[name] = read_parameter(call, name)
    carried = {name: value for name, value in carried.items() if value is not None}

    # Pictures need positions; a clip's product tags must have none (Error Codes, 2207035 and 2207036).
    products = carried.get("product_tags", ())
    if column in _PLACED and not all(has_place(tag) for tag in carried.get("user_tags", ())):
        raise invalid("Param user_tags must hold x and y for each tag of an image")
    if column in (Column.REEL, Column.VIDEO_ITEM) and any(has_place(tag) for tag in products):
        raise refusal(100, 2207035)
    if column in _PLACED and not all(has_place(tag) for tag in products):
        raise refusal(100, 2207036)
    return carried
