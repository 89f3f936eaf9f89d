"""Applies a fault to a call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.calls.call import Arrival, BareCall, GraphCall
from pressroom.sandbox.calls.later import late_call
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from pressroom.sandbox.state.things import Container
from pressroom.sandbox.wire.answer import Answer, Receive
from pressroom.sandbox.wire.refusals import GraphRefusal, not_found, refusal
from pressroom.sandbox.wire.times import wire_date

TrueAnswer = Callable[[], Awaitable[Answer]]
_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_FAILURE = 2207082  # upload or processing failed; seen only in a container's `status` text


async def spoil(fault: Fault, call: BareCall, receive: Receive, true_answer: TrueAnswer) -> Answer:
    """Execute the call as far as the fault allows, and give what the caller gets instead.

    Raises GraphRefusal for an error of the fault's own, ConnectionDropped where there is no whole answer.
    """
    answer: Answer | None = None
    _end_container(fault, call)  # before the call, so that a read of the container shows it
    if fault.effect is Effect.LATER:
        call.scene.later(call.now + fault.delay_s, late_call(call))
    elif fault.effect is not Effect.NONE or fault.kind.is_true_answer:
        answer = await true_answer()
    _end_container(fault, call)  # and after it, since `create` has only now made the container
    try:
        return await instead(call.scene, fault, answer, receive)
    except GraphRefusal as refused:
        if fault.message is None:
            _name_object(refused, call.arrival)
        raise


def _name_object(refused: GraphRefusal, arrival: Arrival) -> None:
    """Put the id that was asked for into the text of a 100/33."""
    if (refused.code, refused.subcode) == (100, 33):
        refused.message = not_found("".join(arrival.segments[:1]), arrival.method.lower()).message


async def instead(scene: Scene, fault: Fault, answer: Answer | None, receive: Receive) -> Answer:
    """Give what the caller gets. `answer` is the true one, None when the call was not executed.

    Raises GraphRefusal and ConnectionDropped, as `spoil`.
    """
    if answer is not None and fault.kind.is_true_answer:
        if fault.kind is FaultKind.SLOW:
            await scene.clock.sleep(fault.delay_s)
        answer.is_cut = fault.kind is FaultKind.TRUNCATE
        return answer
    if fault.kind is FaultKind.ERROR:
        raise _told(fault, scene.clock.unix())
    if fault.kind is FaultKind.GATEWAY:
        return Answer(fault.http_status or 502, _GATEWAY_PAGE, b"text/html; charset=utf-8")
    if fault.kind is FaultKind.HANG:
        await _hang(scene, fault.hang_s, receive)
    raise ConnectionDropped


async def _hang(scene: Scene, seconds: float, receive: Receive) -> None:
    """Wait until the time is over or the caller has disconnected."""
    # Without the second wait every client that gave up would leave a task for the full ten minutes.
    waits = [asyncio.ensure_future(scene.clock.sleep(seconds)), asyncio.ensure_future(_gone(receive))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    message: Mapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


def _told(fault: Fault, now: float) -> GraphRefusal:
    words = {"expired": wire_date(now - 1), "now": wire_date(now), "ratio": "0.5625"}
    refused = refusal(fault.code, fault.subcode, message=fault.message, **words)
    refused.http_status = fault.http_status or refused.http_status
    if fault.is_transient is not None:
        refused.is_transient = fault.is_transient
    return refused


def _end_container(fault: Fault, call: BareCall) -> None:
    container = call.thing if isinstance(call, GraphCall) else None
    if fault.kind is not FaultKind.CONTAINER or not isinstance(container, Container):
        return
    container.fate = fault.status
    if fault.status is ContainerStatus.ERROR:
        container.failure = fault.subcode or _FAILURE
