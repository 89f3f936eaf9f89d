"""The actions of the control API."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from pressroom.core.redact import MASK
from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.checks import near
from pressroom.sandbox.control import editing, offering, recordings, signing, strangers
from pressroom.sandbox.control.controls import Action, BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.control.planting import SeedOrder, plant
from pressroom.sandbox.faults import Fault, Planned
from pressroom.sandbox.publishing.state import status_of
from pressroom.sandbox.reading.media import permalink_path
from pressroom.sandbox.state.byhand import ByHand
from pressroom.sandbox.state.invented import is_invented
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.sandbox.state.things import Comment, Container, LatePost, Media
from pressroom.sandbox.surface.description import openapi
from pressroom.sandbox.wire.params import whole
from pressroom.version import __version__

_DAY_S = 24 * 3600
_MOST_SHOWN, _PAGE = 100, 1000  # of containers, and of calls and media: answers stay small in a long run
T = TypeVar("T")


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True):
    """How to move the clock: any of the three, applied in this order."""

    set: datetime | None = None
    factor: float | None = None
    advance_s: float | None = None


def state(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/state`."""
    scene, account = controls.scene, controls.account
    now = scene.settle()  # late effects first, so that the state shows them
    world = scene.world
    containers = [thing for thing in world.things.values() if isinstance(thing, Container)]
    return {
        "version": __version__,
        "user_id": account.id,
        "username": account.username,
        "login": account.login.value,
        # Only an invented token is shown: one that was set may be a real one.
        "token": controls.token if is_invented(controls.token) else MASK,
        "clock": clock(controls, {}, {}),
        "quota": {
            "used": world.published_since(account.id, now - _DAY_S),
            "total": scene.settings.quota_total,
        },
        "counts": {
            "media": len(world.feeds[account.id]),
            "stories": len(world.stories[account.id]),
            "containers": len(containers),
            "comments": sum(isinstance(thing, Comment) for thing in world.things.values()),
        },
        "containers": [_container(scene, one, now) for one in containers[: -_MOST_SHOWN - 1 : -1]],
        "faults": faults(controls, {}, {}),
    }


def _container(scene: Scene, container: Container, now: float) -> dict[str, Any]:
    return {
        "id": container.id,
        "kind": container.kind.value,
        # The true status, which counts no look and no lag: to look at the state must not change it.
        "status": status_of(scene.world, container, scene.settings.processing, now).value,
        "created_at": _iso(container.created_at),
        "children": container.children,
        "publishes": container.publishes,
    }


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="seconds")


