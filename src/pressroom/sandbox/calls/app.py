"""The Graph API as an ASGI app: parses a request, has it executed, sends the answer and logs the call."""

import logging
import sys
from collections.abc import Mapping

import msgspec

from pressroom.sandbox.calls.call import Arrival, split_path
from pressroom.sandbox.calls.perform import Performer
from pressroom.sandbox.calls.resolve import METHODS, Surface
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.calls.several import is_several, several
from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.wire.answer import Answer, Receive, Scope, Send, read_body, send_answer
from pressroom.sandbox.wire.log import Entry
from pressroom.sandbox.wire.params import read_params
from pressroom.sandbox.wire.refusals import GraphRefusal, invalid

_MAX_BODY = 4 << 20  # bytes; clips come by the upload host, and parameters are far shorter
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
        answer = await self._answer(scope, body, receive, now)
        skew_s = self._scene.settings.manners.date_skew_s
        await send_answer(send, answer, unix=self._scene.clock.unix() + skew_s)
        if answer.is_cut:
            raise ConnectionDropped(is_reset=False)

    async def _answer(self, scope: Scope, body: bytes | None, receive: Receive, now: float) -> Answer:
        # Logged before it is parsed, so that a request that cannot be read is in the log too.
        entry = self._scene.log.open(now, scope["method"], scope["path"], {})
        try:
            arrival = _arrival(scope, body)
            entry.params, entry.method = arrival.params, arrival.method
            answer = await self._perform(arrival, now, entry, receive)
        except GraphRefusal as refused:
            answer = self._performer.refused(refused)
        except ConnectionDropped:
            raise  # not a bug: the server drops the connection, and the entry keeps no status
        except Exception as error:  # noqa: BLE001  # a bug of ours must not reach the caller as a traceback
            answer = self._failed(scope, error)
        entry.status, entry.body = answer.status, answer.body
        return answer

    def _failed(self, scope: Scope, error: Exception) -> Answer:
        """Tell of a fault of the sandbox's own, so that nobody takes it for an answer of Meta's."""
        _log.exception("the sandbox failed at %s", scope["method"])
        where = f"{scope['method']} {self._scene.log.redacted(scope['path'])}"
        text = f"The sandbox itself failed at {where} ({type(error).__name__}): this is no answer of Meta's."
        print(text, file=sys.stderr)  # noqa: T201  # whoever runs it looks there
        return Answer(500, msgspec.json.encode({"sandbox_failure": text}), headers=[_FAILED])

    async def _perform(self, arrival: Arrival, now: float, entry: Entry, receive: Receive) -> Answer:
        if not is_several(arrival):
            return await self._performer.perform(arrival, now, entry, receive)
        entry.name = "batch" if arrival.method == "POST" else "ids"

        # Each part is a call of its own: in the log, against the allowance (Batch Requests) and for faults.
        async def one(part: Arrival) -> Answer:
            path = "/" + "/".join(part.segments)
            own = self._scene.log.open(now, part.method, path, part.params)
            answer = await self._performer.perform(part, now, own, receive)
            own.status, own.body = answer.status, answer.body
            return answer

        return await several(arrival, one, works_everywhere=self._scene.settings.instagram_batch)


def _arrival(scope: Scope, body: bytes | None) -> Arrival:
    if body is None:
        raise invalid("The request body is too large")
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    params = read_params(scope["query_string"], content_type, body)
    segments, version = split_path(scope["path"])
    method = scope["method"]
    # `method=delete` in a POST overrides the verb, as Graph API clients such as koala send it.
    wanted = params.get("method")
    if method == "POST" and isinstance(wanted, str) and wanted.upper() in METHODS:
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
