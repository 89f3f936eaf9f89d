"""Orders that act for other people (comments, messages, mentions, invitations), and the app's callback."""

from typing import Any

import msgspec

from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.state.byhand import add_foreign_media
from pressroom.sandbox.state.things import Callback, Comment, Invite, Media
from pressroom.sandbox.state.world import stranger
from pressroom.sandbox.webhooks.postman import NotVerified
from pressroom.sandbox.webhooks.samples import FIELDS, sample_event
from pressroom.sandbox.wire.payloads import MESSAGING, comment_event, mention_event, message_event

_FIELDS = (*FIELDS, *MESSAGING)


class StrangersMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message by somebody else. user_id: the account it is sent to; None: the sandbox's own."""

    text: str
    username: str = "a.stranger"
    user_id: str | None = None


class StrangersMention(msgspec.Struct, forbid_unknown_fields=True):
    """A caption, or a comment on a media, of somebody else's that mentions the account.

    user_id: the account; None: the sandbox's own.
    """

    text: str
    username: str = "a.stranger"
    user_id: str | None = None
    in_comment: bool = False


class WebhookOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The app's callback. `fields` empty: all of them."""

    callback_url: str
    verify_token: str = ""
    fields: list[str] = msgspec.field(default_factory=list[str])


class EventOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A webhook event to send. `value`: in Meta's format; None: a sample."""

    field: str
    value: dict[str, Any] | None = None
    user_id: str | None = None


class StrangersComment(msgspec.Struct, forbid_unknown_fields=True):
    """A comment by somebody else."""

    media_id: str
    text: str
    username: str = "a.stranger"


def add_comment(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/comments`: a stranger comments."""
    order = convert(body, StrangersComment)
    target = controls.scene.world.media(order.media_id)
    if target is None:
        raise BadRequest(f"there is no media {order.media_id}")
    made = _add_comment(controls, target, order.username, order.text)
    controls.scene.postman.tell(comment_event(target, made))
    return {"id": made.id}


def _add_comment(controls: Controls, target: Media, username: str, text: str) -> Comment:
    world = controls.scene.world
    person, number = stranger(world, target.user_id, username), world.number()
    made = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=target.id,
        user_id=person.id,
        username=username,
        text=text,
        created_at=controls.scene.settle(),
    )
    # No check whether comments are enabled: that is a rule of the API, and this is a test's own order.
    world.add_comment(made)
    return made


def add_message(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/messages`: a stranger sends a message, which opens the 24-hour window."""
    order = convert(body, StrangersMessage)
    scene = controls.scene
    account = controls.named(order.user_id)
    person = stranger(scene.world, account.id, order.username)  # the same person for the same username
    made = scene.world.add_message(
        person, account.id, order.text, scene.settle(), is_own=False, attachments=[]
    )
    scene.postman.tell(message_event(made, person))
    return {"id": made.id, "person_id": person.id}


def add_mention(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/mentions`: somebody mentions the account in a caption of theirs, or in a comment."""
    order = convert(body, StrangersMention)
    scene = controls.scene
    account = controls.named(order.user_id)
    # A mention in a comment needs a media of somebody else's to be below.
    caption = "" if order.in_comment else order.text
    media = add_foreign_media(scene.world, account.id, order.username, caption, scene.settle())
    if not order.in_comment:
        scene.postman.tell(mention_event(account, media, None))
        return {"media_id": media.id}
    comment = _add_comment(controls, media, order.username, order.text)
    scene.postman.tell(mention_event(account, media, comment))
    return {"media_id": media.id, "comment_id": comment.id}


def add_invite(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/invites`: somebody invites the account to share their post."""
    order = convert(body, StrangersMessage)
    world = controls.scene.world
    account = controls.named(order.user_id)
    media = add_foreign_media(world, account.id, order.username, order.text, controls.scene.settle())
    world.invites[media.id] = Invite(media_id=media.id)
    return {"media_id": media.id}


def add_event(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/events`: send an event of any field, with the given value or a sample."""
    order = convert(body, EventOrder)
    if order.field not in _FIELDS:
        raise BadRequest(f"there is no field {order.field!r}; fields: {', '.join(_FIELDS)}")
    account = controls.named(order.user_id)
    event = sample_event(account.id, order.field, order.value, controls.scene.settle())
    return {"told": controls.scene.postman.tell(event, is_test=True)}


def webhook(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/webhook`: the callback, and the events that are not delivered yet."""
    world = controls.scene.world
    return {
        "callback_url": world.callback.url if world.callback else None,
        "fields": world.callback.fields if world.callback else [],
        "subscribed": sorted(world.subscriptions),
        "waiting": [{"field": one.field, "tries": one.tries} for one in world.outbox],
    }


async def set_webhook(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/webhook`: set the app's callback, once it answers the challenge."""
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