def reset(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`POST /_sandbox/reset`."""
    controls.owner.reset()
    return state(controls, {}, {})


def add_account(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/accounts`: add an account, with followers, best hours and older media."""
    try:
        user_id, token = controls.owner.add_account(convert(body, AccountSeed))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return {"user_id": user_id, "token": token}


def seed(controls: Controls, query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/seed`: add media, a year of them, accounts; set followers and what is true of them."""
    order: SeedOrder = convert(body, SeedOrder)
    planted = plant(controls, order)
    made = [add_account(controls, query, msgspec.to_builtins(one)) for one in order.accounts]
    return {"accounts": made, "counts": state(controls, {}, {})["counts"], "planted": planted}


def export_state(controls: Controls, _query: Query, _body: Body) -> msgspec.Raw:
    """`GET /_sandbox/export`: everything that exists."""
    return msgspec.Raw(controls.owner.export_state())


def import_state(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/import`: replace everything by an exported state."""
    try:
        controls.owner.import_state(msgspec.json.encode(body))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return state(controls, {}, {})


def description(_controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/openapi.json`."""
    return openapi()


def faults(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/faults[?unused=1]`: those that can still happen, or that never did."""
    planned = controls.scene.faults
    return [_planned(one) for one in (planned.unused() if "unused" in query else planned.list())]


def _planned(planned: Planned) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(planned.fault)
    return {"id": planned.id, **shown, "left": planned.left, "hits": planned.hits}


def add_fault(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/faults`."""
    if set(body) == {"outage"}:
        return {"ids": _add_outage(controls, str(body["outage"]))}
    # Fault is a dataclass, for which msgspec ignores unknown keys: a typo would be planned as another fault.
    unknown = set(body) - set(Fault.__dataclass_fields__)
    if unknown:
        meant = near(min(unknown), Fault.__dataclass_fields__)
        raise BadRequest(f"a fault has no {', '.join(sorted(unknown))}.{meant}")
    try:
        return {"id": controls.scene.faults.add(convert(body, Fault))}
    except ValueError as error:
        raise BadRequest(str(error)) from None


def _add_outage(controls: Controls, name: str) -> list[int]:
    try:
        return controls.scene.faults.add_outage(name)
    except ValueError as error:
        raise BadRequest(str(error)) from None


def clear_faults(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`DELETE /_sandbox/faults[?id=N]`."""
    number = whole(query.get("id", ""))
    if "id" not in query:
        controls.scene.faults.clear()
    elif number is None or not controls.scene.faults.remove(number):
        raise BadRequest(f"there is no fault {query['id']}")
    return faults(controls, {}, {})


def clock(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/clock`: the time, so that workers in other processes can follow it."""
    now = controls.scene.clock
    return {"now": now.now().isoformat(), "elapsed_s": now.elapsed_s(), "factor": now.factor}


def move_clock(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/clock`: `set`, `factor` (0 freezes), `advance_s`."""
    order = convert(body, ClockOrder)
    now = controls.scene.clock
    try:
        if order.set is not None:
            now.set(order.set)
        if order.factor is not None:
            now.run(order.factor)
        if order.advance_s is not None:
            now.advance(order.advance_s)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    controls.scene.settle()  # what became due is done before the answer, so that the next read shows it
    return clock(controls, {}, {})


def requests(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/requests[?since=N&name=&method=&path=]`: calls after a number, oldest first."""
    found = controls.scene.log.records(since=_since(query, "call") or 0)
    kept = [
        one
        for one in found
        if query.get("name") in (None, one.name)
        and query.get("method") in (None, one.method)
        and query.get("path", "") in one.path
    ]
    return [msgspec.to_builtins(one) for one in _page(kept, query)]


def _since(query: Query, what: str) -> int | None:
    since = whole(query["since"]) if "since" in query else 0
    if since is None or since < 0:
        raise BadRequest(f"since is the number of a {what}")
    return since if "since" in query else None


def _page(found: list[T], query: Query) -> list[T]:
    """Give the first 1,000 after `since`, whose last number asks for more; without it the newest 1,000."""
    return found[:_PAGE] if "since" in query else found[-_PAGE:]


def forget_requests(controls: Controls, _query: Query, _body: Body) -> list[dict[str, Any]]:
    """`DELETE /_sandbox/requests`."""
    controls.scene.log.clear()
    return []


def media(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/media[?since=N]`: what is live, the newest 1,000 first; after a number, the oldest."""
    scene, since = controls.scene, _since(query, "media")
    scene.settle()
    every = [*scene.world.feeds[controls.user_id], *scene.world.stories[controls.user_id]]
    if since is None:
        every.sort(key=lambda one: one.key, reverse=True)
        return [_shown(controls, one) for one in every[:_PAGE]]
    after = sorted((one for one in every if one.number > since), key=lambda one: one.number)
    return [_shown(controls, one) for one in after[:_PAGE]]


def _shown(controls: Controls, one: Media) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "kind": one.kind.value,
        "media_product_type": one.product.value,
        "caption": one.caption,
        "created_at": _iso(one.created_at),
        "container_id": one.container_id,
        "permalink_path": permalink_path(one, controls.account.username),
        "is_story": one.product is MediaProductType.STORY,
    }


def add_media(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/media`: somebody posts by hand, now or `in_s` seconds from now."""
    order = convert(body, ByHand)
    scene, account = controls.scene, controls.named(order.user_id)
    # Scheduled, also for now: with `in_s` it survives a restart, and both go one way.
    post = LatePost(user_id=account.id, kind=order.kind, caption=order.caption)
    scene.later(scene.clock.unix() + order.in_s, post)
    scene.settle()
    return {"success": True}


# Also what `Sandbox.order` and the command line offer; a page's path must not be one of these names.
ACTIONS: Mapping[tuple[str, str], Action] = {
    ("GET", "state"): state,
    ("POST", "reset"): reset,
    ("POST", "accounts"): add_account,
    ("GET", "export"): export_state,
    ("GET", "openapi.json"): description,
    ("POST", "import"): import_state,
    ("GET", "faults"): faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults,
    ("GET", "clock"): clock,
    ("POST", "clock"): move_clock,
    ("GET", "requests"): requests,
    ("DELETE", "requests"): forget_requests,
    ("GET", "recording"): recordings.recording,
    ("POST", "recording"): recordings.begin,
    ("DELETE", "recording"): recordings.end,
    ("POST", "replay"): recordings.replay,
    ("GET", "media"): media,
    ("POST", "media"): add_media,
    ("POST", "edits"): editing.edit_media,
    ("GET", "metrics"): offering.metrics,
    ("POST", "metrics"): offering.change_metrics,
    ("POST", "comments"): strangers.add_comment,
    ("POST", "messages"): strangers.add_message,
    ("POST", "mentions"): strangers.add_mention,
    ("POST", "invites"): strangers.add_invite,
    ("POST", "events"): strangers.add_event,
    ("POST", "seed"): seed,
    ("POST", "consent"): signing.consent,
    ("POST", "roles"): signing.roles,
    ("POST", "tokens"): signing.end_tokens,
    ("GET", "webhook"): strangers.webhook,
    ("POST", "webhook"): strangers.set_webhook,
}
