"""Executes one parsed call: its route, its count against the allowance, its fault.

`Performer` finds out what to do, `apply_fault` spoils a call, and `draw_fault` draws the random faults of a
hostile host: lost answers to publish calls, and posts made by hand.
"""

import asyncio
import base64
import inspect
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec

from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.calls.call import Arrival, BareCall, GraphCall, OpenRoute, Route
from pressroom.sandbox.calls.later import late_call
from pressroom.sandbox.calls.resolve import Surface, name_of, open_path, resolve
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.calls.tokens import token_notes
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from pressroom.sandbox.state.things import Container, ContainerKind, LatePost
from pressroom.sandbox.wire.answer import (
    GraphRefusal,
    HttpAnswer,
    Receive,
    invalid,
    not_found,
    refusal,
    wait_for_disconnect,
)
from pressroom.sandbox.wire.log import Entry, Header, Meter, usage_headers
from pressroom.sandbox.wire.paging import wire_date

_FULL = 100  # percent of the allowance


class Performer:
    """Executes calls. Raises ConnectionDropped when a fault cuts the answer."""

    def __init__(self, scene: Scene, surface: Surface) -> None:
        self._scene = scene
        self._surface = surface
        self._meters: defaultdict[str, Meter] = defaultdict(Meter)

    def forget_usage(self) -> None:
        """Reset the usage counters."""
        self._meters.clear()

    async def perform(self, arrival: Arrival, now: float, entry: Entry, receive: Receive) -> HttpAnswer:
        """Answer one call; every refusal becomes an answer."""
        try:
            _refuse_ids(arrival, entry)
            if not self._scene.settings.legacy_features:
                _check_legacy(arrival)
            # First, since these calls carry no account's token and would be refused with 104.
            opened = self._surface.open_route(arrival.method, open_path(self._scene, arrival))
            if opened is not None:
                call = BareCall(scene=self._scene, arrival=arrival, now=now)
                entry.name, entry.notes = opened.name, call.notes
                fault = self._scene.faults.take(opened.name, arrival.method)
                if fault is None:
                    return await self._true_open_answer(opened, call)
                entry.fault = f"{fault.kind} ({fault.effect})"
                try:
                    return await apply_fault(
                        fault, call, receive, lambda: self._true_open_answer(opened, call)
                    )
                except GraphRefusal as refused:
                    return self._open_refused(opened, call, refused)
            route, call = resolve(self._scene, self._surface, arrival, now)
        except GraphRefusal as refused:
            # Refused before its route was used: the log names the call all the same.
            entry.name = entry.name or name_of(self._scene, self._surface, arrival)
            entry.notes = token_notes(self._scene.world, arrival, refused)
            return self.refused(refused)
        entry.name, entry.notes = route.name, call.notes
        return await self._perform(route, call, entry, receive)

    async def _perform(self, route: Route, call: GraphCall, entry: Entry, receive: Receive) -> HttpAnswer:
        # Throttled calls count too: calling while throttled lengthens the block (Rate Limiting).
        settings, meter = self._scene.settings, self._meters[call.account.id]
        percent, usage = meter.count(call.now) * 100 // settings.calls_per_day, list[Header]()
        if percent >= settings.usage_header_from:
            regain_min = meter.regain_min(call.now) if percent >= _FULL else 0
            usage = usage_headers(call.account.id, percent, regain_min)
        try:
            if percent >= _FULL and settings.throttles:
                raise refusal(80002)
            fault = self._scene.faults.take(route.name, call.arrival.method) or draw_fault(route.name, call)
            if fault is None:
                answer = await self._true_answer(route, call)
            else:
                entry.fault = f"{fault.kind} ({fault.effect})"
                answer = await apply_fault(fault, call, receive, lambda: self._true_answer(route, call))
        except GraphRefusal as refused:
            answer = self.refused(refused)
        answer.headers += usage
        # An ended version is served by another one without an error (Versioning); this header tells which.
        answer.headers.append((b"facebook-api-version", call.version.name.encode()))
        return answer

    def _open_refused(self, route: OpenRoute, call: BareCall, refused: GraphRefusal) -> HttpAnswer:
        own = route.refuse(call, refused) if route.refuse is not None else None
        return own or self.refused(refused)

    async def _true_open_answer(self, route: OpenRoute, call: BareCall) -> HttpAnswer:
        try:
            with self._scene.world.lock:
                answer = route.handle(call)
            return answer if isinstance(answer, HttpAnswer) else await answer
        except GraphRefusal as refused:
            return self._open_refused(route, call, refused)

    async def _true_answer(self, route: Route, call: GraphCall) -> HttpAnswer:
        try:
            # The lock makes check and change one step for other threads. Async handlers run after its
            # release: it must not be held while a file is fetched.
            with self._scene.world.lock:
                result = route.handle(call)
            if inspect.isawaitable(result):
                result = await result
        except GraphRefusal as refused:
            return self.refused(refused)
        return HttpAnswer(200, msgspec.json.encode(result))

    def refused(self, refused: GraphRefusal) -> HttpAnswer:
        """Build the answer of a refusal, in Meta's envelope."""
        # From the seeded generator, so that the same seed gives the same answers.
        trace = base64.urlsafe_b64encode(self._scene.randomness.randbytes(16)).decode().rstrip("=")
        body = msgspec.json.encode(refused.envelope(f"A{trace}"))
        return HttpAnswer(refused.http_status, body, headers=[refused.challenge()])


