"""The orders of the control API; `ACTIONS` has each with its function.

They show and change the sandbox itself: its state, accounts and seeds, faults, clock, calls and recordings,
its media and the metrics on offer. Orders that act for other people are in `strangers`.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pressroom.core.secret import MASK
from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.checks import did_you_mean
from pressroom.sandbox.control import strangers
from pressroom.sandbox.control.controls import Actions, BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.faults import Fault
from pressroom.sandbox.metrics import check_gone, check_refused
from pressroom.sandbox.publishing.routes import status_of
from pressroom.sandbox.reading.media import permalink_path
from pressroom.sandbox.settings import Fetch
from pressroom.sandbox.state.ids import is_invented
from pressroom.sandbox.state.seeding import (
    DAY_S,
    AccountSeed,
    ByHand,
    Year,
    check_comments,
    check_hours,
    plant_year,
    seed_media,
)
from pressroom.sandbox.state.things import Comment, Container, Dip, LateMetrics, LatePost, Truth
from pressroom.sandbox.surface import openapi
from pressroom.sandbox.surface_json import describe_surface
from pressroom.sandbox.surface_shapes import SurfaceShape
from pressroom.sandbox.wire.params import parse_integer
from pressroom.version import __version__

# Containers, and calls or media, in an answer: it stays small in a long run.
_MOST_SHOWN, _PAGE = 100, 1000
# Also what `Sandbox.order` and the command line offer; a page's path must not be one of these names.
ACTIONS = Actions(strangers.ACTIONS)


@ACTIONS.orders("GET", "state")
def state(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/state`."""
    scene, account = controls.scene, controls.account
    # Late effects first, so that the state shows them.
    now = scene.settle()
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
            "used": world.published_since(account.id, now - DAY_S),
            "total": scene.settings.quota_total,
        },
        "counts": {
            "media": len(world.feeds[account.id]),
            "stories": len(world.stories[account.id]),
            "containers": len(containers),
            "comments": sum(isinstance(thing, Comment) for thing in world.things.values()),
        },
        # The newest first.
        "containers": [_container(scene, thing, now) for thing in containers[: -_MOST_SHOWN - 1 : -1]],
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


