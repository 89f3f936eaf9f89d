"""The Graph API as an ASGI app: parses a request, has it executed, sends the answer and logs the call.

On the Facebook host one request can hold several calls, as a batch.
"""

import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.hosts import LoginType, logins_of_token
from pressroom.sandbox.calls.call import Arrival, split_path
from pressroom.sandbox.calls.perform import Performer
from pressroom.sandbox.calls.resolve import METHODS, Surface
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.wire.answer import (
    GraphRefusal,
    HttpAnswer,
    Receive,
    Scope,
    Send,
    invalid,
    read_body,
    send_answer,
)
from pressroom.sandbox.wire.log import Entry
from pressroom.sandbox.wire.params import objects, read_params

# In bytes: clips come by the upload host, and parameters are far shorter.
_MAX_BODY = 4 << 20
MOST_IN_A_BATCH = 50  # Batch Requests
PerformPart = Callable[[Arrival], Awaitable[HttpAnswer]]
_FORM = "application/x-www-form-urlencoded"
# What a request of a batch inherits, unless it brings its own.
_INHERITED = ("access_token", "appsecret_proof")
_FAILED = (b"x-pressroom-sandbox", b"failed")
_log = logging.getLogger("pressroom.sandbox")


class GraphApp:
    """The API. Raises ConnectionDropped when a fault cuts the answer."""

    def __init__(self, scene: Scene, surface: Surface) -> None:
        self._scene = scene
        self._performer = Performer(scene, surface)

    def forget_usage(self) -> None:
        """Reset the usage counters."""
        self._performer.forget_usage()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # The time is taken after the body: a slow caller's call happens when it is complete.
        body = await read_body(receive, _MAX_BODY)
        now = self._scene.settle()

        # Logged before it is parsed, so that a request that cannot be read is in the log too.
        entry = self._scene.log.open(now, scope["method"], scope["path"], {})
        try:
            arrival = _read_arrival(scope, body)
            entry.params, entry.method = arrival.params, arrival.method
            answer = await self._perform(arrival, now, entry, receive)
        except GraphRefusal as refused:
            answer = self._performer.refused(refused)
        except ConnectionDropped:
            raise  # not a bug: the server drops the connection, and the entry keeps no status
        except Exception as error:  # noqa: BLE001  # a bug of ours must not reach the caller as a traceback
            # Told as the sandbox's own fault, so that nobody takes it for an answer of Meta's.
            _log.exception("the sandbox failed at %s", scope["method"])
            where = f"{scope['method']} {self._scene.log.redacted(scope['path'])}"
            text = (
                f"The sandbox itself failed at {where} ({type(error).__name__}): this is no answer of Meta's."
            )
            print(text, file=sys.stderr)  # noqa: T201  # whoever runs it looks there
            answer = HttpAnswer(500, msgspec.json.encode({"sandbox_failure": text}), headers=[_FAILED])
        entry.status, entry.body = answer.status, answer.body

        skew_s = self._scene.settings.manners.date_skew_s
        await send_answer(send, answer, unix=self._scene.clock.unix() + skew_s)
        if answer.is_cut:
            raise ConnectionDropped(is_reset=False)

    async def _perform(self, arrival: Arrival, now: float, entry: Entry, receive: Receive) -> HttpAnswer:
        if arrival.method != "POST" or arrival.segments or "batch" not in arrival.params:
            return await self._performer.perform(arrival, now, entry, receive)
        entry.name = "batch"

        # Each part is a call of its own: in the log, against the allowance (Batch Requests) and for faults.
        async def perform_part(part: Arrival) -> HttpAnswer:
            path = "/" + "/".join(part.segments)
            own = self._scene.log.open(now, part.method, path, part.params)
            answer = await self._performer.perform(part, now, own, receive)
            own.status, own.body = answer.status, answer.body
            return answer

        by_token = logins_of_token(arrival.token or "")
        logins = arrival.host_logins if arrival.has_real_name else by_token
        is_refused = logins == (LoginType.INSTAGRAM,) and not self._scene.settings.instagram_batch
        # `graph.instagram.com` is reported to answer a batch with an empty 200.
        return HttpAnswer(200, b"") if is_refused else await _answer_batch(arrival, perform_part)


def _read_arrival(scope: Scope, body: bytes | None) -> Arrival:
    if body is None:
        raise invalid("The request body is too large")
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    params = read_params(scope["query_string"], content_type, body)
    segments, version = split_path(scope["path"])
    method = scope["method"]
    # `method=delete` in a POST overrides the verb, as Graph API clients such as koala send it.
    verb = params.get("method")
    if method == "POST" and isinstance(verb, str) and verb.upper() in METHODS:
        method = verb.upper()
    return Arrival(
        method=method,
        segments=segments,
        version=version,
        params=params,
        headers=headers,
        scheme=scope.get("scheme") or "http",
        host=headers.get(b"host", b"localhost").decode("latin-1"),
    )


async def _answer_batch(arrival: Arrival, perform: PerformPart) -> HttpAnswer:
    orders = objects(arrival.params, "batch")
    if not orders:
        raise invalid("The parameter batch must hold at least one request")
    if len(orders) > MOST_IN_A_BATCH:
        raise invalid(f"Too many requests in batch message. Maximum batch size is {MOST_IN_A_BATCH}")
    has_headers = str(arrival.params.get("include_headers", "true")).lower() != "false"
    results: list[dict[str, Any] | None] = []
    for order in orders:
        try:
            answer = await perform(_read_part(arrival, order))
        except ConnectionDropped:
            # Batch Requests: null for a request that timed out.
            results.append(None)
            continue
        result: dict[str, Any] = {"code": answer.status, "body": answer.body.decode("utf-8", "replace")}
        if has_headers:
            result["headers"] = [{"name": "Content-Type", "value": answer.content_type.decode()}]
        results.append(result)
    return HttpAnswer(200, msgspec.json.encode(results))


def _read_part(arrival: Arrival, order: Mapping[str, Any]) -> Arrival:
    method, address = str(order.get("method", "GET")).upper(), order.get("relative_url")
    if not isinstance(address, str) or method not in METHODS:
        raise invalid("Each request of a batch needs a method and a relative_url")
    url = urlsplit("/" + address.lstrip("/"))
    segments, version = split_path(url.path)
    params = {name: arrival.params[name] for name in _INHERITED if name in arrival.params}
    if isinstance(order.get("access_token"), str):
        params["access_token"] = order["access_token"]
    body = order.get("body")
    try:
        # The body is a form, or an object where the whole batch is JSON.
        if isinstance(body, dict):
            params |= read_params(url.query.encode(), "application/json", msgspec.json.encode(body))
        else:
            params |= read_params(url.query.encode(), _FORM, body.encode() if isinstance(body, str) else b"")
    except UnicodeEncodeError:
        raise invalid("A request of the batch cannot be read") from None
    return replace(
        arrival, method=method, segments=segments, version=version or arrival.version, params=params
    )
