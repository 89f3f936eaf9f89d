"""A sample event of every field an app may subscribe to, to try a receiver with.

Source: https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from collections.abc import Mapping
from typing import Any

from pressroom.sandbox.state.things import Event

_PERSON, _MEDIA, _COMMENT, _MID = "17841480000000001", "17900000000000001", "17860000000000001", "aWdfZAG1f1"
_REACTION = {"mid": _MID, "action": "react", "reaction": "love", "emoji": "\u2764"}
# Still the names of the metrics before `views` and `navigation` (Webhooks, Examples).
_STORY = {
    "media_id": _MEDIA,
    "impressions": 444,
    "reach": 44,
    "taps_forward": 4,
    "taps_back": 3,
    "exits": 3,
    "replies": 0,
}
_CHANGES: Mapping[str, dict[str, Any]] = {
    "comments": {
        "id": _COMMENT,
        "from": {"id": _PERSON, "username": "a.stranger"},
        "text": "Hello",
        "media": {"id": _MEDIA, "media_product_type": "FEED"},
    },
    "live_comments": {
        "id": _COMMENT,
        "from": {"id": _PERSON, "username": "a.stranger"},
        "text": "Hello",
        "media": {"id": _MEDIA, "media_product_type": "LIVE"},
    },
    "mentions": {"media_id": _MEDIA, "comment_id": _COMMENT},
    "story_insights": _STORY,
    "story_reactions": {"media_id": _MEDIA, "from": {"id": _PERSON}, "reaction": "love"},
    "share_to_story": {"media_id": _MEDIA, "from": {"id": _PERSON}},
    "comment_poll_response": {"media_id": _MEDIA, "comment_id": _COMMENT, "option": "option_a"},
    "story_poll_response": {"media_id": _MEDIA, "option": "option_a"},
    "follow": {"from": {"id": _PERSON, "username": "a.stranger"}},
}
# The key beside sender and recipient, and its value.
_MESSAGES: Mapping[str, dict[str, Any]] = {
    "messages": {"message": {"mid": _MID, "text": "Hello"}},
    "message_edit": {"message_edit": {"mid": _MID, "text": "Hello again", "num_edit": 1}},
    "message_reactions": {"reaction": _REACTION},
    "messaging_handover": {"pass_thread_control": {"new_owner_app_id": "1500000000000002"}},
    "messaging_optins": {"optin": {"type": "notification_messages", "payload": "news"}},
    "messaging_postbacks": {"postback": {"mid": _MID, "title": "Prices", "payload": "PRICES"}},
    "messaging_referral": {"referral": {"ref": "flyer", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    "messaging_seen": {"read": {"mid": _MID}},
    "standby": {"message": {"mid": _MID, "text": "Hello"}},
}
FIELDS = tuple(_CHANGES)


def sample_event(user_id: str, field: str, value: dict[str, Any] | None, at: float) -> Event:
    """Make an event of a field of `FIELDS` or `payloads.MESSAGING`: with the given value, or a sample."""
    if field in _CHANGES:
        return Event(user_id=user_id, field=field, at=at, value=_CHANGES[field] if value is None else value)
    parties = {
        "sender": {"id": _PERSON},
        "recipient": {"id": user_id},
        "timestamp": int(at * 1000),
    }
    return Event(user_id=user_id, field=field, at=at, value={**parties, **(value or _MESSAGES[field])})
