"""The control API as an ASGI app: JSON in, JSON out. It must be behind a guard, as in `page.app.front`."""

import inspect
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from pressroom.sandbox.checks import did_you_mean
from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.controls import BadRequest, Controls
from pressroom.sandbox.wire.answer import AsgiApp, HttpAnswer, Receive, Scope, Send, read_body, send_answer
from pressroom.serving.guard import NO_SNIFF, NO_STORE

PREFIX = "/_sandbox/"
_MAX_ORDER = 1 << 20
# An export holds up to 64 MB of files, a third more in base64, beside its data.
_MAX_STATE = 256 << 20
_METHODS = ("GET", "POST", "DELETE")


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ControlApp:
    """Answers what `ACTIONS` lists; errors are `{"error": "..."}`."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        name, method = scope["path"].removeprefix(PREFIX).strip("/"), scope["method"]
        action = ACTIONS.get((method, name))
        if action is None:
            methods = [other for other in _METHODS if (other, name) in ACTIONS]
            names = sorted({other for of_method, other in ACTIONS if of_method == method})
            hint, taken = did_you_mean(name, names), ", ".join(names) or "nothing"
            text = f"There is no order {method} {name}.{hint} {method} takes: {taken}."
            if methods:
                text = f"{method} does nothing to {name}; it takes {', '.join(methods)}."
            await send_answer(send, _json(405 if methods else 404, {"error": text}))
            return
        try:
            query = dict(parse_qsl(scope["query_string"].decode("utf-8", "replace")))
            most = _MAX_STATE if name == "import" else _MAX_ORDER
            order = await _read_order(headers, receive, most) if method == "POST" else dict[str, Any]()
            result = action(self._controls, query, order)
            if method != "GET":
                # Makes the next round save the state.
                self._controls.scene.changes += 1
            answer = _json(200, await result if inspect.isawaitable(result) else result)
        except BadRequest as error:
            answer = _json(400, {"error": str(error)})
        except _Refused as error:
            answer = _json(error.status, {"error": str(error)})
        await send_answer(send, answer)


def refuse_order(reason: str) -> AsgiApp:
    """Make the app that refuses a request the guard does not let through."""

    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_answer(send, _json(403, {"error": reason}))

    return refuse


async def _read_order(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> Mapping[str, Any]:
    """Parse the JSON object of a POST. Raises _Refused for another content type or too long a body."""
    # A form of another site can send text, but not this content type: the browser would ask first (CORS).
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise _Refused(415, "Send JSON: Content-Type: application/json.")
    # After the content type was checked: a refused body is not read.
    body = await read_body(receive, most)
    if body is None:
        raise _Refused(413, f"That is too long: an order takes {most >> 20} MB at most here.")
    try:
        order = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise BadRequest(f"not JSON: {error}") from None
    if not isinstance(order, dict):
        raise BadRequest("send a JSON object")
    return order  # pyright: ignore[reportUnknownVariableType]  # JSON object keys are text


def _json(status: int, value: Any) -> HttpAnswer:  # noqa: ANN401  # whatever JSON can hold
    # Not to be cached: the state holds the token.
    return HttpAnswer(status, msgspec.json.encode(value), headers=[NO_STORE, NO_SNIFF])
