"""Asks an ASGI app in-process, with the headers exactly as given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class Got:
    """An answer; the names of `headers` are lower case. read: how many pieces of the request's body were."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    read: int


async def ask(app: ASGIApp, path: str = "/", method: str = "GET", **headers: str) -> Got:
    """Ask under the host name `localhost` unless told otherwise; `_` in a header's name stands for `-`."""
    named = {"host": "localhost", **{name.replace("_", "-"): text for name, text in headers.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in named.items()],
    }
    sent, read = list[Message](), 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return Got(sent[0]["status"], told, b"".join(one.get("body", b"") for one in sent[1:]), read)
