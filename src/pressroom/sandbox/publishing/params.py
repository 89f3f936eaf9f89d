"""Parses the parameters of a container, each by its documented rule (IG User, Media).

`read_parameter` parses a parameter by the function that `_READERS` has for its name, and checks its count
limits. The functions before it are in the order of the table.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pressroom.graph.limits import CAPTION_CHARACTERS, CAPTION_HASHTAGS, COUNT_LIMITS, CountLimit
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.state.ids import is_place, may_be_page
from pressroom.sandbox.wire.answer import invalid, refusal

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
        raise refusal(9004, 2207052)
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


def _sponsors(call: GraphCall, name: str) -> Sequence[str] | None:
    sponsors = call.items(name)
    if len(sponsors) > MAX_SPONSORS:
        raise invalid(f"Param {name} must hold at most {MAX_SPONSORS} elements")
    return sponsors or None


def _collaborators(call: GraphCall, name: str) -> Sequence[str] | None:
    usernames = call.items(name)
    # 110/2207018 has been observed for names with `@`.
    if any(username.startswith("@") for username in usernames):
        raise refusal(110, 2207018)
    return usernames or None


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
    for volume in (value[key] for key in ("audio_volume", "video_volume") if key in value):
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
    "caption": GraphCall.text,
    "alt_text": GraphCall.text,
    "location_id": _location,
    "user_tags": _user_tags,
    "product_tags": product_tags,
    "collaborators": _collaborators,
    "cover_url": read_url,
    "thumb_offset": _thumb_offset,
    "share_to_feed": GraphCall.flag,
    "audio_name": GraphCall.text,
    "audio_configuration": _audio,
    "trial_params": _trial,
    "is_ai_generated": GraphCall.flag,
    "is_paid_partnership": GraphCall.flag,
    "branded_content_sponsor_ids": _sponsors,
    "poll_attachment": _poll,
    "is_poll_duration_extended": GraphCall.flag,
    "is_comment_prompt_used": GraphCall.flag,
}


def read_parameter(call: GraphCall, name: str) -> Any:  # noqa: ANN401  # each parameter's own
    """Parse a parameter and check its count limits; None where it is empty. Raises GraphRefusal."""
    value = _READERS[name](call, name)
    # The same rows as the client's own check before a call, so that the two cannot drift apart.
    for limit in COUNT_LIMITS:
        if limit.parameter == name and value is not None and _has_too_many(call, limit, value):
            if limit.subcode is None:
                raise invalid(f"Param {limit.parameter} must hold at most {limit.most} {limit.words}")
            raise refusal(limit.code, limit.subcode)
    return value


def _has_too_many(call: GraphCall, limit: CountLimit, value: Any) -> bool:  # noqa: ANN401  # a text or list
    settings = call.scene.settings
    if limit is CAPTION_CHARACTERS and settings.caption_unit == "character":
        return len(value) > limit.most
    most = settings.caption_hashtags_max if limit is CAPTION_HASHTAGS else limit.most
    return limit.count(value) > most
