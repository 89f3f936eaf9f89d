"""The calls on messages.

Source: the messaging section of the Instagram Platform documentation.
"""

from itertools import takewhile
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.allowances import count_conversations, count_message
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render, wanted_of
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.messaging.rules import Order, read_order
from pressroom.sandbox.state.shelf import Shelf
from pressroom.sandbox.state.things import Account, Conversation, Message, Person
from pressroom.sandbox.wire.payloads import message_event
from pressroom.sandbox.wire.refusals import invalid, not_found

_NEWEST_READABLE = 20  # Conversations API: only the 20 newest messages of a conversation can be read
_RECORDINGS = frozenset({"audio", "video"})


def send(call: GraphCall) -> dict[str, Any]:
    """`POST /{user, page or me}/messages`: to a person who wrote within the window, or to a commenter."""
    order = read_order(call)
    if order.action is not None:  # typing and reactions leave no message
        return {"recipient_id": order.person.id}
    is_recording = any(one["type"] in _RECORDINGS for one in order.attachments)
    count_message(call, is_recording=is_recording, is_private_reply=order.comment is not None)
    message = keep_message(call, order)
    # Sent back as an echo, as by Meta: receivers must not answer their own messages.
    call.scene.postman.tell(message_event(message, order.person))
    return {"recipient_id": order.person.id, "message_id": message.id}


def keep_message(call: GraphCall, order: Order) -> Message:
    """Add a message of the account to its conversation; a private reply uses up its comment."""
    if order.comment is not None:
        call.scene.world.private_replies.add(order.comment.id)
    return call.scene.world.add_message(
        order.person, call.account.id, order.text, call.now, is_own=True, attachments=order.attachments
    )


def conversations(call: GraphCall) -> dict[str, Any]:
    """`GET /{user, page or me}/conversations?platform=instagram[&user_id=]`."""
    if call.text("platform") not in (None, "instagram"):
        raise invalid("platform must be instagram")
    count_conversations(call)
    wanted_person, query = call.text("user_id"), EdgeQuery.of_call(call)
    # Sorted anew each time, since every message moves its conversation to the front.
    shelf: Shelf[Conversation] = Shelf()
    for one in call.scene.world.conversations.values():
        if one.user_id == call.account.id and wanted_person in (None, one.person_id):
            shelf.add((one.updated_at, one.number), one)
    part = shelf.cut(query.window(call))
    data = [render(call, CONVERSATION, one, query.wanted) for one in part.items]
    return list_answer(call, (call.account.id, "conversations"), query, part, data)


def conversation(call: GraphCall) -> dict[str, Any]:
    """`GET /{conversation}`."""
    assert isinstance(call.thing, Conversation)
    return render(call, CONVERSATION, call.thing, wanted_of(call))


def message(call: GraphCall) -> dict[str, Any]:
    """`GET /{message}`: only the 20 newest of a conversation can be read."""
    one = call.thing
    assert isinstance(one, Message)
    held = call.scene.world.conversations[one.conversation_id]
    if one.id not in held.messages[-_NEWEST_READABLE:]:
        raise not_found(one.id)
    return render(call, MESSAGE, one, wanted_of(call))


def person(call: GraphCall) -> dict[str, Any]:
    """`GET /{person}`: the profile of somebody who wrote."""
    assert isinstance(call.thing, Person)
    return render(call, PERSON, call.thing, wanted_of(call))


def _messages_edge(call: GraphCall, one: Conversation, query: EdgeQuery) -> dict[str, Any]:
    shelf: Shelf[Message] = Shelf()
    for name in one.messages:
        held = call.scene.world.things.get(name)
        if isinstance(held, Message):
            shelf.add((held.created_at, held.number), held)
    part = shelf.cut(query.window(call))
    data = [render(call, MESSAGE, held, query.wanted) for held in part.items]
    return list_answer(call, (one.id, "messages"), query, part, data)


def _party(call: GraphCall, one: Message, *, is_sender: bool) -> dict[str, Any]:
    return _own_party(call.account) if one.is_own is is_sender else _other_party(call, one.person_id)


def _other_party(call: GraphCall, person_id: str) -> dict[str, Any]:
    found = call.scene.world.things.get(person_id)
    return {"username": found.username if isinstance(found, Person) else "", "id": person_id}


def _own_party(account: Account) -> dict[str, Any]:
    return {"username": account.username, "id": account.id}


def _participants(call: GraphCall, one: Conversation) -> dict[str, Any]:
    return {"data": [_own_party(call.account), _other_party(call, one.person_id)]}


def _unread_count(call: GraphCall, one: Conversation) -> int:
    """Count the other person's messages since the account's last one."""
    held = [call.scene.world.things.get(name) for name in reversed(one.messages)]
    return len(list(takewhile(lambda found: isinstance(found, Message) and not found.is_own, held)))


CONVERSATION: NodeType[Conversation] = NodeType(
    wire_name="UnifiedThread",
    fields={
        "id": lambda _, one: one.id,
        "updated_time": lambda call, one: call.told_time(one.updated_at),
        "participants": _participants,
        "message_count": lambda _, one: len(one.messages),
        "unread_count": _unread_count,
    },
    edges={"messages": _messages_edge},
)
MESSAGE: NodeType[Message] = NodeType(
    wire_name="Message",
    fields={
        "id": lambda _, one: one.id,
        "created_time": lambda call, one: call.told_time(one.created_at),
        "message": lambda _, one: one.text,
        "from": lambda call, one: _party(call, one, is_sender=True),
        "to": lambda call, one: {"data": [_party(call, one, is_sender=False)]},
        "attachments": lambda _, one: {"data": one.attachments} if one.attachments else None,
    },
)
PERSON: NodeType[Person] = NodeType(
    wire_name="IGBusinessScopedID",
    fields={
        "id": lambda _, one: one.id,
        "name": lambda _, one: one.name or None,
        "username": lambda _, one: one.username,
        "profile_pic": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
        "follower_count": lambda _, one: one.followers,
        "is_user_follow_business": lambda _, one: one.is_follower,
        "is_business_follow_user": lambda _, __: False,
        "is_verified_user": lambda _, __: False,
    },
)
# Instagram Login sends as the account, Facebook Login as its Page.
_PLACES = (("user", LoginType.INSTAGRAM), ("page", LoginType.FACEBOOK))
_CALLS = (("POST", "messages", send), ("GET", "conversations", conversations))

ROUTES = (
    *(
        Route(
            method,
            node,
            edge,
            edge,
            handle,
            need=Permission.MESSAGES,
            login=login,
            mark=Certainty.DOCUMENTED,
            is_unified=True,
        )
        for node, login in _PLACES
        for method, edge, handle in _CALLS
    ),
    Route(
        "GET",
        "conversation",
        "",
        "conversation",
        conversation,
        need=Permission.MESSAGES,
        mark=Certainty.DOCUMENTED,
    ),
    Route("GET", "message", "", "message", message, need=Permission.MESSAGES, mark=Certainty.DOCUMENTED),
    Route("GET", "igperson", "", "igperson", person, need=Permission.MESSAGES, mark=Certainty.DOCUMENTED),
)