def _refuse_ids(arrival: Arrival, entry: Entry) -> None:
    """Refuse a call that asks for several nodes (`/?ids=1,2`) or for their edge (`/insights?ids=1,2`)."""
    word = "/".join(arrival.segments)
    is_node = word == "me" or word.isdigit() or "/" in word
    if arrival.method == "GET" and "ids" in arrival.params and not is_node:
        entry.name = "ids"
        # Since 27 October 2026 on both hosts, whatever version is in the path (recorded).
        message = "The ids query parameter is deprecated in v26.0+"
        raise GraphRefusal(100, message=message, http_status=500)


_ALIAS = re.compile(r"\.as\(")


def _check_legacy(arrival: Arrival) -> None:
    """Raise GraphRefusal for what Graph API v27.0 took from new apps, on every version."""
    used = [name for name in ("date_format", "method", "callback") if name in arrival.params]
    if _ALIAS.search(str(arrival.params.get("fields", ""))):
        used.append("fields with an alias")
    if used:
        # Inferred: no page has the words or the code.
        raise invalid(f"{used[0]} is not supported for new apps in v27.0+")


TrueAnswer = Callable[[], Awaitable[HttpAnswer]]
_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
# What the texts of a fault's error name.
_SAMPLES = {
    "ratio": "0.5625",
    "url": "https://example.com/a.jpg",
    "format": "PNG",
    "media_type": "UNKNOWN",
    "length": "2201",
    "most": "2200",
}
# Upload or processing failed; seen only in a container's `status` text.
_FAILURE = 2207082


async def apply_fault(fault: Fault, call: BareCall, receive: Receive, true_answer: TrueAnswer) -> HttpAnswer:
    """Execute the call as far as the fault allows, and give what the caller gets in its place.

    Raises GraphRefusal for an error of the fault's own, ConnectionDropped where there is no whole answer.
    """
    answer: HttpAnswer | None = None
    # Before the call, so that a read of the container shows it.
    _end_container(fault, call)
    if fault.effect is Effect.LATER:
        call.scene.later(call.now + fault.delay_s, late_call(call))
    elif fault.effect is not Effect.NONE or fault.kind.is_true_answer:
        answer = await true_answer()
    # And after it, since `create` has only now made the container.
    _end_container(fault, call)
    try:
        return await answer_with_fault(call.scene, fault, answer, receive)
    except GraphRefusal as refused:
        # Meta's text of a 100/33 names the id that was asked for.
        if fault.message is None and (refused.code, refused.subcode) == (100, 33):
            name, verb = "".join(call.arrival.segments[:1]), call.arrival.method.lower()
            refused.message = not_found(name, verb).message
        raise


