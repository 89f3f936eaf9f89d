"""Carries one Graph call from the wire to its route and back, with whatever goes wrong on purpose."""

import asyncio
import base64
import inspect
import logging
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.accounts.rules import check_scope, token_of
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from pressroom.sandbox.scene import Scene
from pressroom.sandbox.state.things import Comment, Container, Thing
from pressroom.sandbox.wire.answer import Answer, Receive, Scope, Send, read_body, send_answer
from pressroom.sandbox.wire.call import Arrival, GraphCall, served_version, split_path, wire_date
from pressroom.sandbox.wire.log import Entry
from pressroom.sandbox.wire.params import read_params
from pressroom.sandbox.wire.refusals import GraphRefusal, invalid, not_found, refusal, unknown_path
from pressroom.sandbox.wire.route import Route
from pressroom.sandbox.wire.usage import Header, Meter, usage_headers

_MAX_BODY = 4 << 20
_METHODS = frozenset({"GET", "POST", "DELETE"})
_TRUE_ANSWERS = frozenset({FaultKind.SLOW, FaultKind.TRUNCATE, FaultKind.CONTAINER})
_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_FAILURE = 2207082
_FULL = 100
_log = logging.getLogger("pressroom.sandbox")


class Surface(Protocol):
    """Which route a call takes."""

    def route(self, method: str, node: str, edge: str) -> Route | None:
        """Find a route; None when there is none."""
        ...

    def is_root(self, path: str) -> bool:
        """Tell whether a path stands by itself, below no node."""
        ...


