"""Checks a message to send: its recipient, its size, and the messaging window."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.state.things import Comment, Person
from pressroom.sandbox.wire.params import objects
from pressroom.sandbox.wire.refusals import invalid, missing, refusal

MOST_BYTES = 1000  # of UTF-8, not characters
MOST_IMAGES = 10  # since 2025-11-03 (Changelog)
MOST_QUICK_REPLIES = 13
MOST_TITLE = 20
WINDOW_S = 24 * 3600
HUMAN_WINDOW_S = 7 * WINDOW_S  # with the tag; a private reply to a comment has 7 days as well
_HUMAN = "human_agent"  # compared in lower case: the feature's page spells it so, clients send HUMAN_AGENT
_ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen", "react", "unreact"})
_ATTACHMENTS = frozenset({"image", "video", "audio", "file", "template", "MEDIA_SHARE", "like_heart"})
_REACTIONS = frozenset({"react", "unreact"})
_OUTSIDE = (10, 2534022)
_NOBODY = (100, 2018001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked order to send a message. `action`: set when there is no message, as with `typing_on`."""

    person: Person
    text: str | None = None
    attachments: list[dict[str, Any]]
    comment: Comment | None = None
    action: str | None = None


def read_order(call: GraphCall) -> Order:
    """Parse and check `POST …/messages`. Raises GraphRefusal for what is not allowed."""
    recipient = call.mapping("recipient")
    if recipient is None:
        raise missing("recipient")
    comment = _comment(call, recipient)
    person = _person(call, str(recipient.get("id", "")), comment)
    action = call.text("sender_action")
    if action is not None:
        _check_action(call, action)
        return Order(person=person, attachments=[], action=action)
    if comment is None:  # a private reply needs no open window: the commenter may never have written
        _check_window(call, person)
    message = call.mapping("message")
    if message is None:
        raise missing("message")
    return Order(person=person, text=_text(message), attachments=_attachments(message), comment=comment)


def _check_action(call: GraphCall, action: str) -> None:
    if action not in _ACTIONS:
        raise invalid(f"sender_action must be one of {', '.join(sorted(_ACTIONS))}")
    if call.mapping("message") is not None:
        raise invalid("sender_action cannot be sent together with a message")
    if action in _REACTIONS and not (call.mapping("payload") or {}).get("message_id"):
        raise invalid(f"sender_action {action} needs a payload with a message_id")


def _comment(call: GraphCall, recipient: Mapping[str, Any]) -> Comment | None:
    name = recipient.get("comment_id")
    if name is None:
        return None
    found = call.scene.world.things.get(str(name))
    media = call.scene.world.media(found.media_id) if isinstance(found, Comment) else None
    is_below_own = media is not None and media.user_id == call.account.id
    # The account's own comments take no private reply.
    if not isinstance(found, Comment) or not is_below_own or found.user_id == call.account.id:
        raise refusal(*_NOBODY)
    if found.id in call.scene.world.private_replies:  # Private Replies: one per comment
        raise refusal(10900)
    if call.now - found.created_at > HUMAN_WINDOW_S:
        raise refusal(*_OUTSIDE)
    return found


def _person(call: GraphCall, name: str, comment: Comment | None) -> Person:
    if comment is not None:
        return call.scene.world.person(comment.user_id, comment.username, call.account.id)
    found = call.scene.world.things.get(name)
    # Ids of people are scoped to the account: another's opens no conversation.
    if not isinstance(found, Person) or found.user_id != call.account.id:
        raise refusal(*_NOBODY)
    return found


def _check_window(call: GraphCall, person: Person) -> None:
    window_s = HUMAN_WINDOW_S if (call.text("tag") or "").lower() == _HUMAN else WINDOW_S
    if person.wrote_at is None or call.now - person.wrote_at > window_s:
        raise refusal(*_OUTSIDE)


def _text(message: Mapping[str, Any]) -> str | None:
    text = message.get("text")
    if text is None:
        return None
    if not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise invalid(f"Length of param message[text] must be less than or equal to {MOST_BYTES}")
    _check_quick_replies(objects(dict(message), "quick_replies"))
    return text


def _check_quick_replies(replies: list[dict[str, Any]]) -> None:
    if len(replies) > MOST_QUICK_REPLIES:
        raise invalid(f"Param quick_replies must hold at most {MOST_QUICK_REPLIES} elements")
    if any(len(str(one.get("title", ""))) > MOST_TITLE for one in replies):
        raise invalid(f"The title of a quick reply must hold at most {MOST_TITLE} characters")


def _attachments(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = message.get("attachments") or message.get("attachment")
    found = objects(
        {"attachments": given if isinstance(given, list) else [given] if given else []}, "attachments"
    )
    if not all(item.get("type") in _ATTACHMENTS for item in found):
        raise invalid(f"The type of an attachment must be one of {', '.join(sorted(_ATTACHMENTS))}")
    if len(found) > MOST_IMAGES:
        raise refusal(100, 2534068)
    if not found and message.get("text") is None:
        raise invalid("A message needs a text or an attachment")
    return found
