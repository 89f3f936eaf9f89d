"""The payload of each webhook event, in Meta's format.

Source: https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from collections.abc import Sequence
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
_UNTOLD = -1  # counts under five arrive as -1 (seen in other people's code)
_FEWEST = 5


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
    told = {name: count if count >= _FEWEST or count == 0 else _UNTOLD for name, count in counts.items()}
    return Event(user_id=media.user_id, field="story_insights", at=at, value={"media_id": media.id, **told})


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
    return {"object": "instagram", "entry": [_entry(event, is_flat=is_flat) for event in events]}


def _entry(event: Event, *, is_flat: bool) -> dict[str, Any]:
    # `time` is milliseconds for messaging and seconds for changes.
    if event.field in MESSAGING:
        return {"id": event.user_id, "time": int(event.at * 1000), "messaging": [event.value]}
    change = {"field": event.field, "value": event.value}
    entry: dict[str, Any] = {"id": event.user_id, "time": int(event.at)}
    return {**entry, **change} if is_flat else {**entry, "changes": [change]}
