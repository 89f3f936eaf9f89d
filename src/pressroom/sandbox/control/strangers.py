"""Orders that act for other people, and those about the app: its callback, its roles and its tokens.

Strangers comment, write, mention and invite; a person answers the sign-in of an app without a browser. Each
order is a struct that refuses unknown fields, followed by the function that carries it out.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from pressroom.sandbox.calls.call import Arrival, BareCall, split_path
from pressroom.sandbox.control.controls import Actions, BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.settings import AppMode, Tester
from pressroom.sandbox.state.ids import LONG_LIFE_S
from pressroom.sandbox.state.seeding import add_foreign_media
from pressroom.sandbox.state.things import Callback, Comment, Invite, Media
from pressroom.sandbox.state.world import find_or_add_person
from pressroom.sandbox.surface import open_route
from pressroom.sandbox.webhooks import NotVerified
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer
from pressroom.sandbox.wire.params import Params, read_params
from pressroom.sandbox.wire.payloads import (
    FIELDS,
    MESSAGING,
    comment_event,
    mention_event,
    message_event,
    sample_event,
)

_FIELDS = (*FIELDS, *MESSAGING)
ACTIONS = Actions()


class StrangersComment(msgspec.Struct, forbid_unknown_fields=True):
    """A comment by somebody else."""

    media_id: str
    text: str
    username: str = "a.stranger"


@ACTIONS.orders("POST", "comments")
def add_comment(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/comments`: a stranger comments."""
    order = convert(body, StrangersComment)
    target = controls.scene.world.media(order.media_id)
    if target is None:
        raise BadRequest(f"there is no media {order.media_id}")
    comment = _add_comment(controls, target, order.username, order.text)
    controls.scene.postman.tell(comment_event(target, comment))
    return {"id": comment.id}


def _add_comment(controls: Controls, target: Media, username: str, text: str) -> Comment:
    world = controls.scene.world
    person, number = find_or_add_person(world, target.user_id, username), world.number()
    comment = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=target.id,
        user_id=person.id,
        username=username,
        text=text,
        created_at=controls.scene.settle(),
    )
    # No check whether comments are enabled: that is a rule of the API, and this is a test's own order.
    world.add_comment(comment)
    return comment


class StrangersMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message by somebody else. user_id: the account it is sent to; None: the sandbox's own."""

    text: str
    username: str = "a.stranger"
    user_id: str | None = None


