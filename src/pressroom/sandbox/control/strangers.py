"""What other people do: comment, write, mention; and where the app hears of it."""

from typing import Any

import msgspec

from pressroom.sandbox.control.byhand import add_foreign_media
from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.state.things import Callback, Comment
from pressroom.sandbox.webhooks.payloads import comment_event, mention_event, message_event
from pressroom.sandbox.webhooks.postman import NotVerified

_STRANGER = "17841499999999999"
_FIELDS = ("comments", "mentions", "messages", "story_insights")


class StrangersMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message by somebody else."""

    text: str
    username: str = "a.stranger"


class StrangersMention(msgspec.Struct, forbid_unknown_fields=True):
    """A caption by somebody else that names the account."""

    text: str
    username: str = "a.stranger"


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
    made = Comment(
        id=scene.world.comment_id(number),
        number=number,
        media_id=target.id,
        user_id=_STRANGER,
        username=order.username,
        text=order.text,
        created_at=scene.settle(),
    )
    scene.world.person(_STRANGER, order.username)
    scene.world.add_comment(made)
    scene.postman.tell(comment_event(target, made))
    return {"id": made.id}


def add_message(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/messages`: a stranger writes."""
    order = convert(body, StrangersMessage)
    scene = controls.scene
    person = scene.world.person(_STRANGER, order.username)
    made = scene.world.add_message(
        person, controls.user_id, order.text, scene.settle(), is_own=False, attachments=[]
    )
    scene.postman.tell(message_event(made, person))
    return {"id": made.id, "person_id": person.id}


def add_mention(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/mentions`: somebody names the account in a caption elsewhere."""
    order = convert(body, StrangersMention)
    scene = controls.scene
    media = add_foreign_media(scene.world, controls.user_id, order.username, order.text, scene.settle())
    scene.postman.tell(mention_event(controls.user_id, media.id, None, media.created_at))
    return {"media_id": media.id}


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
