"""Parses the parameters of a container, each by its documented rule (IG User, Media)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pressroom.graph.limits import CAPTION_CHARACTERS, CAPTION_HASHTAGS, COUNT_LIMITS, CountLimit
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.state.ids import is_place, may_be_page
from pressroom.sandbox.wire.refusals import GraphRefusal, invalid, refusal

MAX_PRODUCT_TAGS = 5
MAX_SPONSORS = 2
# Inferred: the keys are documented for reading a poll, not for making one.
POLL_OPTIONS = ("option_a", "option_b", "option_c", "option_d")
_MIN_POLL_OPTIONS = 2
_LOUDEST = 100
_STRATEGIES = ("MANUAL", "SS_PERFORMANCE")

Reader = Callable[[GraphCall, str], Any]


def _text(call: GraphCall, name: str) -> str | None:
    return call.text(name)


def _flag(call: GraphCall, name: str) -> bool | None:
    return call.flag(name)


def url(call: GraphCall, name: str) -> str | None:
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
        raise refusal(9004, 2207052)
    return value.strip()


def _location(call: GraphCall, name: str) -> str | None:
    value = call.text(name)
    if value is not None and not _is_place(call, value):
        raise invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    return value


def _is_place(call: GraphCall, value: str) -> bool:
    """Tell whether an id may be that of a Page with a location, as Meta demands."""
    if call.scene.settings.locations == "found" or not may_be_page(value):
        return is_place(value)
    # The Pages and persons of accounts here have no location. Of other Pages nothing is known.
    world = call.scene.world
    known = {name for one in world.accounts.values() for name in (one.page_id, one.facebook_user_id)}
    return value not in known and value not in world.things and world.account(value) is None


def _user_tags(call: GraphCall, name: str) -> list[dict[str, Any]] | None:
    tags = call.objects(name)
    for tag in tags:
        if not tag.get("username"):
            raise invalid("Param user_tags must hold a username in each tag")
        check_place(tag)
    return tags or None


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


def _some(most: int) -> Reader:
    def read(call: GraphCall, name: str) -> Sequence[str] | None:
        found = call.items(name)
        if len(found) > most:
            raise invalid(f"Param {name} must hold at most {most} elements")
        return found or None

    return read


def _collaborators(call: GraphCall, name: str) -> Sequence[str] | None:
    found = call.items(name)
    if any(one.startswith("@") for one in found):  # 110/2207018 has been observed for names with `@`
        raise refusal(110, 2207018)
    return found or None


def _thumb_offset(call: GraphCall, name: str) -> int | None:
    value = call.number(name)
    # The upper bound needs the clip's length: `fetching` checks it once the clip is here.
    if value is not None and value < 0:
        raise refusal(1, 2207057)
    return value


def _trial(call: GraphCall, name: str) -> Mapping[str, Any] | None:
    value = call.mapping(name)
    if value is not None and value.get("graduation_strategy") not in _STRATEGIES:
        raise invalid(f"Param graduation_strategy must be one of {{{', '.join(_STRATEGIES)}}}")
    return value


def _audio(call: GraphCall, name: str) -> Mapping[str, Any] | None:
    value = call.mapping(name)
    if value is None:
        return None
    if not str(value.get("audio_id") or "").isdigit():
        raise invalid("Param audio_configuration must hold an audio_id")
    for volume in (value[one] for one in ("audio_volume", "video_volume") if one in value):
        if not isinstance(volume, int) or not 0 <= volume <= _LOUDEST:
            raise invalid(f"The volumes of audio_configuration are integers from 0 to {_LOUDEST}")
    return value


def _poll(call: GraphCall, name: str) -> Mapping[str, Any] | None:
    value = call.mapping(name)
    if value is None:
        return None
    options = [option for option in POLL_OPTIONS if value.get(option)]
    if len(options) < _MIN_POLL_OPTIONS:
        raise invalid("Param poll_attachment must hold 2 to 4 options")
    if call.flag("is_comment_prompt_used"):
        raise invalid("A poll and a comment prompt exclude each other")
    return value


_READERS: Mapping[str, Reader] = {
    "caption": _text,
    "alt_text": _text,
    "location_id": _location,
    "user_tags": _user_tags,
    "product_tags": product_tags,
    "collaborators": _collaborators,
    "cover_url": url,
    "thumb_offset": _thumb_offset,
    "share_to_feed": _flag,
    "audio_name": _text,
    "audio_configuration": _audio,
    "trial_params": _trial,
    "is_ai_generated": _flag,
    "is_paid_partnership": _flag,
    "branded_content_sponsor_ids": _some(MAX_SPONSORS),
    "poll_attachment": _poll,
    "is_poll_duration_extended": _flag,
    "is_comment_prompt_used": _flag,
}


def read(call: GraphCall, name: str) -> Any:  # noqa: ANN401  # each parameter's own
    """Parse a parameter and check its count limits; None where it is empty. Raises GraphRefusal."""
    value = _READERS[name](call, name)
    # The same rows as the client's own check before a call, so that the two cannot drift apart.
    for limit in COUNT_LIMITS:
        if limit.parameter == name and value is not None and _has_too_many(call, limit, value):
            raise _too_many(limit)
    return value


def _has_too_many(call: GraphCall, limit: CountLimit, value: Any) -> bool:  # noqa: ANN401  # a text or list
    settings = call.scene.settings
    if limit is CAPTION_CHARACTERS and settings.caption_unit == "character":
        return len(value) > limit.most
    most = settings.caption_hashtags_max if limit is CAPTION_HASHTAGS else limit.most
    return limit.count(value) > most


def _too_many(limit: CountLimit) -> GraphRefusal:
    if limit.subcode is None:
        return invalid(f"Param {limit.parameter} must hold at most {limit.most} {limit.words}")
    return refusal(limit.code, limit.subcode)
