"""Direct messages: the calls that send and read them, and private replies to comments.

`send` checks a message by `read_order`: its recipient, its size, and the messaging window. The rest reads
conversations, messages and the people in them. Source: the messaging section of the Instagram Platform pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, render, render_list, wanted_of
from pressroom.sandbox.calls.tokens import count_conversations, count_message
from pressroom.sandbox.state.things import Account, Comment, Conversation, Message, Person
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import invalid, missing, not_found, refusal
from pressroom.sandbox.wire.params import objects
from pressroom.sandbox.wire.payloads import message_event

MOST_BYTES = 1000  # of UTF-8, not characters
MOST_IMAGES = 10  # since 2025-11-03 (Changelog)
MOST_QUICK_REPLIES = 13
MOST_TITLE = 20
WINDOW_S = 24 * 3600
# With the tag HUMAN_AGENT; a private reply to a comment has 7 days as well.
HUMAN_WINDOW_S = 7 * WINDOW_S
# Compared in lower case: the feature's page spells it so, clients send HUMAN_AGENT.
_HUMAN = "human_agent"
_ACTIONS = frozenset({"typing_on", "typing_off", "mark_seen", "react", "unreact"})
_REACTIONS = frozenset({"react", "unreact"})
_ATTACHMENTS = frozenset({"image", "video", "audio", "file", "template", "MEDIA_SHARE", "like_heart"})
_RECORDINGS = frozenset({"audio", "video"})
# Conversations API: only the 20 newest messages of a conversation can be read.
_NEWEST_READABLE = 20
_OUTSIDE = (10, 2534022)
_NOBODY = (100, 2018001)
ROUTES = Routes(need=Permission.MESSAGES, mark=Certainty.DOCUMENTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOrder:
    """A checked order to send a message. `action`: set when there is no message, as with `typing_on`."""

    person: Person
    text: str | None = None
    attachments: list[dict[str, Any]]
    comment: Comment | None = None
    action: str | None = None


# Instagram Login sends as the account, Facebook Login as its Page.
@ROUTES.answers("POST", "page", "messages", "messages", login=LoginType.FACEBOOK, is_unified=True)
@ROUTES.answers("POST", "user", "messages", "messages", login=LoginType.INSTAGRAM, is_unified=True)
def send(call: GraphCall) -> dict[str, Any]:
    """`POST /{user, page or me}/messages`: to a person who wrote within the window, or to a commenter."""
    order = read_order(call)
    # Typing and reactions leave no message.
    if order.action is not None:
        return {"recipient_id": order.person.id}
    is_recording = any(attachment["type"] in _RECORDINGS for attachment in order.attachments)
    count_message(call, is_recording=is_recording, is_private_reply=order.comment is not None)
    # A private reply uses up its comment.
    if order.comment is not None:
        call.scene.world.private_replies.add(order.comment.id)
    message = call.scene.world.add_message(
        order.person, call.account.id, order.text, call.now, is_own=True, attachments=order.attachments
    )
    # Sent back as an echo, as by Meta: receivers must not answer their own messages.
    call.scene.postman.tell(message_event(message, order.person))
    return {"recipient_id": order.person.id, "message_id": message.id}


def read_order(call: GraphCall) -> MessageOrder:
    """Parse and check `POST …/messages`. Raises GraphRefusal for what is not allowed."""
    recipient = call.mapping("recipient")
    if recipient is None:
        raise missing("recipient")
    person, comment = _find_recipient(call, recipient)
    action = call.text("sender_action")
    if action is not None:
        if action not in _ACTIONS:
            raise invalid(f"sender_action must be one of {', '.join(sorted(_ACTIONS))}")
        if call.mapping("message") is not None:
            raise invalid("sender_action cannot be sent together with a message")
        if action in _REACTIONS and not (call.mapping("payload") or {}).get("message_id"):
            raise invalid(f"sender_action {action} needs a payload with a message_id")

        return MessageOrder(person=person, attachments=[], action=action)
    # A private reply needs no open window: the commenter may never have written.
    if comment is None:
        window_s = HUMAN_WINDOW_S if (call.text("tag") or "").lower() == _HUMAN else WINDOW_S
        if person.wrote_at is None or call.now - person.wrote_at > window_s:
            raise refusal(*_OUTSIDE)
    message = call.mapping("message")
    if message is None:
        raise missing("message")
    return MessageOrder(
        person=person, text=_read_text(message), attachments=_read_attachments(message), comment=comment
    )


def _find_recipient(call: GraphCall, recipient: Mapping[str, Any]) -> tuple[Person, Comment | None]:
    """Find the person, and the comment that a private reply answers."""
    world, comment_id = call.scene.world, recipient.get("comment_id")
    if comment_id is None:
        person = world.things.get(str(recipient.get("id", "")))
        # Ids of people are scoped to the account: another's opens no conversation.
        if not isinstance(person, Person) or person.user_id != call.account.id:
            raise refusal(*_NOBODY)
        return person, None
    comment = world.things.get(str(comment_id))
    media = world.media(comment.media_id) if isinstance(comment, Comment) else None
    is_below_own = media is not None and media.user_id == call.account.id
    # The account's own comments take no private reply.
    if not isinstance(comment, Comment) or not is_below_own or comment.user_id == call.account.id:
        raise refusal(*_NOBODY)
    # Private Replies: one per comment.
    if comment.id in world.private_replies:
        raise refusal(10900)
    if call.now - comment.created_at > HUMAN_WINDOW_S:
        raise refusal(*_OUTSIDE)
    return world.person(comment.user_id, comment.username, call.account.id), comment


def _read_text(message: Mapping[str, Any]) -> str | None:
    text = message.get("text")
    if text is None:
        return None
    if not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise invalid(f"Length of param message[text] must be less than or equal to {MOST_BYTES}")
    replies = objects(dict(message), "quick_replies")
    if len(replies) > MOST_QUICK_REPLIES:
        raise invalid(f"Param quick_replies must hold at most {MOST_QUICK_REPLIES} elements")
    if any(len(str(reply.get("title", ""))) > MOST_TITLE for reply in replies):
        raise invalid(f"The title of a quick reply must hold at most {MOST_TITLE} characters")
    return text


def _read_attachments(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    raw = message.get("attachments") or message.get("attachment")
    attachments = objects(
        {"attachments": raw if isinstance(raw, list) else [raw] if raw else []}, "attachments"
    )
    if not all(attachment.get("type") in _ATTACHMENTS for attachment in attachments):
        raise invalid(f"The type of an attachment must be one of {', '.join(sorted(_ATTACHMENTS))}")
    if len(attachments) > MOST_IMAGES:
        raise refusal(100, 2534068)
    if not attachments and message.get("text") is None:
        raise invalid("A message needs a text or an attachment")
    return attachments


@ROUTES.answers("GET", "page", "conversations", "conversations", login=LoginType.FACEBOOK, is_unified=True)
@ROUTES.answers("GET", "user", "conversations", "conversations", login=LoginType.INSTAGRAM, is_unified=True)
def conversations(call: GraphCall) -> dict[str, Any]:
    """`GET /{user, page or me}/conversations?platform=instagram[&user_id=]`."""
    if call.text("platform") not in (None, "instagram"):
        raise invalid("platform must be instagram")
    count_conversations(call)
    person_id, query = call.text("user_id"), EdgeQuery.of_call(call)
    # Sorted anew each time, since every message moves its conversation to the front.
    shelf: Shelf[Conversation] = Shelf()
    for thread in call.scene.world.conversations.values():
        if thread.user_id == call.account.id and person_id in (None, thread.person_id):
            shelf.add((thread.updated_at, thread.number), thread)
    part = shelf.cut(query.window(call))
    return render_list(call, CONVERSATION, part, (call.account.id, "conversations"), query)


@ROUTES.answers("GET", "conversation", "", "conversation")
def conversation(call: GraphCall) -> dict[str, Any]:
    """`GET /{conversation}`."""
    assert isinstance(call.thing, Conversation)
    return render(call, CONVERSATION, call.thing, wanted_of(call))


@ROUTES.answers("GET", "message", "", "message")
def message(call: GraphCall) -> dict[str, Any]:
    """`GET /{message}`: only the 20 newest of a conversation can be read."""
    assert isinstance(call.thing, Message)
    thread = call.scene.world.conversations[call.thing.conversation_id]
    if call.thing.id not in thread.messages[-_NEWEST_READABLE:]:
        raise not_found(call.thing.id)
    return render(call, MESSAGE, call.thing, wanted_of(call))


@ROUTES.answers("GET", "igperson", "", "igperson")
def person(call: GraphCall) -> dict[str, Any]:
    """`GET /{person}`: the profile of somebody who wrote."""
    assert isinstance(call.thing, Person)
    return render(call, PERSON, call.thing, wanted_of(call))


def _messages_edge(call: GraphCall, thread: Conversation, query: EdgeQuery) -> dict[str, Any]:
    shelf: Shelf[Message] = Shelf()
    for name in thread.messages:
        held = call.scene.world.things.get(name)
        if isinstance(held, Message):
            shelf.add((held.created_at, held.number), held)
    return render_list(call, MESSAGE, shelf.cut(query.window(call)), (thread.id, "messages"), query)


def _unread_count(call: GraphCall, thread: Conversation) -> int:
    """Count the other person's messages since the account's last one."""
    newest_first = (call.scene.world.things.get(name) for name in reversed(thread.messages))
    unread = takewhile(lambda held: isinstance(held, Message) and not held.is_own, newest_first)
    return sum(1 for _ in unread)


def _party(call: GraphCall, message: Message, *, is_sender: bool) -> dict[str, Any]:
    is_account = message.is_own is is_sender
    return _own_party(call.account) if is_account else _other_party(call, message.person_id)


def _own_party(account: Account) -> dict[str, Any]:
    return {"username": account.username, "id": account.id}


def _other_party(call: GraphCall, person_id: str) -> dict[str, Any]:
    person = call.scene.world.things.get(person_id)
    return {"username": person.username if isinstance(person, Person) else "", "id": person_id}


CONVERSATION: NodeType[Conversation] = NodeType(
    wire_name="UnifiedThread",
    fields={
        "id": lambda _, thread: thread.id,
        "updated_time": lambda call, thread: call.format_time(thread.updated_at),
        "participants": lambda call, thread: {
            "data": [_own_party(call.account), _other_party(call, thread.person_id)]
        },
        "message_count": lambda _, thread: len(thread.messages),
        "unread_count": _unread_count,
    },
    edges={"messages": _messages_edge},
)
MESSAGE: NodeType[Message] = NodeType(
    wire_name="Message",
    fields={
        "id": lambda _, message: message.id,
        "created_time": lambda call, message: call.format_time(message.created_at),
        "message": lambda _, message: message.text,
        "from": lambda call, message: _party(call, message, is_sender=True),
        "to": lambda call, message: {"data": [_party(call, message, is_sender=False)]},
        "attachments": lambda _, message: {"data": message.attachments} if message.attachments else None,
    },
)
PERSON: NodeType[Person] = NodeType(
    wire_name="IGBusinessScopedID",
    fields={
        "id": lambda _, person: person.id,
        "name": lambda _, person: person.name or None,
        "username": lambda _, person: person.username,
        "profile_pic": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
        "follower_count": lambda _, person: person.followers,
        "is_user_follow_business": lambda _, person: person.is_follower,
        "is_business_follow_user": lambda _, __: False,
        "is_verified_user": lambda _, __: False,
    },
)