@ACTIONS.orders("POST", "reset")
def reset(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`POST /_sandbox/reset`."""
    controls.owner.reset()
    return state(controls, {}, {})


@ACTIONS.orders("GET", "export")
def export_state(controls: Controls, _query: Query, _body: Body) -> msgspec.Raw:
    """`GET /_sandbox/export`: everything that exists."""
    return msgspec.Raw(controls.owner.export_state())


@ACTIONS.orders("POST", "import")
def import_state(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/import`: replace everything by an exported state."""
    try:
        controls.owner.import_state(msgspec.json.encode(body))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return state(controls, {}, {})


@ACTIONS.orders("GET", "openapi.json")
def description(_controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/openapi.json`."""
    return openapi()


@ACTIONS.orders("GET", "surface.json")
def surface(_controls: Controls, _query: Query, _body: Body) -> SurfaceShape:
    """`GET /_sandbox/surface.json`."""
    return describe_surface()


@ACTIONS.orders("POST", "accounts")
def add_account(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/accounts`: add an account, with followers, best hours and older media."""
    try:
        user_id, token = controls.owner.add_account(convert(body, AccountSeed))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return {"user_id": user_id, "token": token}


class DipOrder(msgspec.Struct, forbid_unknown_fields=True):
    """So few followers for so many days, from `in_days` from now on; a negative number is in the past."""

    in_days: float = 0.0
    days: float = 5.0
    followers: int = 60


class SeedOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What to add to an account (`user_id` None: the sandbox's own), and which accounts to add.

    truth: how its posts do, from their first on. year: a year of media with a truth of its own.
    Raises ValueError for negative numbers and for hours outside 0 to 23.
    """

    user_id: str | None = None
    media: int = 0
    comments: int = 0
    followers: int | None = None
    best_hours: list[int] | None = None
    truth: Truth | None = None
    dip: DipOrder | None = None
    year: Year | None = None
    accounts: list[AccountSeed] = msgspec.field(default_factory=list[AccountSeed])

    def __post_init__(self) -> None:
        check_hours(self.best_hours)
        check_comments(self.media, self.comments)
        if min(self.media, self.comments, self.followers or 0) < 0:
            raise ValueError("media, comments and followers are 0 or more")


@ACTIONS.orders("POST", "seed")
def seed(controls: Controls, query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/seed`: add media, a year of them, accounts; set followers and what is true of them."""
    order: SeedOrder = convert(body, SeedOrder)

    # Do all of an order but its accounts; the answer is what a year planted, None without a year.
    scene, world = controls.scene, controls.scene.world
    account = controls.named(order.user_id)
    # The server's thread may answer a call meanwhile.
    with world.lock:
        now = scene.settle()
        # The year first: it brings a truth of its own, which the order's replaces.
        planted = plant_year(world, account, order.year, now) if order.year else None
        if order.followers is not None:
            account.followers, account.counted_at = order.followers, now
        account.best_hours = order.best_hours or account.best_hours
        account.truth = order.truth or account.truth
        if order.dip:
            since = now + order.dip.in_days * DAY_S
            until = since + order.dip.days * DAY_S
            account.dips.append(Dip(since=since, until=until, followers=order.dip.followers))
        seed_media(world, account, order.media, now, comments=order.comments)
    planted = msgspec.to_builtins(planted)

    accounts = [add_account(controls, query, msgspec.to_builtins(account)) for account in order.accounts]
    return {"accounts": accounts, "counts": state(controls, {}, {})["counts"], "planted": planted}


@ACTIONS.orders("GET", "faults")
def faults(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/faults[?unused=1]`: those that can still happen, or that never did."""
    plan = controls.scene.faults
    return [
        {"id": planned.id, **msgspec.to_builtins(planned.fault), "left": planned.left, "hits": planned.hits}
        for planned in (plan.unused() if "unused" in query else plan.list())
    ]


@ACTIONS.orders("POST", "faults")
def add_fault(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/faults`: plan a fault, or an outage, which is several, by its name."""
    try:
        if set(body) == {"outage"}:
            return {"ids": controls.scene.faults.add_outage(str(body["outage"]))}
        # Fault is a dataclass, where msgspec ignores unknown keys: a typo would be planned as another fault.
        unknown = set(body) - set(Fault.__dataclass_fields__)
        if unknown:
            hint = did_you_mean(min(unknown), Fault.__dataclass_fields__)
            raise BadRequest(f"a fault has no {', '.join(sorted(unknown))}.{hint}")
        return {"id": controls.scene.faults.add(convert(body, Fault))}
    except ValueError as error:
        raise BadRequest(str(error)) from None


@ACTIONS.orders("DELETE", "faults")
def clear_faults(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`DELETE /_sandbox/faults[?id=N]`."""
    number = parse_integer(query.get("id", ""))
    if "id" not in query:
        controls.scene.faults.clear()
    elif number is None or not controls.scene.faults.remove(number):
        raise BadRequest(f"there is no fault {query['id']}")
    return faults(controls, {}, {})


@ACTIONS.orders("GET", "clock")
def clock(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/clock`: the time, so that workers in other processes can follow it."""
    ticking = controls.scene.clock
    return {"now": ticking.now().isoformat(), "elapsed_s": ticking.elapsed_s(), "factor": ticking.factor}


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True):
    """How to move the clock: any of the three, applied in this order."""

    set: datetime | None = None
    factor: float | None = None
    advance_s: float | None = None


@ACTIONS.orders("POST", "clock")
def move_clock(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/clock`: `set`, `factor` (0 freezes), `advance_s`."""
    order = convert(body, ClockOrder)
    ticking = controls.scene.clock
    try:
        if order.set is not None:
            ticking.set(order.set)
        if order.factor is not None:
            ticking.run(order.factor)
        if order.advance_s is not None:
            ticking.advance(order.advance_s)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    # What became due is done before the answer, so that the next read shows it.
    controls.scene.settle()
    return clock(controls, {}, {})


@ACTIONS.orders("GET", "requests")
def requests(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/requests[?since=N&name=&method=&path=]`: calls after a number, oldest first.

    With `since` the first 1,000, whose last number asks for more; without it the newest 1,000.
    """
    records = [
        record
        for record in controls.scene.log.records(since=_since(query, "call") or 0)
        if query.get("name") in (None, record.name)
        and query.get("method") in (None, record.method)
        and query.get("path", "") in record.path
    ]
    page = records[:_PAGE] if "since" in query else records[-_PAGE:]
    return [msgspec.to_builtins(record) for record in page]


def _since(query: Query, what: str) -> int | None:
    since = parse_integer(query["since"]) if "since" in query else 0
    if since is None or since < 0:
        raise BadRequest(f"since is the number of a {what}")
    return since if "since" in query else None


@ACTIONS.orders("DELETE", "requests")
def forget_requests(controls: Controls, _query: Query, _body: Body) -> list[dict[str, Any]]:
    """`DELETE /_sandbox/requests`."""
    controls.scene.log.clear()
    return []


class RecordingOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Where to write calls: the name of a file in the sandbox's directory.

    Raises ValueError for a path: over the network no order may write or read elsewhere.
    """

    file: str = "recording.jsonl"

    def __post_init__(self) -> None:
        if Path(self.file).name != self.file or not self.file.endswith(".jsonl"):
            raise ValueError("file is a name that ends in .jsonl, without a directory")


@ACTIONS.orders("GET", "recording")
def recording(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/recording`: the recording's file, and its number of calls."""
    recorder = controls.owner.recorder
    return {"file": str(recorder.path) if recorder else None, "calls": recorder.count if recorder else 0}


@ACTIONS.orders("POST", "recording")
def begin_recording(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/recording`: start to write every call to a file."""
    order = convert(body, RecordingOrder)
    controls.owner.record(controls.scene.home() / order.file)
    return recording(controls, {}, {})


@ACTIONS.orders("DELETE", "recording")
def end_recording(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`DELETE /_sandbox/recording`: end the recording; the answer has its file and number of calls."""
    ended = recording(controls, {}, {})
    controls.owner.record(None)
    return ended


class ReplayOrder(RecordingOrder, forbid_unknown_fields=True):
    """Which recording to replay. `fetch` None: as in the recorded sandbox."""

    fetch: Fetch | None = None


@ACTIONS.orders("POST", "replay")
async def replay(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/replay`: replay a recording on a fresh sandbox; this one stays as it is."""
    order = convert(body, ReplayOrder)
    try:
        comparison = await controls.owner.replay(controls.scene.home() / order.file, fetch=order.fetch)
    except OSError:
        raise BadRequest(f"there is no recording {order.file}") from None
    except ValueError as error:
        raise BadRequest(f"{order.file}: {error}") from None
    return msgspec.to_builtins(comparison)


@ACTIONS.orders("GET", "media")
def media(controls: Controls, query: Query, _body: Body) -> list[dict[str, Any]]:
    """`GET /_sandbox/media[?since=N]`: what is live, the newest 1,000 first; after a number, the oldest."""
    scene, since = controls.scene, _since(query, "media")
    scene.settle()
    every = [*scene.world.feeds[controls.user_id], *scene.world.stories[controls.user_id]]
    if since is None:
        page = sorted(every, key=lambda post: post.key, reverse=True)
    else:
        page = sorted((post for post in every if post.number > since), key=lambda post: post.number)
    return [
        {
            "id": post.id,
            "number": post.number,
            "kind": post.kind.value,
            "media_product_type": post.product.value,
            "caption": post.caption,
            "created_at": _iso(post.created_at),
            "container_id": post.container_id,
            "permalink_path": permalink_path(post, controls.account.username),
            "is_story": post.product is MediaProductType.STORY,
        }
        for post in page[:_PAGE]
    ]


@ACTIONS.orders("POST", "media")
def add_media(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/media`: somebody posts by hand, now or `in_s` seconds from now."""
    order = convert(body, ByHand)
    scene, account = controls.scene, controls.named(order.user_id)
    # Scheduled, also for now: with `in_s` it survives a restart, and both go one way.
    post = LatePost(user_id=account.id, kind=order.kind, caption=order.caption)
    scene.later(scene.clock.unix() + order.in_s, post)
    scene.settle()
    return {"success": True}


class EditOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a media. caption: the new one, empty for none; None leaves it.

    deleted: it vanishes with its comments, and a story before its end. Raises ValueError for both together,
    and for neither.
    """

    media_id: str
    caption: str | None = None
    deleted: bool = False

    def __post_init__(self) -> None:
        if (self.caption is not None) is self.deleted:
            raise ValueError("give a caption, or deleted")


@ACTIONS.orders("POST", "edits")
def edit_media(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/edits`: the owner edits or deletes a media in the app."""
    order: EditOrder = convert(body, EditOrder)
    controls.scene.settle()
    world = controls.scene.world
    # The server's thread may answer a call meanwhile.
    with world.lock:
        media = world.media(order.media_id)
        if media is None or media.is_item:
            raise BadRequest(f"there is no media {order.media_id}")
        if order.deleted:
            world.remove_media(media)
        else:
            media.caption = order.caption or None
    return {"success": True}


class MetricsOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What replaces the settings `metrics_gone`, `metrics_refused`, `viewers`, `in_s` seconds from now.

    None leaves one as it is; an empty list gives every metric back. Raises ValueError for an unknown metric.
    """

    gone: list[str] | None = None
    refused: list[str] | None = None
    viewers: bool | None = None
    in_s: float = 0.0

    def __post_init__(self) -> None:
        check_gone(self.gone or ())
        check_refused(self.refused or ())


@ACTIONS.orders("GET", "metrics")
def metrics(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/metrics`: what is taken away, refused or renamed at the moment."""
    controls.scene.settle()
    current = controls.scene.metrics
    return {"gone": current.gone, "refused": current.refused, "viewers": current.viewers}


@ACTIONS.orders("POST", "metrics")
def change_metrics(controls: Controls, query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/metrics`: change them, now or `in_s` seconds from now."""
    order: MetricsOrder = convert(body, MetricsOrder)
    scene = controls.scene
    change = LateMetrics(gone=order.gone, refused=order.refused, viewers=order.viewers)
    scene.later(scene.clock.unix() + order.in_s, change)
    return metrics(controls, query, body)