async def answer_with_fault(
    scene: Scene, fault: Fault, answer: HttpAnswer | None, receive: Receive
) -> HttpAnswer:
    """Give what the caller gets. `answer` is the true one, None when the call was not executed.

    Raises GraphRefusal and ConnectionDropped, as `apply_fault`.
    """
    if answer is not None and fault.kind.is_true_answer:
        if fault.kind is FaultKind.SLOW:
            await scene.clock.sleep(fault.delay_s)
        answer.is_cut = fault.kind is FaultKind.TRUNCATE
        return answer
    if fault.kind is FaultKind.ERROR:
        now = scene.clock.unix()
        words = {**_SAMPLES, "expired": wire_date(now - 1), "now": wire_date(now)}
        refused = refusal(fault.code, fault.subcode, message=fault.message, **words)
        refused.http_status = fault.http_status or refused.http_status
        if fault.is_transient is not None:
            refused.is_transient = fault.is_transient
        raise refused
    if fault.kind is FaultKind.GATEWAY:
        return HttpAnswer(fault.http_status or 502, _GATEWAY_PAGE, b"text/html; charset=utf-8")
    if fault.kind is FaultKind.HANG:
        # Without the second wait every client that gave up would leave a task for the full ten minutes.
        waits = [
            asyncio.ensure_future(scene.clock.sleep(fault.hang_s)),
            asyncio.ensure_future(wait_for_disconnect(receive)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
    raise ConnectionDropped


def _end_container(fault: Fault, call: BareCall) -> None:
    container = call.thing if isinstance(call, GraphCall) else None
    if fault.kind is not FaultKind.CONTAINER or not isinstance(container, Container):
        return
    container.fate = fault.status
    if fault.status is ContainerStatus.ERROR:
        container.failure = fault.subcode or _FAILURE


_LATEST_S = 20.0
_PUBLISH = "media_publish"
_DELETE = ("media", "DELETE")
# Answers that prove nothing about the publish: timeouts, 5xx and 4/2207051 have each been followed by a live
# post (observed), and a 200 has carried an error body.
_LOST = (
    Fault(on=_PUBLISH, kind=FaultKind.DROP),
    Fault(on=_PUBLISH, kind=FaultKind.HANG),
    Fault(on=_PUBLISH, kind=FaultKind.GATEWAY),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=2, http_status=500),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=1, http_status=200),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=4, subcode=2207051),
)


def draw_fault(name: str, call: GraphCall) -> Fault | None:
    """Draw the fault of a call that publishes or deletes; the random seed decides. None: it goes well."""
    manners, dice = call.scene.settings.manners, call.scene.randomness
    is_publish = name == _PUBLISH
    if not (is_publish or (name, call.arrival.method) == _DELETE) or not (
        manners.lost_answers or manners.copies
    ):
        return None
    if is_publish and dice.random() < manners.copies:
        # Somebody posts the same caption by hand, at once or seconds later: the trap for clients that find a
        # lost publish by its caption.
        shift_s = max(0.0, dice.uniform(-_LATEST_S, _LATEST_S))
        container = call.scene.world.container(call.text("creation_id") or "")
        if container is not None and container.kind is not ContainerKind.ITEM:
            caption = container.params.get("caption")
            copy = LatePost(user_id=call.account.id, kind=container.kind, caption=caption)
            call.scene.later(call.now + shift_s, copy)
    if dice.random() >= manners.lost_answers:
        return None
    effect = dice.choice((Effect.NONE, Effect.DONE, Effect.LATER))
    return replace(dice.choice(_LOST), effect=effect, delay_s=dice.uniform(1.0, _LATEST_S))
