"""Executes late effects: calls whose answer went wrong first, posts by hand, ends of stories, metrics."""

import logging
from collections.abc import Awaitable, Coroutine
from typing import Any

from pressroom.graph.answers import MediaProductType
from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.sandbox.calls.call import Arrival, BareCall, GraphCall, Result
from pressroom.sandbox.calls.resolve import Surface, open_path, route_of
from pressroom.sandbox.calls.scene import Scene, What
from pressroom.sandbox.state import things
from pressroom.sandbox.state.growth import numbers_of
from pressroom.sandbox.state.ids import is_invented
from pressroom.sandbox.state.seeding import ByHand, publish_by_hand
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer
from pressroom.sandbox.wire.payloads import story_event

_log = logging.getLogger("pressroom.sandbox")
# Late calls are saved to the state file. `method` is dropped because LateCall has it resolved already.
_NEVER_KEPT = frozenset({"access_token", "appsecret_proof", "method"})
# Needed to verify the callback later; the state file keeps it with the callback anyway.
_KEPT_ANYHOW = "verify_token"


def late_call(call: BareCall) -> things.LateCall:
    """Make a call storable, to be executed later; of secrets it keeps only those the sandbox invented."""
    arrival, scene = call.arrival, call.scene
    params = {name: value for name, value in arrival.params.items() if name not in _NEVER_KEPT}
    for name in SECRET_PARAMETERS & params.keys() - {_KEPT_ANYHOW}:
        secret = str(params[name])
        is_code = secret in scene.world.codes
        if not is_code and secret != scene.settings.app_secret and not is_invented(secret):
            del params[name]
    late = things.LateCall(
        method=arrival.method,
        path=arrival.segments,
        version=arrival.version,
        params=params,
        host=arrival.host,
    )
    if isinstance(call, GraphCall):
        late.user_id, late.login, late.token_kind = call.account.id, call.login, call.token.kind
    return late


class Later:
    """Executes late effects."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    def __call__(self, scene: Scene, what: What, at: float) -> Coroutine[Any, Any, None] | None:
        """Execute one effect. `at`: when it was due, in unix seconds. Gives what must still be awaited."""
        if isinstance(what, things.LateCall):
            try:
                result = self._handled(scene, what, at)
            except GraphRefusal as refused:
                _note(refused)
                return None
            return _quietly(result) if isinstance(result, Awaitable) else None
        if isinstance(what, things.LateUpload):
            return _take_upload(scene, what)
        if isinstance(what, things.LatePost):
            account = scene.world.account(what.user_id)
            if account is not None:
                post = publish_by_hand(scene.world, account, ByHand(kind=what.kind, caption=what.caption), at)
                schedule_story_end(scene, post, account.login)
        elif isinstance(what, things.LateMetrics):
            held = scene.metrics
            scene.world.metrics = things.Metrics(
                gone=held.gone if what.gone is None else what.gone,
                refused=held.refused if what.refused is None else what.refused,
                viewers=held.viewers if what.viewers is None else what.viewers,
            )
        elif (media := scene.world.media(what.media_id)) is not None:
            account = scene.world.accounts[media.user_id]
            numbers = numbers_of(scene.world.random_seed, media, account, at)
            scene.postman.tell(story_event(media, numbers, at))
        return None

    def _handled(
        self, scene: Scene, what: things.LateCall, at: float
    ) -> HttpAnswer | Result | Awaitable[HttpAnswer | Result] | None:
        arrival = Arrival(
            method=what.method,
            segments=what.path,
            version=what.version,
            params=dict(what.params),
            headers={},
            scheme="http",
            host=what.host,
        )
        if what.user_id is None or what.login is None:
            opened = self._surface.open_route(what.method, open_path(scene, arrival))
            return opened.handle(BareCall(scene=scene, arrival=arrival, now=at)) if opened else None
        # The caller's token was not stored; the call was authorised when it came, so every scope is granted.
        token = things.Token(
            text="",
            user_id=what.user_id,
            login=what.login,
            created_at=at,
            expires_at=None,
            kind=what.token_kind,
        )
        route, call = route_of(scene, self._surface, arrival, token, at)
        return route.handle(call)


async def _take_upload(scene: Scene, what: things.LateUpload) -> None:
    container = scene.world.container(what.container_id)
    if container is not None:
        container.video_url = what.file_url
        scene.fetching.look_after(container, container.kind.use, [])


async def _quietly(rest: Awaitable[object]) -> None:
    try:
        await rest
    except GraphRefusal as refused:
        _note(refused)


def _note(refused: GraphRefusal) -> None:
    # Nobody waits for the answer any more; a refusal only means that the effect did not happen.
    _log.info("a late effect was refused: %s", refused.message)


def schedule_story_end(scene: Scene, media: things.Media, login: LoginType) -> None:
    """Schedule the webhook of a story's end; any other media has none."""
    # The webhook `story_insights` exists under Facebook Login only, and comes when the story ends (Webhooks).
    if media.product is MediaProductType.STORY and login is not LoginType.INSTAGRAM:
        scene.later(media.created_at + STORY_LIFETIME_S, things.LateStoryEnd(media_id=media.id))