@ACTIONS.orders("POST", "messages")
def add_message(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/messages`: a stranger sends a message, which opens the 24-hour window."""
    order = convert(body, StrangersMessage)
    scene = controls.scene
    account = controls.named(order.user_id)
    # The same person for the same username.
    person = find_or_add_person(scene.world, account.id, order.username)
    message = scene.world.add_message(
        person, account.id, order.text, scene.settle(), is_own=False, attachments=[]
    )
    scene.postman.tell(message_event(message, person))
    return {"id": message.id, "person_id": person.id}


class StrangersMention(msgspec.Struct, forbid_unknown_fields=True):
    """A caption, or a comment on a media, of somebody else's that mentions the account.

    user_id: the account; None: the sandbox's own.
    """

    text: str
    username: str = "a.stranger"
    user_id: str | None = None
    in_comment: bool = False


@ACTIONS.orders("POST", "mentions")
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


@ACTIONS.orders("POST", "invites")
def add_invite(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/invites`: somebody invites the account to share their post."""
    order = convert(body, StrangersMessage)
    world = controls.scene.world
    account = controls.named(order.user_id)
    media = add_foreign_media(world, account.id, order.username, order.text, controls.scene.settle())
    world.invites[media.id] = Invite(media_id=media.id)
    return {"media_id": media.id}


class EventOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A webhook event to send. `value`: in Meta's format; None: a sample."""

    field: str
    value: dict[str, Any] | None = None
    user_id: str | None = None


@ACTIONS.orders("POST", "events")
def add_event(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/events`: send an event of any field, with the given value or a sample."""
    order = convert(body, EventOrder)
    if order.field not in _FIELDS:
        raise BadRequest(f"there is no field {order.field!r}; fields: {', '.join(_FIELDS)}")
    account = controls.named(order.user_id)
    event = sample_event(account.id, order.field, order.value, controls.scene.settle())
    return {"told": controls.scene.postman.tell(event, is_test=True)}


@ACTIONS.orders("GET", "webhook")
def webhook(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/webhook`: the callback, and the events that are not delivered yet."""
    world = controls.scene.world
    return {
        "callback_url": world.callback.url if world.callback else None,
        "fields": world.callback.fields if world.callback else [],
        "subscribed": sorted(world.subscriptions),
        "waiting": [{"field": event.field, "tries": event.tries} for event in world.outbox],
    }


class WebhookOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The app's callback. `fields` empty: all of them."""

    callback_url: str
    verify_token: str = ""
    fields: list[str] = msgspec.field(default_factory=list[str])


@ACTIONS.orders("POST", "webhook")
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


_CONSENTS = ("authorize", "dialog")
# Handling Errors: the subcodes of a 190.
_SUBCODES = {"revoked": 458, "checkpointed": 459, "password_changed": 460, "logged_out": 467}


class ConsentOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The address to which an app sends a browser. user_id: who answers; None: the sandbox's own account.

    granted: the permissions that are left ticked, by the names of any login; None: as the setting says.
    """

    url: str
    decision: Literal["allow", "deny"] = "allow"
    user_id: str | None = None
    granted: list[str] | None = None


@ACTIONS.orders("POST", "consent")
def consent(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/consent`: answer an app's sign-in as a person would; gives where a browser goes on."""
    order: ConsentOrder = convert(body, ConsentOrder)
    url = urlsplit(order.url)
    segments, version = split_path(url.path)
    route = open_route("GET", "/".join(segments))
    if route is None or route.name not in _CONSENTS:
        raise BadRequest("url is the address of /oauth/authorize or /dialog/oauth, with its query")
    answers: Params = {"decision": order.decision, "account": controls.named(order.user_id).id}
    if order.granted is not None:
        answers["granted"] = order.granted
    arrival = Arrival(
        method="GET",
        segments=segments,
        version=version,
        params={**read_params(url.query.encode(), "", b""), **answers},
        headers={},
        scheme=url.scheme or "http",
        host=url.netloc or "localhost",
    )
    try:
        answer = route.handle(BareCall(scene=controls.scene, arrival=arrival, now=controls.scene.settle()))
    except GraphRefusal as refused:
        raise BadRequest(refused.message) from None
    # A page or a redirect: neither is awaited.
    assert isinstance(answer, HttpAnswer)
    location = dict(answer.headers).get(b"location")
    if location is None:
        raise BadRequest(f"{url.hostname} asks nobody: an app sends a browser to www.instagram.com")
    return {"location": location.decode()}


class RolesOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The role of an account in the app (`user_id` None: the sandbox's own), and the app's mode.

    None leaves either as it is.
    """

    user_id: str | None = None
    tester: Tester | None = None
    app_mode: AppMode | None = None


@ACTIONS.orders("POST", "roles")
def roles(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/roles`: invite a tester, accept for it, or take its role; switch the app."""
    order: RolesOrder = convert(body, RolesOrder)
    account, world = controls.named(order.user_id), controls.scene.world
    account.tester = order.tester or account.tester
    world.app_mode = order.app_mode or world.app_mode
    mode = world.app_mode or controls.scene.settings.app_mode
    return {"user_id": account.id, "tester": account.tester, "app_mode": mode}


class TokensOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of the tokens of an account (`user_id` None: the sandbox's own); `valid`: for 60 days."""

    end: Literal["expired", "revoked", "checkpointed", "password_changed", "logged_out", "valid"]
    user_id: str | None = None


@ACTIONS.orders("POST", "tokens")
def end_tokens(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/tokens`: end every token of one account, or make them valid again."""
    order: TokensOrder = convert(body, TokensOrder)
    now, account = controls.scene.settle(), controls.named(order.user_id)
    held = controls.scene.world.tokens_of(account.id)
    for token in held:
        token.revoked_by = _SUBCODES.get(order.end)
        if order.end == "expired":
            token.expires_at = now
        elif order.end == "valid":
            token.expires_at = now + LONG_LIFE_S
    return {"user_id": account.id, "tokens": len(held)}
