"""What other people do: comment, write, mention; and where the app hears of it."""

import hashlib
from typing import Any

import msgspec

from pressroom.sandbox.control.byhand import add_foreign_media
from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.state.things import Account, Callback, Comment, Person
from pressroom.sandbox.state.world import World
from pressroom.sandbox.webhooks.payloads import comment_event, mention_event, message_event
from pressroom.sandbox.webhooks.postman import NotVerified

_STRANGER = 17841480000000000
_STRANGERS = 10_000_000_000
_FIELDS = ("comments", "mentions", "messages", "story_insights")


class StrangersMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message by somebody else. user_id: the account written to; None: the sandbox's own."""

    text: str
    username: str = "a.stranger"
    user_id: str | None = None


class StrangersMention(msgspec.Struct, forbid_unknown_fields=True):
    """A caption by somebody else that names the account `user_id`; None: the sandbox's own."""

    text: str
    username: str = "a.stranger"
    user_id: str | None = None


class WebhookOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Where webhooks go. `fields` empty: all of them."""

    callback_url: str
    verify_token: str = ""
    fields: list[str] = msgspec.field(default_factory=list[str])


class StrangersComment(msgspec.Struct, forbid_unknown_fields=True):
    """A comment by somebody else."""

    media_id: str
    text: str
    username: str = "a.stranger"


def add_comment(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/comments`: a stranger comments."""
    order = convert(body, StrangersComment)
    scene = controls.scene
    target = scene.world.media(order.media_id)
    if target is None:
        raise BadRequest(f"there is no media {order.media_id}")
    number = scene.world.number()
    person = _stranger(scene.world, target.user_id, order.username)
    made = Comment(
        id=scene.world.comment_id(number),
        number=number,
        media_id=target.id,
        user_id=person.id,
        username=order.username,
        text=order.text,
        created_at=scene.settle(),
    )
    scene.world.add_comment(made)
    scene.postman.tell(comment_event(target, made))
    return {"id": made.id}


def add_message(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/messages`: a stranger writes."""
    order = convert(body, StrangersMessage)
    scene = controls.scene
    account = _account(controls, order.user_id)
    person = _stranger(scene.world, account.id, order.username)
    made = scene.world.add_message(
        person, account.id, order.text, scene.settle(), is_own=False, attachments=[]
    )
    scene.postman.tell(message_event(made, person))
    return {"id": made.id, "person_id": person.id}


def add_mention(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/mentions`: somebody names the account in a caption elsewhere."""
    order = convert(body, StrangersMention)
    scene = controls.scene
    account = _account(controls, order.user_id)
    media = add_foreign_media(scene.world, account.id, order.username, order.text, scene.settle())
    scene.postman.tell(mention_event(account.id, media.id, None, media.created_at))
    return {"media_id": media.id}


def _account(controls: Controls, user_id: str | None) -> Account:
    found = controls.account if user_id is None else controls.scene.world.account(user_id)
    if found is None:
        raise BadRequest(f"there is no account {user_id}")
    return found


def _stranger(world: World, user_id: str, username: str) -> Person:
    """Find or make the person of a name; an account knows a person by an id of its own, as on Instagram."""
    digest = hashlib.blake2b(f"{user_id}/{username}".encode(), digest_size=8).digest()
    person = world.person(str(_STRANGER + int.from_bytes(digest, "big") % _STRANGERS), username)
    person.user_id = user_id
    return person


def webhook(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/webhook`: the callback, and what is not delivered yet."""
    world = controls.scene.world
    return {
        "callback_url": world.callback.url if world.callback else None,
        "fields": world.callback.fields if world.callback else [],
        "subscribed": sorted(world.subscriptions),
        "waiting": [{"field": one.field, "tries": one.tries} for one in world.outbox],
    }


async def set_webhook(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/webhook`: the app's callback, verified before it is taken."""
    order = convert(body, WebhookOrder)
    callback = Callback(
        url=order.callback_url, verify_token=order.verify_token, fields=order.fields or list(_FIELDS)
    )
    try:
        await controls.scene.postman.verify(callback)
    except NotVerified as error:
        raise BadRequest(str(error)) from None
    controls.scene.world.callback = callback
    return {"success": True}
