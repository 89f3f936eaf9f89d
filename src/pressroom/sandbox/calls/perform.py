"""Executes one parsed call: its route, its count against the allowance, its fault."""

import base64
import inspect
from collections import defaultdict

import msgspec

from pressroom.sandbox.calls.call import Arrival, BareCall, GraphCall
from pressroom.sandbox.calls.luck import bad_luck
from pressroom.sandbox.calls.resolve import Surface, name_of, open_path, resolve
from pressroom.sandbox.calls.route import OpenRoute, Route
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.calls.spoil import spoil
from pressroom.sandbox.calls.tokens import token_notes
from pressroom.sandbox.faults import Fault
from pressroom.sandbox.wire.answer import Answer, Receive
from pressroom.sandbox.wire.log import Entry
from pressroom.sandbox.wire.refusals import GraphRefusal, refusal
from pressroom.sandbox.wire.usage import Header, Meter, usage_headers

_FULL = 100


class Performer:
    """Executes calls. Raises ConnectionDropped when a fault cuts the answer."""

    def __init__(self, scene: Scene, surface: Surface) -> None:
        self._scene = scene
        self._surface = surface
        self._meters: defaultdict[str, Meter] = defaultdict(Meter)

    def forget_usage(self) -> None:
        """Reset the usage counters."""
        self._meters.clear()

    async def perform(self, arrival: Arrival, now: float, entry: Entry, receive: Receive) -> Answer:
        """Answer one call; every refusal becomes an answer."""
        try:
            # First, since these calls carry no account's token and would be refused with 104.
            opened = self._surface.open_route(arrival.method, open_path(self._scene, arrival))
            if opened is not None:
                return await self._open(opened, arrival, now, entry, receive)
            route, call = resolve(self._scene, self._surface, arrival, now)
        except GraphRefusal as refused:
            # Refused before its route was used: the log names the call all the same.
            entry.name = name_of(self._scene, self._surface, arrival)
            entry.notes = token_notes(self._scene.world, arrival, refused)
            return self.refused(refused)
        entry.name, entry.notes = route.name, call.notes
        return await self._perform(route, call, entry, receive)

    async def _perform(self, route: Route, call: GraphCall, entry: Entry, receive: Receive) -> Answer:
        # Throttled calls count too: calling while throttled lengthens the block (Rate Limiting).
        percent, usage = self._count(call)
        try:
            if percent >= _FULL and self._scene.settings.throttles:
                raise refusal(80002)
            fault = self._fault(route.name, call)
            if fault is None:
                answer = await self._carried_out(route, call)
            else:
                entry.fault = f"{fault.kind} ({fault.effect})"
                answer = await spoil(fault, call, receive, lambda: self._true_answer(route, call))
        except GraphRefusal as refused:
            answer = self.refused(refused)
        answer.headers += usage
        # An ended version is served by another one without an error (Versioning); this header tells which.
        answer.headers.append((b"facebook-api-version", call.version.name.encode()))
        return answer

    def _fault(self, name: str, call: GraphCall) -> Fault | None:
        return self._scene.faults.take(name, call.arrival.method) or bad_luck(name, call)

    async def _open(
        self, route: OpenRoute, arrival: Arrival, now: float, entry: Entry, receive: Receive
    ) -> Answer:
        call = BareCall(scene=self._scene, arrival=arrival, now=now)
        entry.name, entry.notes = route.name, call.notes
        fault = self._scene.faults.take(route.name, arrival.method)
        if fault is None:
            return await self._opened(route, call)
        entry.fault = f"{fault.kind} ({fault.effect})"

        async def true_answer() -> Answer:
            return await self._opened(route, call)

        try:
            return await spoil(fault, call, receive, true_answer)
        except GraphRefusal as refused:
            return self._open_refused(route, call, refused)

    def _open_refused(self, route: OpenRoute, call: BareCall, refused: GraphRefusal) -> Answer:
        own = route.refuse(call, refused) if route.refuse is not None else None
        return own or self.refused(refused)

    async def _opened(self, route: OpenRoute, call: BareCall) -> Answer:
        try:
            with self._scene.world.lock:
                answer = route.handle(call)
            return answer if isinstance(answer, Answer) else await answer
        except GraphRefusal as refused:
            return self._open_refused(route, call, refused)

    def _count(self, call: GraphCall) -> tuple[int, list[Header]]:
        settings = self._scene.settings
        meter = self._meters[call.account.id]
        percent = meter.count(call.now) * 100 // settings.calls_per_day
        if percent < settings.usage_header_from:
            return percent, []
        regain_min = meter.regain_min(call.now) if percent >= _FULL else 0
        return percent, usage_headers(call.account.id, percent, regain_min)

    async def _carried_out(self, route: Route, call: GraphCall) -> Answer:
        # The lock makes check and change one step for other threads. Async handlers run after its release:
        # it must not be held while a file is fetched.
        with self._scene.world.lock:
            result = route.handle(call)
        if inspect.isawaitable(result):
            result = await result
        return Answer(200, msgspec.json.encode(result))

    async def _true_answer(self, route: Route, call: GraphCall) -> Answer:
        try:
            return await self._carried_out(route, call)
        except GraphRefusal as refused:
            return self.refused(refused)

    def refused(self, refused: GraphRefusal) -> Answer:
        """Build the answer of a refusal, in Meta's envelope."""
        # From the seeded generator, so that the same seed gives the same answers.
        trace = base64.urlsafe_b64encode(self._scene.randomness.randbytes(16)).decode().rstrip("=")
        return Answer(refused.http_status, msgspec.json.encode(refused.envelope(f"A{trace}")))