class GraphApp:
    """The Graph API as an ASGI app. Raises ConnectionDropped where a caller is to get no whole answer."""

    def __init__(self, scene: Scene, surface: Surface) -> None:
        self._scene = scene
        self._surface = surface
        self._meters: defaultdict[str, Meter] = defaultdict(Meter)

    def forget_usage(self) -> None:
        """Begin counting calls anew."""
        self._meters.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await read_body(receive, _MAX_BODY)
        now = self._scene.settle()
        answer = await self._answer(scope, body, receive, now)
        skew_s = self._scene.settings.manners.date_skew_s
        await send_answer(send, answer, unix=self._scene.clock.unix() + skew_s)
        if answer.is_cut:
            raise ConnectionDropped(is_reset=False)

    async def _answer(self, scope: Scope, body: bytes | None, receive: Receive, now: float) -> Answer:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        entry = self._scene.log.open(now, scope["method"], scope["path"], {})
        try:
            arrival = _arrival(scope, headers, body)
            entry.params, entry.method = arrival.params, arrival.method
            answer = await self.perform(arrival, now, entry, receive)
        except GraphRefusal as refused:
            answer = self._refused(refused)
        except ConnectionDropped:
            raise
        except Exception:  # noqa: BLE001  # a bug of ours must not reach the caller as a traceback
            _log.exception("the sandbox failed at %s", scope["method"])
            answer = self._refused(refusal(1))
        entry.status, entry.body = answer.status, answer.body
        return answer

    async def perform(self, arrival: Arrival, now: float, entry: Entry, receive: Receive) -> Answer:
        """Answer one call that could be read. Raises GraphRefusal and ConnectionDropped."""
        route, call = self._open(arrival, now)
        entry.name, entry.notes = route.name, call.notes
        usage = self._count(call)
        try:
            fault = self._scene.faults.take(route.name, arrival.method)
            if fault is None:
                answer = await self._carried_out(route, call)
            else:
                entry.fault = f"{fault.kind} ({fault.effect})"
                answer = await self._spoilt(fault, route, call, receive)
        except GraphRefusal as refused:
            answer = self._refused(refused)
        answer.headers += usage
        answer.headers.append((b"facebook-api-version", call.version.name.encode()))
        return answer

    def _open(self, arrival: Arrival, now: float) -> tuple[Route, GraphCall]:
        segments = arrival.segments
        path = "/".join(segments)
        version = served_version(arrival.version, now, path)
        if arrival.method not in _METHODS:
            raise _unsupported_method(arrival.method)
        token = token_of(self._scene.world, arrival, now)
        account = self._scene.world.accounts[token.user_id]
        call = GraphCall(
            scene=self._scene, arrival=arrival, version=version, token=token, account=account, now=now
        )
        node, edge = self._place(call, path)
        route = self._surface.route(arrival.method, node, edge)
        if route is None or route.login not in (None, token.login):
            raise _no_route(arrival, edge)
        check_scope(token, route.need)
        return route, call

    def _place(self, call: GraphCall, path: str) -> tuple[str, str]:
        """Find what a path names first, and what follows."""
        if self._surface.is_root(path):
            return "root", path
        first, _, edge = path.partition("/")
        named = self._scene.world.account(first)
        if first == "me" or named is call.account:
            return "user", edge
        thing = self._scene.world.things.get(first)
        if thing is None or named is not None or self._owner(thing) != call.account.id:
            raise _nothing_there(first)
        call.thing = thing
        return type(thing).__name__.lower(), edge

    def _owner(self, thing: Thing) -> str | None:
        if isinstance(thing, Comment):
            media = self._scene.world.media(thing.media_id)
            return media.user_id if media else None
        return thing.user_id

    def _count(self, call: GraphCall) -> list[Header]:
        settings = self._scene.settings
        meter = self._meters[call.account.id]
        percent = meter.count(call.now) * 100 // settings.calls_per_day
        if percent < settings.usage_header_from:
            return []
        regain_min = meter.regain_min(call.now) if percent >= _FULL else 0
        return usage_headers(call.account.id, percent, regain_min)

    async def _carried_out(self, route: Route, call: GraphCall) -> Answer:
        with self._scene.world.lock:
            result = route.handle(call)
        if inspect.isawaitable(result):
            result = await result
        return Answer(200, msgspec.json.encode(result))

    async def _spoilt(self, fault: Fault, route: Route, call: GraphCall, receive: Receive) -> Answer:
        answer: Answer | None = None
        if fault.kind is FaultKind.CONTAINER and isinstance(call.thing, Container):
            _end(call.thing, fault)
        if fault.effect is Effect.LATER and not inspect.iscoroutinefunction(route.handle):
            self._scene.later(call.now + fault.delay_s, lambda at: _carry_out_late(route, call, at))
        elif fault.effect is not Effect.NONE or fault.kind in _TRUE_ANSWERS:
            answer = await self._true_answer(route, call)
        if fault.kind is FaultKind.CONTAINER and isinstance(call.thing, Container):
            _end(call.thing, fault)
        return await self._instead(fault, answer, receive)

    async def _true_answer(self, route: Route, call: GraphCall) -> Answer:
        try:
            return await self._carried_out(route, call)
        except GraphRefusal as refused:
            return self._refused(refused)

    async def _instead(self, fault: Fault, answer: Answer | None, receive: Receive) -> Answer:
        if answer is not None and fault.kind in _TRUE_ANSWERS:
            if fault.kind is FaultKind.SLOW:
                await self._scene.clock.sleep(fault.delay_s)
            answer.is_cut = fault.kind is FaultKind.TRUNCATE
            return answer
        if fault.kind is FaultKind.ERROR:
            return self._refused(_told(fault, self._scene.clock.unix()))
        if fault.kind is FaultKind.GATEWAY:
            return Answer(fault.http_status or 502, _GATEWAY_PAGE, b"text/html; charset=utf-8")
        if fault.kind is FaultKind.HANG:
            await self._hang(fault.hang_s, receive)
        raise ConnectionDropped

    async def _hang(self, seconds: float, receive: Receive) -> None:
        """Wait until the time is over or the caller has gone."""
        waits = [
            asyncio.ensure_future(self._scene.clock.sleep(seconds)),
            asyncio.ensure_future(_gone(receive)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _refused(self, refused: GraphRefusal) -> Answer:
        trace = base64.urlsafe_b64encode(self._scene.randomness.randbytes(16)).decode().rstrip("=")
        return Answer(refused.http_status, msgspec.json.encode(refused.envelope(f"A{trace}")))


def _arrival(scope: Scope, headers: Mapping[bytes, bytes], body: bytes | None) -> Arrival:
    if body is None:
        raise invalid("The request body is too large")
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    params = read_params(scope["query_string"], content_type, body)
    segments, version = split_path(scope["path"])
    method = scope["method"]
    wanted = params.get("method")
    if method == "POST" and isinstance(wanted, str) and wanted.upper() in _METHODS:
        method = wanted.upper()
    return Arrival(
        method=method,
        segments=segments,
        version=version,
        params=params,
        headers=headers,
        scheme=scope.get("scheme") or "http",
        host=headers.get(b"host", b"localhost").decode("latin-1"),
    )


def _unsupported_method(method: str) -> GraphRefusal:
    return GraphRefusal(
        100, message=f"Unsupported request - method type: {method.lower()}", meta_type="GraphMethodException"
    )


def _nothing_there(name: str) -> GraphRefusal:
    if name.isdigit():
        return not_found(name)
    return refusal(803, message=f"(#803) Some of the aliases you requested do not exist: {name}")


def _no_route(arrival: Arrival, edge: str) -> GraphRefusal:
    if arrival.method == "GET" and edge:
        return unknown_path(edge)
    return not_found(arrival.segments[0] if arrival.segments else "", arrival.method.lower())


def _told(fault: Fault, now: float) -> GraphRefusal:
    words = {"expired": wire_date(now - 1), "now": wire_date(now), "ratio": "0.5625"}
    refused = refusal(fault.code, fault.subcode, message=fault.message, **words)
    refused.http_status = fault.http_status or refused.http_status
    if fault.is_transient is not None:
        refused.is_transient = fault.is_transient
    return refused


def _end(container: Container, fault: Fault) -> None:
    container.fate = fault.status
    if fault.status is ContainerStatus.ERROR:
        container.failure = fault.subcode or _FAILURE


def _carry_out_late(route: Route, call: GraphCall, at: float) -> None:
    try:
        route.handle(call.later(at))
    except GraphRefusal as refused:
        call.notes.append(f"the late effect was refused: {refused.message}")


async def _gone(receive: Receive) -> None:
    message: Mapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
