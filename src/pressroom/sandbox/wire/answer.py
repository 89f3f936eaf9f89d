"""Sends answers and reads bodies over ASGI."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = b"application/json; charset=UTF-8"


@dataclass(slots=True)
class Answer:
    """A complete answer. `is_cut`: only the first half of the body is sent, then the connection ends."""

    status: int
    body: bytes
    content_type: bytes = _JSON
    headers: list[Header] = field(default_factory=list[Header])
    is_cut: bool = False


# The same second is asked for by every call within it.
@lru_cache(maxsize=4)
def http_date(unix: int) -> bytes:
    """Format unix seconds as the `Date` header."""
    return formatdate(unix, usegmt=True).encode()


async def send_answer(send: Send, answer: Answer, *, unix: float | None = None) -> None:
    """Send an answer. `unix`: the time of its `Date` header in unix seconds; None: the machine's."""
    date = http_date(int(time.time() if unix is None else unix))
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        (b"date", date),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.is_cut:
        # content-length above is the full one: the caller can tell that the body is not complete.
        await send(
            {"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True}
        )
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Read a request's body; None when it is longer than `most` bytes or the caller disconnected."""
    # Joined once at the end: adding to bytes piece by piece copies all of them each time.
    parts, size = list[bytes](), 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if message["type"] == "http.disconnect" or size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)
