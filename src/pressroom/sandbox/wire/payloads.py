"""The payload of each webhook event, in Meta's format, and a sample of every field to try a receiver with.

A function `..._event` builds the event of what happened, `body_of` puts events into the body that is sent,
`sample_event` makes one of which nothing happened.

Source: https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.growth import Numbers
from pressroom.sandbox.state.things import Account, Comment, Event, Media, Message, Person

# Fields that arrive in `messaging`, not in `changes` (Webhooks, Examples).
MESSAGING = (
    "messages",
    "message_edit",
    "message_reactions",
    "messaging_handover",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "standby",
)


def comment_event(media: Media, comment: Comment) -> Event:
    """Build the event of a comment."""
    value: dict[str, Any] = {
        "id": comment.id,
        "from": {"id": comment.user_id, "username": comment.username},
        "text": comment.text,
        "media": {"id": media.id, "media_product_type": media.product.value},
    }
    if comment.parent_id:
        value["parent_id"] = comment.parent_id
    return Event(user_id=media.user_id, field="comments", at=comment.created_at, value=value)


def mention_event(account: Account, media: Media, comment: Comment | None) -> Event:
    """Build the event of a mention in somebody else's caption, or in `comment`.

    Under Instagram Login a mention in a comment arrives as a comment (Webhooks).
    """
    if comment is not None and account.login is LoginType.INSTAGRAM:
        return comment_event(media, comment)
    value = {"media_id": media.id} | ({"comment_id": comment.id} if comment else {})
    at = comment.created_at if comment else media.created_at
    return Event(user_id=account.id, field="mentions", at=at, value=value)


def story_event(media: Media, numbers: Numbers, at: float) -> Event:
    """Build the event of a story's end, in the old metric names Meta still uses here."""
    counts = {
        "impressions": numbers.views,
        "reach": numbers.reach,
        "taps_forward": numbers.navigation["tap_forward"],
        "taps_back": numbers.navigation["tap_back"],
        "exits": numbers.navigation["tap_exit"],
        "replies": numbers.replies,
    }
    # Counts of 1 to 4 arrive as -1 (seen in other people's code).
    shown = {name: -1 if 0 < count < 5 else count for name, count in counts.items()}  # noqa: PLR2004
    return Event(user_id=media.user_id, field="story_insights", at=at, value={"media_id": media.id, **shown})


def message_event(message: Message, person: Person) -> Event:
    """Build the event of a message; one that the account sent comes back as an echo."""
    parties = ({"id": person.id}, {"id": message.user_id})
    sender, recipient = parties[::-1] if message.is_own else parties
    body: dict[str, Any] = {"mid": message.id, "text": message.text}
    if message.attachments:
        body["attachments"] = message.attachments
    if message.is_own:
        body["is_echo"] = True
    value = {
        "sender": sender,
        "recipient": recipient,
        "timestamp": int(message.created_at * 1000),
        "message": body,
    }
    return Event(user_id=message.user_id, field="messages", at=message.created_at, value=value)


def body_of(events: Sequence[Event], *, is_flat: bool = False) -> dict[str, Any]:
    """Put events of any accounts into one body, an entry for each. is_flat: without the list `changes`.

    Webhooks, Examples shows the flat form for Instagram Login; most apps are reported to receive the other.
    """
    entries = list[dict[str, Any]]()
    for event in events:
        # `time` is milliseconds for messaging and seconds for changes.
        if event.field in MESSAGING:
            entry = {"id": event.user_id, "time": int(event.at * 1000), "messaging": [event.value]}
        else:
            change = {"field": event.field, "value": event.value}
            entry = {"id": event.user_id, "time": int(event.at)}
            entry |= change if is_flat else {"changes": [change]}
        entries.append(entry)
    return {"object": "instagram", "entry": entries}


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
    """Make an event of a field of `FIELDS` or `MESSAGING`. value: None takes the sample's."""
    if field in _CHANGES:
        return Event(user_id=user_id, field=field, at=at, value=_CHANGES[field] if value is None else value)
    parties = {"sender": {"id": _PERSON}, "recipient": {"id": user_id}, "timestamp": int(at * 1000)}
    return Event(user_id=user_id, field=field, at=at, value={**parties, **(value or _MESSAGES[field])})
